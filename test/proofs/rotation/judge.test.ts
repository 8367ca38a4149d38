/** The judge of the rotation proof, on answers that are known to be right and wrong: a proof that cannot fail is none. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createJudge, type TrustChange } from './judge.ts';
import type { Credential, MadeBy, Sent } from './messages.ts';
import { prolonged, steal } from './thief.ts';
import { judgeAll } from './verdicts.ts';

const DOMAIN = 'd111111abcdef8.cloudfront.net';
const KEY = 'K2EXAMPLEKEY01';
const SIGNED_AT = Date.UTC(2026, 10, 20, 12);
const END = SIGNED_AT + 3_600_000;
/** The group drops the key half an hour before the signature ends, and the edge knows a second later. */
const DROPPED = { after: END - 1_800_000, until: END - 1_799_000 };
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const paths = ['/books/hare/index.m3u8', '/books/tortoise/index.m3u8'];

const evidence = {
  domain: DOMAIN,
  trust: [
    { after: 0, until: 0, keyPairIds: new Set([KEY]) },
    { ...DROPPED, keyPairIds: new Set(['K2ANOTHERKEY01']) },
  ] as TrustChange[],
  publicKeys: new Map([[KEY, pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()]]),
  revokedAt: new Map<string, number>(),
};

describe('the judge', () => {
  const judge = createJudge(evidence);
  const hare = paths[0] ?? '';

  it('allows what a trusted key has signed, by cookies and by URL', () => {
    expect(judge(signed('thief'), hare, sentAt(SIGNED_AT))).toMatchObject({ expected: 'allow', codes: [] });
    expect(judge(signed('thief', 'url', 2), hare, sentAt(SIGNED_AT))).toMatchObject({ expected: 'allow' });
  });

  it('denies it once the group has dropped the key, and takes either answer in the moment between', () => {
    const after = judge(signed('thief'), hare, sentAt(DROPPED.until));
    expect(after).toMatchObject({ expected: 'deny', codes: ['InvalidKey'], because: 'untrusted' });
    const between = judge(signed('thief'), hare, sentAt(DROPPED.after + 500));
    expect(between).toMatchObject({ expected: 'either' });
    expect(judge(signed('thief'), hare, sentAt(DROPPED.after - 100))).toMatchObject({ expected: 'allow' });
  });

  it('owes it to a viewer all the same: a rotation that drops the key too early is wrong', () => {
    expect(judge(signed('signer'), hare, sentAt(DROPPED.until))).toMatchObject({
      expected: 'allow',
      because: 'owed',
    });
  });

  it('owes it to a viewer of a signer that comes back from idling: one that signs with a dropped key is wrong', () => {
    expect(judge(signed('returning', 'cookies', 7), hare, sentAt(DROPPED.until))).toMatchObject({
      expected: 'allow',
      because: 'owed',
    });
  });

  it('owes nothing to anybody from the moment at which the key is revoked', () => {
    const revoking = createJudge({ ...evidence, revokedAt: new Map([[KEY, DROPPED.after]]) });
    expect(revoking(signed('signer'), hare, sentAt(DROPPED.until))).toMatchObject({ expected: 'deny' });
    expect(revoking(signed('signer'), hare, sentAt(DROPPED.after - 100))).toMatchObject({ because: 'owed' });
  });

  it('denies at the second of the end, and takes either answer to what was under way then', () => {
    const trusting = createJudge({ ...evidence, trust: evidence.trust.slice(0, 1) });
    expect(trusting(signed('signer'), hare, sentAt(END))).toMatchObject({
      expected: 'deny',
      codes: ['AccessDenied'],
    });
    expect(trusting(signed('signer'), hare, sentAt(END - 10))).toMatchObject({ expected: 'either' });
    expect(trusting(signed('signer'), hare, sentAt(END - 60))).toMatchObject({ expected: 'allow' });
  });

  it('denies another book, a policy that was changed, and no signature at all', () => {
    const elsewhere = judge(signed('signer'), paths[1] ?? '', sentAt(SIGNED_AT));
    expect(elsewhere).toMatchObject({ expected: 'deny', because: 'elsewhere' });
    const given = signed('tampered', 'cookies', 3);
    const changed = { ...given, text: prolonged(given.text) };
    expect(changed.text).not.toBe(given.text);
    expect(judge(changed, hare, sentAt(SIGNED_AT))).toMatchObject({
      expected: 'deny',
      because: 'not-genuine',
    });
    const nothing = { ...signed('nobody', 'url', 5), text: '' };
    expect(judge(nothing, hare, sentAt(SIGNED_AT))).toMatchObject({
      expected: 'deny',
      codes: ['MissingKey'],
    });
  });
});

describe('the sums', () => {
  const sums = (credential: Credential, ...answers: [at: number, status: number, code: string][]) =>
    judgeAll(
      {
        credentials: new Map([[credential.id, credential]]),
        sent: answers.map(([at, status, code]) => [credential.id, 0, at, at + 20, status, code] as const),
        paths,
      },
      evidence,
    ).all;

  it('count a viewer who was cut off, and a thief who was allowed', () => {
    const { until } = DROPPED;
    expect(sums(signed('signer'), [SIGNED_AT, 200, ''], [until, 403, 'InvalidKey'])).toMatchObject({
      allowed: 1,
      denied: 1,
      wronglyDenied: 1,
      wronglyAllowed: 0,
    });
    expect(sums(signed('thief'), [until, 200, ''], [until, 403, 'InvalidKey'])).toMatchObject({
      allowed: 1,
      denied: 1,
      wronglyDenied: 0,
      wronglyAllowed: 1,
    });
  });

  it('count a denial for another reason, and an answer that is neither yes nor no', () => {
    const { until } = DROPPED;
    expect(sums(signed('thief'), [until, 403, 'AccessDenied'])).toMatchObject({ denied: 1, wrongCode: 1 });
    const failures = sums(
      signed('signer'),
      [SIGNED_AT, 403, 'S3 AccessDenied'],
      [SIGNED_AT, 504, ''],
      [SIGNED_AT, 0, ''],
    );
    expect(failures).toMatchObject({ allowed: 0, denied: 0, failed: 3 });
  });
});

function signed(made: MadeBy, via: Credential['via'] = 'cookies', id = 1): Credential {
  const key = { generation: '2026-11-a', keyPairId: KEY, privateKey };
  const text = steal(key, { via, domain: DOMAIN, book: '/books/hare', now: SIGNED_AT });
  return { id, via, text, made, askedAt: SIGNED_AT, gotAt: SIGNED_AT };
}

/** Answered 20 ms later. */
function sentAt(at: number): Sent {
  return [1, 0, at, at + 20, 0, ''];
}
