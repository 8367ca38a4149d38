/** `@storytime/signer/secrets-manager`: loads the Secrets Manager client. */

export type { KeyVersion, RefreshErrorEvent, RefreshEvent, RefreshHooks, RotateEvent } from './hooks.ts';
export type { RefreshingSource } from './refreshing-source.ts';
export { type SecretsManagerKeyOptions, secretsManagerKey } from './secrets-manager-key.ts';
