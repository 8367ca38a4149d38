/** `@storytime/playback/secrets-manager`: loads the Secrets Manager client, by way of the signer. */

export { type SecretsManagerSecretsOptions, secretsManagerSecrets } from './secrets-manager-secrets.ts';
