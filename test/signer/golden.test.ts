/** Golden signatures, made by openssl from the developer guide's policies; and the AWS signer as co-signer. */

import { readFileSync } from 'node:fs';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain } from '../../signer/src/verify/index.ts';
import { cookieHeader, DOMAIN, ec, fromWire, judge, KEY_PAIR_ID, NOW, rsa, signerWith } from './fixtures.ts';

interface Vector {
  readonly name: string;
  readonly key: 'rsa' | 'p256';
  readonly hash: 'SHA1' | 'SHA256';
  readonly url: string;
  readonly ip: string;
  readonly policy: string;
  readonly policyWire: string;
  readonly signatureWire: string;
}

const golden: {
  readonly keys: Readonly<Record<Vector['key'], string>>;
  readonly vectors: readonly Vector[];
} = JSON.parse(readFileSync(new URL('../vectors/signatures.json', import.meta.url), 'utf8'));

describe.each(golden.vectors)('$name, $key, $hash', (vector) => {
  const { url, ip, policy, policyWire, signatureWire, hash, key } = vector;
  const condition = JSON.parse(policy).Statement[0].Condition;
  const lastSecond = condition.DateLessThan['AWS:EpochTime'] - 1;
  const isCanned = vector.name.startsWith('canned');
  const fields = {
    ...(isCanned ? { Expires: String(lastSecond + 1) } : { Policy: policyWire }),
    Signature: signatureWire,
    'Key-Pair-Id': KEY_PAIR_ID,
    ...(hash === 'SHA256' ? { 'Hash-Algorithm': 'SHA256' } : {}),
  };
  type Fields = Readonly<Record<string, string>>;
  /** Once in the query string, once in cookies. */
  const verdicts = (changed: Fields = fields, at = lastSecond) => {
    const request = { ip, now: new Date(at * 1000), trustedKeys: new Map([[KEY_PAIR_ID, golden.keys[key]]]) };
    const query = Object.entries(changed).map((pair) => pair.join('='));
    const names = Object.entries(changed).map(([name, value]) => [`CloudFront-${name}`, value]);
    return [
      explain({ ...request, url: `${url}${url.includes('?') ? '&' : '?'}${query.join('&')}` }),
      explain({ ...request, url, cookies: cookieHeader(Object.fromEntries(names)) }),
    ];
  };

  it('is allowed until its last second, in a URL and in cookies', () => {
    for (const verdict of verdicts()) expect(verdict).toMatchObject({ allowed: true });
    for (const verdict of verdicts(fields, lastSecond + 1)) {
      expect(verdict).toMatchObject({ allowed: false, reason: 'expired' });
    }
  });

  it('is denied with the other hash, and with one byte of the signature changed', () => {
    const { 'Hash-Algorithm': hashAlgorithm, ...rest } = fields;
    const otherHash = hashAlgorithm === undefined ? { ...rest, 'Hash-Algorithm': 'SHA256' } : rest;
    const bytes = fromWire(signatureWire);
    // The last byte of either kind of signature is part of a number.
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    const Signature = bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
    for (const changed of [otherHash, { ...fields, Signature }]) {
      for (const verdict of verdicts(changed)) {
        expect(verdict).toMatchObject({ allowed: false, reason: 'signature-mismatch' });
      }
    }
  });
});

describe('the developer guide’s policies', () => {
  /** Only what the package would sign: the guide's `https://*` opens every distribution. */
  const ours = golden.vectors.filter(({ policy }) => !policy.includes('https://*') && !policy.includes('\n'));

  it.each(ours.filter(({ key, hash }) => key === 'rsa' && hash === 'SHA1'))(
    'are said by ours, condition for condition: $name',
    async ({ policy }) => {
      const { Resource, Condition } = JSON.parse(policy).Statement[0];
      const expiresAt = new Date(Condition.DateLessThan['AWS:EpochTime'] * 1000);
      const ipAddress = Condition.IpAddress?.['AWS:SourceIp'];
      const signer = signerWith(rsa, { now: () => new Date(expiresAt.getTime() - 60_000) });
      const { cookies } = await signer.signCookies(Resource, {
        expiresAt,
        ...(ipAddress === undefined ? {} : { ipAddress }),
      });
      expect(JSON.parse(fromWire(cookies['CloudFront-Policy'] ?? '').toString())).toEqual(JSON.parse(policy));
    },
  );
});

