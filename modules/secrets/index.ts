export { SigningSecret, type SigningSecretProps, type TerraformOwnedValue } from './signing-secret.ts';
