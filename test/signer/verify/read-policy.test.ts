import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCustomPolicy } from '../../../signer/src/verify/read-policy.ts';

const usual = (resource: string, epoch: string) =>
  `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${epoch}}}}]}`;

const read = (text: string) => readCustomPolicy(Buffer.from(text));

/** One space more, and it is no longer the spelling that is read without JSON. */
const spaced = (text: string) => text.replace('{"Statement":', '{"Statement": ');

describe('a policy in the usual spelling', () => {
  it('reads as the same JSON with a space in it does, whatever is in it', () => {
    const resource = fc.oneof(
      fc.webUrl(),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', '"', '\\', '\\u0041', '\n', '\u007f', '}', '*', '?') }),
    );
    const epoch = fc.oneof(
      fc.nat().map(String),
      fc.integer().map(String),
      fc.constantFrom('0', '-0', '00', '01', '9999999999', '10000000000', '1e9', '1.0', '', '"1"', 'null'),
    );
    fc.assert(
      fc.property(resource, epoch, (...parts) => {
        const text = usual(...parts);
        expect(read(text)).toEqual(read(spaced(text)));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['a raw line break in the resource', usual('https://a/\n', '1'), 'not JSON'],
    ['an expiry with a leading zero', usual('https://a/', '01'), 'not JSON'],
    ['an expiry in milliseconds', usual('https://a/', '1795179600000'), 'whole seconds'],
    ['an empty resource', usual('', '1'), 'every distribution'],
    ['a key of its own name twice', usual('https://a/","Resource":"', '1'), 'every distribution'],
    ['a resource twice', usual('https://a/","Resource":"https://b/', '1'), 'more than once'],
    [
      'a resource twice, spelt otherwise',
      usual('https://a/","Resourc\\u0065":"https://b/', '1'),
      'more than once',
    ],
    ['an expiry twice', usual('https://a/', '1,"AWS:EpochTime":2'), 'more than once'],
    [
      'two statements under one name',
      usual('https://a/', '1').replace('{"Statement"', '{"Statement":[],"Statement"'),
      'more than once',
    ],
    ['an expiry with an exponent', usual('https://a/', '1e9'), 'in digits'],
    ['an expiry with a fraction', usual('https://a/', '1.0'), 'in digits'],
    ['a byte order mark', `\ufeff${usual('https://a/', '1')}`, 'not JSON'],
    ['something behind it', `${usual('https://a/', '1')}x`, 'not JSON'],
  ])('is refused with %s', (_, text, fault) => {
    expect(read(text)).toEqual({ fault: expect.stringContaining(fault) });
  });

  it('unescapes a resource as JSON does', () => {
    expect(read(usual('https://a/b\\\\?c=d', '1'))).toMatchObject({
      policy: { resource: 'https://a/b\\?c=d' },
    });
  });

  it('is read after one that was not UTF-8', () => {
    expect(readCustomPolicy(Uint8Array.of(0xe2, 0x82))).toEqual({ fault: 'the policy is not JSON in UTF-8' });
    expect(read(usual('https://a/*', '60'))).toEqual({
      policy: { kind: 'custom', resource: 'https://a/*', expiresAt: new Date(60_000) },
    });
  });
});