describe('the AWS signer', () => {
  const segment = fc.string({ unit: fc.constantFrom(...'abzAZ09-_.~'), minLength: 1, maxLength: 12 });
  const path = fc
    .array(
      segment.filter((text) => !/^\.{1,2}$/.test(text)),
      { minLength: 1, maxLength: 4 },
    )
    .map((segments) => `/${segments.join('/')}`);
  const query = fc
    .array(fc.tuple(fc.constantFrom('v', 'size', 'lang'), segment), { maxLength: 3 })
    .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`));
  const hash = fc.constantFrom('SHA1' as const, 'SHA256' as const);
  const lifetime = fc.integer({ min: 1, max: 7 * 86_400 });
  /** The order of parameters has no meaning. */
  const sorted = (url: string) => [url.split('?')[0], ...(url.split('?')[1] ?? '').split('&').sort()];
  const signers = { SHA1: signerWith(rsa), SHA256: signerWith(rsa, { hashAlgorithm: 'SHA256' }) };

  it('agrees byte for byte on any plain URL, lifetime, start, address and hash', async () => {
    await fc.assert(
      fc.asyncProperty(
        path,
        query,
        lifetime,
        hash,
        fc.boolean(),
        async (file, search, seconds, algorithm, more) => {
          const url = `https://${DOMAIN}${file}${search}`;
          const expiresAt = new Date(NOW.getTime() + seconds * 1000);
          const aws = { url, keyPairId: KEY_PAIR_ID, privateKey: rsa.privatePem, algorithm };
          const conditions = more ? { ipAddress: '203.0.113.0/24', startsAt: NOW } : {};
          // CloudFront excludes the second of DateGreaterThan; we take one off, the AWS signer does not.
          const theirs = more
            ? { ipAddress: '203.0.113.0/24', dateGreaterThan: new Date(NOW.getTime() - 1_000) }
            : { ipAddress: '0.0.0.0/0' };

          const custom = { expiresAt, ipAddress: '0.0.0.0/0', ...conditions };
          const signed = await signers[algorithm].signUrl(url, custom);
          expect(sorted(signed.url)).toEqual(
            sorted(getSignedUrl({ ...aws, dateLessThan: expiresAt, ...theirs })),
          );

          const canned = { expiresAt, policy: 'canned' as const };
          const { url: cannedUrl } = await signers[algorithm].signUrl(url, canned);
          expect(sorted(cannedUrl)).toEqual(sorted(getSignedUrl({ ...aws, dateLessThan: expiresAt })));

          const { cookies } = await signers[algorithm].signCookies(url, custom);
          expect(cookies).toEqual(getSignedCookies({ ...aws, dateLessThan: expiresAt, ...theirs }));
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each(['SHA1', 'SHA256'] as const)(
    'signs with P-256 and %s what explain allows, in a URL and in cookies',
    (algorithm) => {
      const url = `https://${DOMAIN}/books/42/index.m3u8`;
      const dateLessThan = new Date(NOW.getTime() + 60_000);
      const aws = { url, keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem, algorithm, dateLessThan };
      const cookies = getSignedCookies({ ...aws, ipAddress: '203.0.113.0/24' });
      const texts = Object.fromEntries(Object.entries(cookies).map(([name, value]) => [name, String(value)]));
      expect(judge(ec, { url: getSignedUrl(aws) })).toMatchObject({ allowed: true });
      expect(judge(ec, { url, cookies: cookieHeader(texts), ip: '203.0.113.7' })).toMatchObject({
        allowed: true,
      });
    },
  );
});
