/** Judged by programs that share nothing with the package: openssl, Node's verify, the AWS signer itself. */

import { execFileSync } from 'node:child_process';
import { verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOMAIN, ec, fromWire, KEY_PAIR_ID, NOW, NOW_SECONDS, rsa, signerWith } from './fixtures.ts';

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

/** RSA signatures are deterministic, so whole results compare. */
describe.each(['SHA1', 'SHA256'] as const)(
  'byte for byte what the AWS signer gives for sane input, %s',
  (algorithm) => {
    const signer = signerWith(rsa, { hashAlgorithm: algorithm });
    const resource = `https://${DOMAIN}/books/42/index.m3u8?v=1&download=a%20b`;
    const aws = { keyPairId: KEY_PAIR_ID, privateKey: rsa.privatePem, algorithm };
    const expiresAt = new Date(NOW.getTime() + 3_600_000);
    const startsAt = new Date(NOW.getTime() + 60_000);
    /** CloudFront excludes the second of DateGreaterThan; we take one off, the AWS signer does not. */
    const dateGreaterThan = new Date(startsAt.getTime() - 1_000);
    /** The AWS signer puts Key-Pair-Id before Signature; the order of parameters has no meaning. */
    const sorted = (url: string) => [url.split('?')[0], ...(url.split('?')[1] ?? '').split('&').sort()];

    it('canned URL', async () => {
      const { url } = await signer.signUrl(resource, { policy: 'canned', expiresAt });
      expect(sorted(url)).toEqual(sorted(getSignedUrl({ ...aws, url: resource, dateLessThan: expiresAt })));
    });

    it('custom URL', async () => {
      const { url } = await signer.signUrl(resource, { expiresAt, startsAt, ipAddress: '203.0.113.0/24' });
      const theirs = getSignedUrl({
        ...aws,
        url: resource,
        dateLessThan: expiresAt,
        dateGreaterThan,
        ipAddress: '203.0.113.0/24',
      });
      expect(sorted(url)).toEqual(sorted(theirs));
    });

    it('canned cookies', async () => {
      const { cookies } = await signer.signCookies(resource, { policy: 'canned', expiresAt });
      const theirs = getSignedCookies({ ...aws, url: resource, dateLessThan: expiresAt });
      expect(cookies).toEqual({ ...theirs, 'CloudFront-Expires': String(theirs['CloudFront-Expires']) });
    });

    it('custom cookies over a directory', async () => {
      const scope = `https://${DOMAIN}/books/42/*`;
      const { cookies } = await signer.signCookies('/books/42/*', { expiresAt, startsAt });
      expect(cookies).toEqual(
        getSignedCookies({ ...aws, url: scope, dateLessThan: expiresAt, dateGreaterThan }),
      );
    });
  },
);
