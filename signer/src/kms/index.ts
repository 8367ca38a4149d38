/** `@storytime/signer/kms`: loads the KMS client, `@aws-sdk/client-kms`, which is an optional peer. */

export { type KmsKeyOptions, kmsKey } from './kms-key.ts';
