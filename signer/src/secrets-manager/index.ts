/** `@storytime/signer/secrets-manager`: loads the Secrets Manager client. */

export type {
  KeyVersion,
  RefreshErrorEvent,
  RefreshEvent,
  RefreshHooks,
  RotateEvent,
  SecretVersion,
} from './hooks.ts';
export type { RefreshingSource, RefreshingValue } from './refreshing-source.ts';
export type { SecretTexts } from './secret-source.ts';
export { type SecretsManagerKeyOptions, secretsManagerKey } from './secrets-manager-key.ts';
export { type SecretsManagerValueOptions, secretsManagerValue } from './secrets-manager-value.ts';
