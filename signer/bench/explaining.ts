/**
 * Judging a valid cookie, against the signature check alone: for signatures never seen, where both compute the same,
 * and for one seen before, which `explain` keeps.
 */

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { createSigner, staticKey } from '@storytime/signer';
import { explain } from '@storytime/signer/verify';
import { type BenchKey, DOMAIN, KEY_PAIR_ID, p256, rsa } from './fixtures.ts';
import { type Call, measure, type Rounds } from './measure.ts';
import { atLeast, type Row } from './report.ts';

const SIGNATURES = 500;
const URL_OF_SEGMENT = `https://${DOMAIN}/books/42/index_1080p_00042.ts`;

export async function benchExplain(): Promise<{ rows: Row[]; times: Record<string, Rounds> }> {
  const withRsa = await explainCalls(rsa);
  const withP256 = await explainCalls(p256);
  const times = await measure(
    {
      'explain, RSA, never seen': withRsa.explainUnseen,
      'explain, RSA, seen before': withRsa.explainSeen,
      'crypto.verify, RSA': withRsa.bareVerify,
      'explain, P-256, never seen': withP256.explainUnseen,
      'explain, P-256, seen before': withP256.explainSeen,
      'crypto.verify, P-256': withP256.bareVerify,
    },
    { batchMs: 5, batches: 40, clock: 'cpu' },
  );
  const bareRsa = times['crypto.verify, RSA'];
  const bareP256 = times['crypto.verify, P-256'];
  const against = 'against bare crypto.verify';
  return {
    rows: [
      atLeast(0.7, `explain, RSA, never seen, ${against}`, bareRsa, times['explain, RSA, never seen']),
      atLeast(4, `explain, RSA, seen before, ${against}`, bareRsa, times['explain, RSA, seen before']),
      atLeast(0.9, `explain, P-256, never seen, ${against}`, bareP256, times['explain, P-256, never seen']),
      atLeast(12, `explain, P-256, seen before, ${against}`, bareP256, times['explain, P-256, seen before']),
    ],
    times,
  };
}

interface SignedCookies {
  /** As a viewer sends them. */
  readonly header: string;
  readonly policy: Buffer;
  readonly signature: Buffer;
}

interface ExplainCalls {
  readonly explainUnseen: Call;
  readonly explainSeen: Call;
  readonly bareVerify: Call;
}

/** The calls that are measured: of the two of `explain`, the first checks a signature each time and the second never. */
export async function explainCalls({ privatePem, publicKey }: BenchKey): Promise<ExplainCalls> {
  const key = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: privatePem });
  const signer = createSigner({ key, domain: DOMAIN });
  const signed = await Promise.all(
    // A second more for each, so that every policy is its own.
    Array.from({ length: SIGNATURES }, (_, index) => signCookies(signer, 3600 + index)),
  );
  const next = <Value>(values: readonly Value[], index: number) => values[index % values.length] as Value;

  const seenKeys = new Map([[KEY_PAIR_ID, publicKey]]);
  const [seen] = signed as [SignedCookies];
  const explainSeen = () => explain({ url: URL_OF_SEGMENT, cookies: seen.header, trustedKeys: seenKeys });

  const freshKeys = freshKeysFor(publicKey);
  let count = 0;
  const explainUnseen = () => {
    const at = count++;
    const { header } = next(signed, at);
    return explain({ url: URL_OF_SEGMENT, cookies: header, trustedKeys: freshKeys(at) });
  };
  const bareVerify = (index: number) => {
    const { policy, signature } = next(signed, index);
    return verify('SHA1', policy, publicKey, signature);
  };
  if (!explainSeen().allowed || !explainUnseen().allowed)
    throw new Error('the cookies to be judged are not valid');
  if (!bareVerify(0)) throw new Error('the signature to be checked is not valid');
  return { explainUnseen, explainSeen, bareVerify };
}

/**
 * What is kept of a signature is kept for one key object. A new one for every pass over the signatures makes each of them
 * one never seen, however many are kept.
 */
function freshKeysFor(publicKey: KeyObject): (count: number) => ReadonlyMap<string, KeyObject> {
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  let trusted = new Map([[KEY_PAIR_ID, publicKey]]);
  return (count) => {
    if (count % SIGNATURES === 0) trusted = new Map([[KEY_PAIR_ID, createPublicKey(pem)]]);
    return trusted;
  };
}

async function signCookies(
  signer: ReturnType<typeof createSigner>,
  expiresIn: number,
): Promise<SignedCookies> {
  const { cookies } = await signer.signCookies('/books/42/*', { expiresIn });
  return {
    header: Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; '),
    policy: fromWire(cookies['CloudFront-Policy'] ?? ''),
    signature: fromWire(cookies['CloudFront-Signature'] ?? ''),
  };
}

function fromWire(text: string): Buffer {
  return Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
}
