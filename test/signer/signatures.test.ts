/** Compared with the AWS signer, which shares nothing with the package. */

import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { describe, expect, it } from 'vitest';
import { DOMAIN, KEY_PAIR_ID, NOW, rsa, signerWith } from './fixtures.ts';

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
