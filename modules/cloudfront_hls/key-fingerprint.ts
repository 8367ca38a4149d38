/** How a public key is named where its whole PEM would be too much. */
import { createHash, createPublicKey } from 'node:crypto';

/**
 * SHA-256 of the key's SPKI DER, in 64 hex digits: the same however the PEM is wrapped.
 * `openssl pkey -pubin -in key.pem -outform DER | openssl dgst -sha256` prints it too.
 */
export function keyFingerprint(publicKeyPem: string): string {
  const der = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}
