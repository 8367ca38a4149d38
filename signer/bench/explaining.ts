/** Judging: a valid cookie, against the signature check alone. */

import { verify } from 'node:crypto';
import { createSigner, staticKey } from '@storytime/signer';
import { explain } from '@storytime/signer/verify';
import { type BenchKey, DOMAIN, KEY_PAIR_ID, p256, rsa } from './fixtures.ts';
import { type Call, measure, type Rounds } from './measure.ts';
import { atLeast, type Row } from './report.ts';

export async function benchExplain(): Promise<{ rows: Row[]; times: Record<string, Rounds> }> {
  const withRsa = await prepare(rsa);
  const withP256 = await prepare(p256);
  const times = await measure(
    {
      'explain, RSA': withRsa.explainCookie,
      'crypto.verify, RSA': withRsa.bareVerify,
      'explain, P-256': withP256.explainCookie,
      'crypto.verify, P-256': withP256.bareVerify,
    },
    { batchMs: 5, batches: 40 },
  );
  return {
    rows: [
      atLeast(
        0.7,
        'explain, RSA, against bare crypto.verify',
        times['crypto.verify, RSA'],
        times['explain, RSA'],
      ),
      atLeast(
        0.9,
        'explain, P-256, against bare crypto.verify',
        times['crypto.verify, P-256'],
        times['explain, P-256'],
      ),
    ],
    times,
  };
}

async function prepare({
  privatePem,
  publicKey,
}: BenchKey): Promise<{ explainCookie: Call; bareVerify: Call }> {
  const key = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: privatePem });
  const { cookies } = await createSigner({ key, domain: DOMAIN }).signCookies('/books/42/*');
  const header = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  const url = `https://${DOMAIN}/books/42/index_1080p_00042.ts`;
  const trustedKeys = new Map([[KEY_PAIR_ID, publicKey]]);
  const explainCookie = () => explain({ url, cookies: header, trustedKeys });
  if (!explainCookie().allowed) throw new Error('the cookie to be judged is not valid');

  const signed = fromWire(cookies['CloudFront-Policy'] ?? '');
  const signature = fromWire(cookies['CloudFront-Signature'] ?? '');
  const bareVerify = () => verify('SHA1', signed, publicKey, signature);
  if (!bareVerify()) throw new Error('the signature to be checked is not valid');
  return { explainCookie, bareVerify };
}

function fromWire(text: string): Buffer {
  return Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
}
