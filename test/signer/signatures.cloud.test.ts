/** Judged by programs that share nothing with the package: openssl and Node's verify. */

import { execFileSync } from 'node:child_process';
import { verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOMAIN, ec, fromWire, NOW_SECONDS, rsa, signerWith } from './fixtures.ts';

const MATRIX = [
  ['RSA 2048', rsa, 'SHA1'],
  ['RSA 2048', rsa, 'SHA256'],
  ['P-256', ec, 'SHA1'],
  ['P-256', ec, 'SHA256'],
] as const;

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'signer-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function opensslVerify(hash: string, publicPem: string, signature: Uint8Array, signed: Uint8Array): string {
  const keyFile = join(directory, 'public.pem');
  const signatureFile = join(directory, 'signature');
  writeFileSync(keyFile, publicPem);
  writeFileSync(signatureFile, signature);
  const options = ['dgst', `-${hash.toLowerCase()}`, '-verify', keyFile, '-signature', signatureFile];
  return execFileSync('openssl', options, { input: signed }).toString().trim();
}

describe.each(MATRIX)('%s (%#)', (_, pair, hashAlgorithm) => {
  const signer = signerWith(pair, { hashAlgorithm });

  it(`verifies in openssl and in Node with ${hashAlgorithm}, custom policy`, async () => {
    const { cookies } = await signer.signCookies('/books/42/*');
    const signed = fromWire(cookies['CloudFront-Policy'] ?? '');
    const signature = fromWire(cookies['CloudFront-Signature'] ?? '');
    expect(opensslVerify(hashAlgorithm, pair.publicPem, signature, signed)).toBe('Verified OK');
    expect(verify(hashAlgorithm, signed, pair.publicKey, signature)).toBe(true);
  });

  it(`verifies in openssl and in Node with ${hashAlgorithm}, canned policy`, async () => {
    const { url } = await signer.signUrl('/a.mp4?x=1', { policy: 'canned', expiresIn: 60 });
    const signature = fromWire(new URL(url).searchParams.get('Signature') ?? '');
    const signed = Buffer.from(
      `{"Statement":[{"Resource":"https://${DOMAIN}/a.mp4?x=1","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW_SECONDS + 60}}}}]}`,
    );
    expect(opensslVerify(hashAlgorithm, pair.publicPem, signature, signed)).toBe('Verified OK');
    expect(verify(hashAlgorithm, signed, pair.publicKey, signature)).toBe(true);
  });
});
