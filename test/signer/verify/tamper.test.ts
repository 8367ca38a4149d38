/** Every single character of what was signed, changed; and requests beaten out of shape. */

import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExplainRequest, explain } from '../../../signer/src/verify/index.ts';
import { cookieHeader, DOMAIN, ec, judge, KEY_PAIR_ID, NOW, rsa, signerWith, trusting } from '../fixtures.ts';

const FILE = '/books/42/index.m3u8?v=1';
const KINDS = [rsa, ec].flatMap((pair) =>
  (['SHA1', 'SHA256'] as const).flatMap((hashAlgorithm) =>
    (['custom', 'canned'] as const).map((policy) => ({
      name: `${pair === rsa ? 'RSA' : 'P-256'}, ${hashAlgorithm}, ${policy}`,
      pair,
      hashAlgorithm,
      policy,
    })),
  ),
);

/** A neighbour, which may differ in one bit alone; the signs of each encoding; what ends a value. */
const substitutes = (character: string) =>
  [String.fromCharCode(character.charCodeAt(0) ^ 1), 'A', '_', '~', '+', '%', '#', '*', ' '].filter(
    (other) => other !== character,
  );

function* changes(text: string, from = 0): Generator<string> {
  for (let index = from; index < text.length; index++) {
    for (const other of substitutes(text[index] ?? '')) {
      yield text.slice(0, index) + other + text.slice(index + 1);
    }
  }
}

describe.each(KINDS)('$name', ({ pair, hashAlgorithm, policy }) => {
  const signer = signerWith(pair, { hashAlgorithm });

  it('denies a URL with any one character changed', async () => {
    const { url } = await signer.signUrl(FILE, { policy });
    expect(judge(pair, { url }).allowed).toBe(true);
    const allowed = [...changes(url, 'https://'.length)].filter(
      (changed) => judge(pair, { url: changed }).allowed,
    );
    // A host is the same in capitals.
    expect(allowed.filter((changed) => changed.toLowerCase() !== url.toLowerCase())).toEqual([]);
  });

  it('denies cookies with any one character of a name or a value changed', async () => {
    const { cookies } = await signer.signCookies(FILE, { policy });
    const url = `https://${DOMAIN}${FILE}`;
    expect(judge(pair, { url, cookies: cookieHeader(cookies) }).allowed).toBe(true);
    const allowed: string[] = [];
    for (const name of Object.keys(cookies)) {
      const { [name]: value = '', ...others } = cookies;
      for (const pairText of changes(`${name}=${value}`)) {
        const header = `${cookieHeader(others)}; ${pairText}`;
        if (judge(pair, { url, cookies: header }).allowed) allowed.push(pairText);
      }
    }
    expect(allowed).toEqual([]);
  });
});

describe('a request beaten out of shape', () => {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.nat(40),
    inserted: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('&', '=', ';', '; ', '%', '\ud800', '?Policy=', 'CloudFront-Expires=1; ', '__', '\0'),
    ),
  });
  type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never;
  const beat = (text: string, edits: readonly Edit[]) =>
    edits.reduce((current, { at, removed, inserted }) => {
      const start = Math.floor(at * current.length);
      return current.slice(0, start) + inserted + current.slice(start + removed);
    }, text);
  const odd = fc.oneof(
    fc.string(),
    fc.constantFrom('::1', '999.1.1.1', '1.2.3.4/8', '', '-----BEGIN PUBLIC KEY-----'),
  );
  const trusted = fc.oneof(
    odd.map((text) => new Map([[KEY_PAIR_ID, text]])),
    fc.constantFrom<ExplainRequest['trustedKeys']>(
      trusting(rsa),
      trusting(ec),
      new Map(),
      new Map([[KEY_PAIR_ID, rsa.privateKey]]),
      new Map([[KEY_PAIR_ID, createSecretKey(Buffer.from('x'))]]),
      new Map([
        [KEY_PAIR_ID, rsa.publicPem],
        ['K2', rsa.publicPem.slice(0, 200)],
      ]),
    ),
  );
  const clock = fc.option(fc.date({ noInvalidDate: false }), { nil: NOW });

  it.each(KINDS)('gets a verdict and never an exception: $name', async ({ pair, hashAlgorithm, policy }) => {
    const signer = signerWith(pair, { hashAlgorithm });
    const { url } = await signer.signUrl(FILE, { policy });
    const header = cookieHeader((await signer.signCookies(FILE, { policy })).cookies);
    const edits = fc.array(edit, { maxLength: 4 });
    fc.assert(
      fc.property(edits, edits, odd, clock, trusted, fc.boolean(), (one, two, ip, now, trustedKeys, bare) => {
        const target = beat(bare ? `https://${DOMAIN}${FILE}` : url, one);
        const verdict = explain({ url: target, cookies: beat(header, two), ip, now, trustedKeys });
        if (verdict.allowed) expect(trustedKeys.get(verdict.keyPairId)).toBeDefined();
        else expect(verdict.hint).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});
