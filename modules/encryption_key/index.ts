export { EncryptionKey, type EncryptionKeyProps } from './encryption-key.ts';
export { givenKeyStatements } from './key-policy.ts';
