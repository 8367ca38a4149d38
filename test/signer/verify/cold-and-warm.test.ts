/** What was verified before never changes a verdict, whatever a request puts into its fields. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, type Verdict } from '../../../signer/src/verify/index.ts';
import {
  carry,
  type Fields,
  type HonestRequest,
  honestRequest,
  hostileFields,
} from '../../support/hostile-fields.ts';
import { DOMAIN, ec, KEY_PAIR_ID, NOW, NOW_SECONDS, rsa } from '../fixtures.ts';

const FREE = `https://${DOMAIN}/free-sample.mp4`;
const PAID = `https://${DOMAIN}/books/99/paid.mp4`;
const EXPIRES = NOW_SECONDS + 3600;

const honest = (
  url: string,
  kind: 'canned' | 'custom',
  options: { readonly hash?: 'SHA256'; readonly resource?: string } = {},
) =>
  honestRequest(url, {
    kind,
    expires: EXPIRES,
    key: { id: KEY_PAIR_ID, privateKey: ec.privateKey },
    ...options,
  });

interface Question {
  readonly url: string;
  readonly via: 'url' | 'cookies';
  readonly fields: Fields;
}

function judge(key: KeyObject, { url, via, fields }: Question): Verdict {
  const { query, cookies } = carry(fields, via);
  return explain({
    url: `${url}${query}`,
    ...(cookies !== undefined && { cookies }),
    now: NOW,
    trustedKeys: new Map([[KEY_PAIR_ID, key]]),
  });
}

/** A key object of its own has verified nothing yet. */
const cold = (question: Question) => judge(createPublicKey(ec.publicPem), question);

const requests = [
  honest(FREE, 'canned'),
  honest(FREE, 'canned', { hash: 'SHA256' }),
  honest(`https://${DOMAIN}/books/42/1.ts`, 'custom', { resource: `https://${DOMAIN}/books/42/*` }),
  honest(PAID, 'custom', { resource: `https://${DOMAIN}/books/99/*`, hash: 'SHA256' }),
];

describe('a key that has verified ten thousand requests', () => {
  const warm = createPublicKey(ec.publicPem);
  const vias = ['url', 'cookies'] as const;

  it('gives every request the verdict of a key that has verified none', () => {
    for (let number = 0; number < 10_000; number++) {
      const { url, fields } = honest(`https://${DOMAIN}/others/${number}.ts`, 'canned');
      expect(judge(warm, { url, via: 'cookies', fields }).allowed).toBe(true);
    }
    const again = () => {
      for (const { url, fields } of requests)
        for (const via of vias) expect(judge(warm, { url, via, fields }).allowed).toBe(true);
    };
    again();
    const asked = fc.record({
      url: fc.constantFrom(FREE, PAID, `https://${DOMAIN}/books/42/1.ts`),
      via: fc.constantFrom(...vias),
      fields: hostileFields(requests),
    });
    fc.assert(
      fc.property(asked, (question) => {
        expect(judge(warm, question)).toEqual(cold(question));
      }),
      { numRuns: 20_000 },
    );
    again();
  }, 120_000);

  it.each<[string, Question['fields']]>(
    (() => {
      const { Expires = '', Signature = '', 'Key-Pair-Id': id = '' } = requests[0]?.fields ?? {};
      const rest = { 'Key-Pair-Id': id };
      return [
        ['Expires and the URL as Policy', { Policy: `${Expires} ${FREE}`, Signature, ...rest }],
        ['the expiry behind the signature', { Policy: FREE, Signature: `${Signature} ${Expires}`, ...rest }],
        [
          'the signature behind the hash algorithm',
          {
            Policy: FREE,
            Signature: Expires,
            'Hash-Algorithm': `SHA1 ${Signature}`,
            ...rest,
          },
        ],
        ['tabs instead of spaces', { Policy: `${Expires}\t${FREE}`, Signature, ...rest }],
        ['lengths before each part', { Policy: `${Expires.length}:${Expires}${FREE}`, Signature, ...rest }],
        ['the honest canned fields for another URL', { Expires, Signature, ...rest }],
      ];
    })(),
  )('denies what it would deny at first: %s', (_, fields) => {
    for (const via of vias) {
      const free = requests[0] as HonestRequest;
      expect(judge(warm, { url: free.url, via, fields: free.fields }).allowed).toBe(true);
      const verdict = judge(warm, { url: PAID, via, fields });
      expect(verdict.allowed).toBe(false);
      expect(verdict).toEqual(cold({ url: PAID, via, fields }));
    }
  });

  it('denies a signature that another key made, whatever its entry says', () => {
    const { url, fields } = requests[0] as HonestRequest;
    expect(judge(warm, { url, via: 'url', fields }).allowed).toBe(true);
    expect(judge(rsa.publicKey, { url, via: 'url', fields })).toMatchObject({ allowed: false });
  });
});
