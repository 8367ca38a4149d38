/** Whether a scheduled rotation has anything to do: judged without the key, against what `rotate` makes of the same. */
import { describe, expect, it } from 'vitest';
import { due, proposal, type Seen } from '../../.github/rotation/due.ts';
import { assess } from '../../ops/keys/assess.ts';
import type { Observation } from '../../ops/keys/observation.ts';
import { retirementSeconds } from '../../ops/keys/timing.ts';
import {
  ago,
  cloudFrontKey,
  NOW,
  pem,
  STEADY,
  secretWith,
  steadyBut,
  TIMING,
  version,
} from '../ops/keys/observations.ts';

const DAY = 86_400;
const WAIT = retirementSeconds(TIMING);
const SCHEDULE = { minAgeDays: 90, retirementSeconds: WAIT };
const PENDING = secretWith([
  version(['AWSCURRENT'], '2026-11-a', ago(90 * DAY)),
  version(['AWSPENDING'], '2026-11-b', ago(DAY)),
]);
const BOTH_TRUSTED: Partial<Observation> = {
  committed: [pem('2026-11-a'), pem('2026-11-b')],
  publicKeys: [...STEADY.publicKeys, cloudFrontKey('2026-11-b', ago(DAY))],
  keyGroup: {
    id: 'group',
    name: 'storytime-prod-viewers',
    keyPairIds: ['K-2026-11-a', 'K-2026-11-b'],
    modifiedAt: ago(DAY / 2),
  },
};

function promoted(secondsAgo: number): Partial<Observation> {
  return {
    ...BOTH_TRUSTED,
    active: '2026-11-b',
    secret: secretWith([
      version(['AWSPREVIOUS'], '2026-11-a', ago(90 * DAY)),
      version(['AWSCURRENT'], '2026-11-b', ago(secondsAgo)),
    ]),
  };
}

function seen({ committed, secret }: Observation, more: Partial<Seen> = {}): Seen {
  return {
    now: NOW,
    committed: committed.map(({ generation }) => generation),
    inKms: committed.filter(({ kind }) => kind === 'kms').map(({ generation }) => generation),
    versions: secret?.versions ?? [],
    pullRequest: null,
    ...more,
  };
}

describe('a rotation under way', () => {
  it.each<[string, Partial<Observation>, boolean, string]>([
    ['a key that was stored and has no file', { secret: PENDING }, true, 'create'],
    ['a key that CloudFront trusts', { ...BOTH_TRUSTED, secret: PENDING }, true, 'promote'],
    ['a promotion of an hour ago', promoted(3600), false, 'retire'],
    ['a promotion whose last signature expires in a second', promoted(WAIT - 1), false, 'retire'],
    ['a promotion whose last signature has expired', promoted(WAIT), true, 'retire'],
    [
      'a promotion that was stopped at once',
      {
        ...BOTH_TRUSTED,
        secret: secretWith([
          version(['AWSPREVIOUS'], '2026-11-a', ago(90 * DAY)),
          version(['AWSCURRENT'], '2026-11-b', ago(60)),
          version(['AWSPENDING'], '2026-11-b', ago(DAY)),
        ]),
      },
      true,
      'finish',
    ],
  ])('with %s is due exactly when rotate has a step to take', (_what, change, isDue, step) => {
    const observation = steadyBut(change);
    const { next } = assess(observation, TIMING);
    expect(next.step).toBe(step);
    expect('notBefore' in next && next.notBefore !== null).toBe(!isDue);

    expect(due(seen(observation), SCHEDULE).isDue).toBe(isDue);
  });
});

describe('a rotation', () => {
  it.each([
    [90 * DAY - 1, false],
    [90 * DAY, true],
  ])('begins when the active key is 90 days old: %d s', (age, isDue) => {
    const observation = steadyBut({ secret: secretWith([version(['AWSCURRENT'], '2026-11-a', ago(age))]) });
    expect(due(seen(observation), SCHEDULE).isDue).toBe(isDue);
  });

  it('waits for the pull request of the last step, whatever else is due', () => {
    const pullRequest = 'https://github.com/storytime/video-library/pull/7';
    expect(due(seen(steadyBut({ secret: PENDING }), { pullRequest }), SCHEDULE)).toEqual({
      isDue: false,
      why: `${pullRequest} waits to be merged`,
    });
  });

  it('waits for no stranger’s: a fork’s branch of the same name holds nothing up', () => {
    const ours = { url: 'https://example.com/7', isCrossRepository: false };
    const theirs = { url: 'https://example.com/8', isCrossRepository: true };

    expect(proposal([])).toBeNull();
    expect(proposal([theirs])).toBeNull();
    expect(proposal([theirs, ours])).toBe(ours.url);
  });

  it('is a person’s where a key is in KMS, or none signs yet', () => {
    const inKms = steadyBut({ committed: [pem('2026-11-a', { kind: 'kms', fingerprint: null })] });
    expect(due(seen(inKms), SCHEDULE)).toMatchObject({ isDue: false, why: /people rotate/ });
    const empty = steadyBut({ secret: secretWith([]) });
    expect(due(seen(empty), SCHEDULE)).toMatchObject({ isDue: false, why: /nothing signs yet/ });
  });
});
