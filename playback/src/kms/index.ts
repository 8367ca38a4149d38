/** `@storytime/playback/kms`: loads the KMS client, `@aws-sdk/client-kms`, which is an optional peer. */

export { type KmsKeyWrapperOptions, kmsKeyWrapper } from './kms-key-wrapper.ts';
