/** `@storytime/signer/secrets-manager`: the only subpath that loads an AWS client. */

export { type SecretsManagerKeyOptions, secretsManagerKey } from './secrets-manager-key.ts';
