/** An idle signer's first signature, on returns that are known to be right and wrong. */
import { describe, expect, it } from 'vitest';
import type { Credential } from './messages.ts';
import { returnComplaints, returnsOf } from './returns.ts';

const activeKeys = [
  { generation: '2026-11-a', keyPairId: 'K1', at: 0 },
  { generation: '2026-11-b', keyPairId: 'K2', at: 40_000 },
];
/** The old key goes a minute after the new one began to sign. */
const trust = [
  { after: 0, until: 0, keyPairIds: new Set(['K1']) },
  { after: 29_000, until: 30_000, keyPairIds: new Set(['K1', 'K2']) },
  { after: 99_000, until: 100_000, keyPairIds: new Set(['K2']) },
];
const credential = (id: number, keyPairId: string, askedAt: number): Credential => ({
  id,
  via: 'cookies',
  text: `CloudFront-Policy=x; CloudFront-Key-Pair-Id=${keyPairId}`,
  made: 'returning',
  askedAt,
  gotAt: askedAt + 5,
});
const complaints = (signerCacheSeconds: number, ...credentials: Credential[]) =>
  returnComplaints(returnsOf({ credentials, activeKeys, trust }), { activeKeys, signerCacheSeconds });

describe('an idle signer', () => {
  it('is as it should be when it comes back, after more than its cache’s time, with the new key alone trusted', () => {
    expect(complaints(5, credential(1, 'K1', 10_000), credential(2, 'K2', 110_000))).toEqual([]);
  });

  it('is complained of when it comes back with the old key', () => {
    expect(complaints(5, credential(1, 'K1', 10_000), credential(2, 'K1', 110_000))).toEqual([
      'a signer that had been idle signed with 2026-11-a, and 2026-11-b was current',
    ]);
  });

  it('proves nothing when it was not idle, when the old key was trusted still, or when it did not come back', () => {
    expect(complaints(200, credential(1, 'K1', 10_000), credential(2, 'K2', 110_000))).toEqual([
      'the idle signer had been idle for 100 s only',
    ]);
    expect(complaints(5, credential(1, 'K1', 10_000), credential(2, 'K2', 60_000))).toEqual([
      'what the idle signer had signed with before 2026-11-b was trusted still',
    ]);
    expect(complaints(5, credential(1, 'K1', 10_000))).toEqual([
      'expected 2 returns of the idle signer, got 1',
    ]);
  });
});
