export { KmsSigningKey, type KmsSigningKeyProps, type SigningKeySpec } from './kms-signing-key.ts';
export { SigningSecret, type SigningSecretProps, type TerraformOwnedValue } from './signing-secret.ts';
