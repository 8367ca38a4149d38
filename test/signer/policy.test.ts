import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../../signer/src/policy/encode-base64.ts';
import { policyText } from '../../signer/src/policy/policy-text.ts';
import { decodeBase64 } from '../../signer/src/verify/decode-base64.ts';
import { readCustomPolicy } from '../../signer/src/verify/read-policy.ts';
import { fromWire } from './fixtures.ts';

describe('policy text', () => {
  it('spells a canned policy as CloudFront rebuilds it', () => {
    expect(
      policyText({ resource: 'https://d111111abcdef8.cloudfront.net/a.mp4', dateLessThan: 1767290400 }),
    ).toBe(
      '{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/a.mp4","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}',
    );
  });

  it('orders the conditions DateLessThan, DateGreaterThan, IpAddress, without white space', () => {
    expect(
      policyText({
        resource: 'https://d111111abcdef8.cloudfront.net/books/42/*',
        dateLessThan: 200,
        dateGreaterThan: 100,
        sourceIp: '203.0.113.0/24',
      }),
    ).toBe(
      '{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/books/42/*","Condition":{"DateLessThan":{"AWS:EpochTime":200},"DateGreaterThan":{"AWS:EpochTime":100},"IpAddress":{"AWS:SourceIp":"203.0.113.0/24"}}}]}',
    );
  });

  it('leaves the ? that begins a query string unescaped, as the developer guide rules', () => {
    expect(policyText({ resource: 'https://example.com/a.jpg?size=large', dateLessThan: 1 })).toContain(
      '"Resource":"https://example.com/a.jpg?size=large"',
    );
  });

  it('stays one JSON string for any resource', () => {
    fc.assert(
      fc.property(fc.string(), (resource) => {
        const parsed = JSON.parse(policyText({ resource, dateLessThan: 1 }));
        expect(parsed.Statement[0].Resource).toBe(resource);
      }),
    );
  });
});

describe("CloudFront's base64", () => {
  it('replaces +, = and / by -, _ and ~', () => {
    expect(Buffer.from([0xfb, 0xff, 0xfe, 0xff]).toString('base64')).toBe('+//+/w==');
    expect(encodeBase64(Uint8Array.of(0xfb, 0xff, 0xfe, 0xff))).toBe('-~~-~w__');
  });

  it('agrees with the cookie in the developer guide, both ways', () => {
    const { policy, cookie } = JSON.parse(
      readFileSync(new URL('../vectors/documented-cookie.json', import.meta.url), 'utf8'),
    );
    expect(encodeBase64(Buffer.from(policy))).toBe(cookie);
    expect(readCustomPolicy(decodeBase64(cookie) ?? Buffer.alloc(0))).toEqual({
      policy: {
        kind: 'custom',
        resource: 'http://d111111abcdef8.cloudfront.net/game_download.zip',
        // "March 16, 2015 10:00 am UTC converts to 1426500000"
        expiresAt: new Date('2015-03-16T10:00:00Z'),
        ipAddress: '192.0.2.0/24',
      },
    });
  });

  it('encodes a view of a larger buffer by its own bytes only', () => {
    expect(fromWire(encodeBase64(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)))).toEqual(Buffer.from([2, 3]));
  });

  it('comes back from the strict decoder for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['missing padding', 'AA'],
    ['padding in the middle', 'A_AA'],
    ['spare bits that are not zero', 'AB__'],
    ['the standard alphabet', '+//+/w=='],
    ['white space', 'AAAA AAA'],
    ['percent-encoding', 'AAAA%7E'],
  ])('is refused by the strict decoder with %s', (_, text) => {
    expect(decodeBase64(text)).toBeNull();
  });
});
