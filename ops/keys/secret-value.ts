/** What a version of the signing secret holds. Pure; the one file that reads private keys out of text. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import type { Held } from './observation.ts';

/** A private key with what its value says about it. Never printed. */
export interface HeldKeyPair {
  readonly kind: 'key';
  readonly generation: string | null;
  readonly keyPairId: string | null;
  /** PKCS #8 PEM. */
  readonly privateKey: string;
  /** SPKI PEM as CloudFront keeps it. */
  readonly publicKeyPem: string;
  readonly fingerprint: string;
}

/** A private key and its public key, both in the one form that is stored. */
export type KeyPair = Pick<HeldKeyPair, 'privateKey' | 'publicKeyPem' | 'fingerprint'>;

export type SecretValue = HeldKeyPair | Extract<Held, { kind: 'kms' }> | { readonly kind: 'malformed' };

/** `{ "keyPairId", "privateKey", "generation" }` in part or whole, the record of a pair in KMS, or a bare PEM. */
export function parseSecretValue(text: string): SecretValue {
  const fields = text.trimStart().startsWith('{') ? objectOf(text) : { privateKey: text };
  if (fields === null) return { kind: 'malformed' };
  const { generation, keyPairId, privateKey, kmsKeyArn } = fields;
  if (typeof kmsKeyArn === 'string' && typeof generation === 'string' && typeof keyPairId === 'string') {
    return { kind: 'kms', generation, keyPairId, kmsKeyArn };
  }
  const pair = typeof privateKey === 'string' ? keyPairOf(privateKey) : null;
  if (pair === null) return { kind: 'malformed' };
  return {
    kind: 'key',
    generation: typeof generation === 'string' ? generation : null,
    keyPairId: typeof keyPairId === 'string' ? keyPairId : null,
    ...pair,
  };
}

/** What a value is about, without its private key. */
export function heldIn(text: string): Held {
  const value = parseSecretValue(text);
  if (value.kind === 'malformed') return { kind: 'unreadable', why: 'malformed' };
  if (value.kind === 'kms') return value;
  const { privateKey: _, ...held } = value;
  return held;
}

/** @returns null for a text that is no private key */
export function keyPairOf(pem: string): KeyPair | null {
  try {
    const key = createPrivateKey(pem);
    const publicKeyPem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
    return {
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKeyPem,
      fingerprint: keyFingerprint(publicKeyPem),
    };
  } catch {
    // The parser's own words may quote the text.
    return null;
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
