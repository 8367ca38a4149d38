/** A signature that was found good is kept: everything that it does not cover is judged again. */
import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { explain, type Verdict } from '../../../signer/src/verify/index.ts';
import {
  cookieHeader,
  DOMAIN,
  KEY_PAIR_ID,
  type KeyPair,
  makeRsa,
  NOW,
  NOW_SECONDS,
  rsa,
  signerWith,
  toWire,
  trusting,
} from '../fixtures.ts';

const FILE = `https://${DOMAIN}/books/42/index.m3u8`;
const OPEN = JSON.stringify({
  Statement: [
    {
      Resource: `https://${DOMAIN}/books/42/*`,
      Condition: {
        DateLessThan: { 'AWS:EpochTime': NOW_SECONDS + 60 },
        DateGreaterThan: { 'AWS:EpochTime': NOW_SECONDS - 60 },
        IpAddress: { 'AWS:SourceIp': '203.0.113.0/24' },
      },
    },
  ],
});
const signature = toWire(sign('SHA1', Buffer.from(OPEN), rsa.privateKey));

interface Question {
  readonly url?: string;
  readonly query?: string;
  readonly ip?: string;
  readonly at?: number;
  readonly pair?: KeyPair;
}

function ask({ url = FILE, query, ip = '203.0.113.7', at = 0, pair = rsa }: Question = {}): Verdict {
  const signed =
    query ?? `Policy=${toWire(Buffer.from(OPEN))}&Signature=${signature}&Key-Pair-Id=${KEY_PAIR_ID}`;
  const now = new Date(NOW.getTime() + at * 1000);
  return explain({ url: `${url}?${signed}`, ip, now, trustedKeys: trusting(pair) });
}

const reasonOf = (verdict: Verdict) => (verdict.allowed ? 'allowed' : verdict.reason);

describe('a signature that was found good before', () => {
  it('gives the same verdict a second time', () => {
    expect(ask()).toEqual(ask());
    expect(ask().allowed).toBe(true);
  });

  it.each([
    ['expired', { at: 60 }],
    ['not-yet-valid', { at: -60 }],
    ['ip-mismatch', { ip: '198.51.100.7' }],
    ['resource-mismatch', { url: `https://${DOMAIN}/books/43/index.m3u8` }],
  ])('is %s where the policy does not reach', (reason, question) => {
    expect([reasonOf(ask()), reasonOf(ask(question)), reasonOf(ask())]).toEqual([
      'allowed',
      reason,
      'allowed',
    ]);
  });

  it('is refused for another policy', () => {
    const wider = OPEN.replace('/books/42/*', '/books/*');
    const query = `Policy=${toWire(Buffer.from(wider))}&Signature=${signature}&Key-Pair-Id=${KEY_PAIR_ID}`;
    expect([reasonOf(ask()), reasonOf(ask({ query }))]).toEqual(['allowed', 'signature-mismatch']);
  });

  it('is refused under the other hash algorithm', () => {
    const query = `Policy=${toWire(Buffer.from(OPEN))}&Signature=${signature}&Key-Pair-Id=${KEY_PAIR_ID}`;
    expect(reasonOf(ask({ query: `${query}&Hash-Algorithm=SHA256` }))).toBe('signature-mismatch');
  });

  it('is refused when the same id stands for another key', () => {
    expect([reasonOf(ask()), reasonOf(ask({ pair: makeRsa() }))]).toEqual(['allowed', 'signature-mismatch']);
  });

  it('of a canned policy is refused for another URL and another time', () => {
    const expires = NOW_SECONDS + 60;
    const text = `{"Statement":[{"Resource":"${FILE}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;
    const canned = toWire(sign('SHA1', Buffer.from(text), rsa.privateKey));
    const query = `Expires=${expires}&Signature=${canned}&Key-Pair-Id=${KEY_PAIR_ID}`;
    const later = query.replace(/Expires=\d+/, `Expires=${NOW_SECONDS + 3600}`);
    expect([
      reasonOf(ask({ query })),
      reasonOf(ask({ query, url: `https://${DOMAIN}/books/42/other.m3u8` })),
      reasonOf(ask({ query: later })),
      reasonOf(ask({ query, at: 60 })),
    ]).toEqual(['allowed', 'signature-mismatch', 'signature-mismatch', 'expired']);
  });

  it('keeps its policy out of the reach of callers', () => {
    const verdict = ask();
    if (verdict.allowed) verdict.policy.expiresAt.setTime(NOW.getTime() + 1e9);
    expect(reasonOf(ask({ at: 60 }))).toBe('expired');
    const second = ask();
    if (second.allowed) second.policy.expiresAt.setTime(NOW.getTime() + 1e9);
    expect(reasonOf(ask({ at: 60 }))).toBe('expired');
  });

  it('does not open what thousands of others have pushed out or in', async () => {
    const header = cookieHeader(
      (await signerWith(rsa).signCookies('/books/42/*', { expiresIn: 60 })).cookies,
    );
    const judge = (at: number) =>
      explain({
        url: FILE,
        cookies: header,
        now: new Date(NOW.getTime() + at * 1000),
        trustedKeys: trusting(rsa),
      });
    expect(reasonOf(judge(0))).toBe('allowed');
    for (let number = 0; number < 4200; number++) {
      const query = `Expires=${NOW_SECONDS + 60}&Signature=${toWire(Buffer.from(`forged ${number}`))}&Key-Pair-Id=${KEY_PAIR_ID}`;
      if (ask({ query }).allowed) throw new Error('a forged signature passed');
    }
    expect([reasonOf(judge(0)), reasonOf(judge(60))]).toEqual(['allowed', 'expired']);
  });
});
