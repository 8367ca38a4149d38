/**
 * The keys that CloudFront takes: RSA 2048 and ECDSA P-256, nothing else.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
 */
import { createPublicKey, type KeyObject } from 'node:crypto';

/** The same two in KMS's words. */
export const KMS_KEY_SPECS = ['RSA_2048', 'ECC_NIST_P256'] as const;

/** Whether CloudFront takes a key of this kind, be it the public or the private one of a pair. */
export function isCloudFrontKey({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): boolean {
  if (type === 'rsa') return details?.modulusLength === 2048;
  return type === 'ec' && details?.namedCurve === 'prime256v1';
}

/** The key in a PEM of a public key, of whatever kind; null for another text, and for a private key's PEM. */
export function parsePublicKey(pem: string): KeyObject | null {
  // Node derives the public key from a private one silently.
  if (pem.includes('PRIVATE KEY')) return null;
  try {
    return createPublicKey(pem);
  } catch {
    return null;
  }
}
