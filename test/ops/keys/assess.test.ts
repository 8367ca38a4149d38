import { describe, expect, it } from 'vitest';
import { type Assessment, assess } from '../../../ops/keys/assess.ts';
import type { Observation } from '../../../ops/keys/observation.ts';
import { later } from '../../../ops/keys/timing.ts';
import {
  ago,
  cloudFrontKey,
  fingerprintOf,
  NOW,
  pem,
  STEADY,
  secretWith,
  steadyBut,
  TIMING,
  version,
} from './observations.ts';

const A = '2026-11-a';
const B = '2026-11-b';
const judged = (observation: Observation) => assess(observation, TIMING);
const kinds = ({ inconsistencies }: Assessment) => inconsistencies.map(({ kind }) => kind);
const states = ({ generations }: Assessment) =>
  Object.fromEntries(generations.map(({ generation, state }) => [generation, state]));

/** b made, applied an hour ago, and waiting. */
const TRUSTED = steadyBut({
  committed: [pem(A), pem(B)],
  publicKeys: [...STEADY.publicKeys, cloudFrontKey(B, ago(3600))],
  keyGroup: {
    id: 'group',
    name: 'storytime-prod-viewers',
    keyPairIds: [`K-${A}`, `K-${B}`],
    modifiedAt: ago(3600),
  },
  secret: secretWith([version(['AWSCURRENT'], A, ago(864_000)), version(['AWSPENDING'], B, ago(3700))]),
});
/** b active for so many seconds. */
const promoted = (seconds: number, change: Partial<Observation> = {}): Observation => ({
  ...TRUSTED,
  active: B,
  secret: secretWith([version(['AWSPREVIOUS'], A, ago(864_000)), version(['AWSCURRENT'], B, ago(seconds))]),
  ...change,
});

describe('the life of a key', () => {
  it('is steady with one active generation', () => {
    const assessment = judged(STEADY);

    expect(assessment).toMatchObject({ next: { step: 'none' }, inconsistencies: [], isUnderWay: false });
    expect(states(assessment)).toEqual({ [A]: 'active' });
  });

  it('begins as created: committed, pending, and to be applied', () => {
    const assessment = judged({ ...TRUSTED, publicKeys: STEADY.publicKeys, keyGroup: STEADY.keyGroup });

    expect(states(assessment)).toEqual({ [A]: 'active', [B]: 'created' });
    expect(assessment.next).toEqual({ step: 'apply', adds: [B], drops: [] });
    expect(kinds(assessment)).toEqual(['in-git-not-in-group']);
  });

  it('is trusted once the group holds it, and promoted when edges have had their time', () => {
    expect(states(judged(TRUSTED))).toEqual({ [A]: 'active', [B]: 'trusted' });
    expect(judged(TRUSTED).next).toEqual({ step: 'promote', generation: B, notBefore: null });

    const fresh = {
      id: 'group',
      name: 'storytime-prod-viewers',
      keyPairIds: [`K-${A}`, `K-${B}`],
      modifiedAt: ago(100),
    };
    expect(judged({ ...TRUSTED, keyGroup: fresh }).next).toEqual({
      step: 'promote',
      generation: B,
      notBefore: later(NOW, 200),
    });
  });

  it('is not promoted while the distribution is being deployed', () => {
    const distribution = STEADY.distribution && { ...STEADY.distribution, isDeployed: false };

    expect(judged({ ...TRUSTED, distribution }).next).toEqual({ step: 'deployment' });
  });

  it('retires its predecessor after cache, longest signature and skew, not a second before', () => {
    const wait = 300 + 86_400 + 60;

    expect(states(judged(promoted(10)))).toEqual({ [A]: 'retiring', [B]: 'active' });
    expect(judged(promoted(wait - 1)).next).toEqual({
      step: 'retire',
      generation: A,
      notBefore: later(NOW, 1),
    });
    expect(judged(promoted(wait)).next).toEqual({ step: 'retire', generation: A, notBefore: null });
  });

  it('counts from the last change of the secret, since a stage moved by hand has no date of its own', () => {
    const moved = promoted(100_000);
    const secret = moved.secret && { ...moved.secret, changedAt: ago(1000) };

    expect(judged({ ...moved, secret }).next).toMatchObject({
      notBefore: later(NOW, 300 + 86_400 + 60 - 1000),
    });
  });

  it('ends with an apply that drops it', () => {
    const assessment = judged(promoted(100_000, { committed: [pem(B)] }));

    expect(states(assessment)).toEqual({ [A]: 'retired', [B]: 'active' });
    expect(assessment.next).toEqual({ step: 'apply', adds: [], drops: [A] });
    expect(assessment.inconsistencies).toMatchObject([{ kind: 'in-group-not-in-git', weight: 'passing' }]);
  });

  it('lives in KMS without AWSPENDING: trusted, and next', () => {
    const assessment = judged({
      ...TRUSTED,
      committed: [pem(A), pem(B, { kind: 'kms', fingerprint: null })],
      secret: STEADY.secret,
    });

    expect(assessment.next).toEqual({ step: 'promote', generation: B, notBefore: null });
    expect(assessment.inconsistencies).toEqual([]);
  });
});

describe('what a killed process leaves', () => {
  it('is a private key without a file: create writes it', () => {
    const assessment = judged({
      ...TRUSTED,
      committed: [pem(A)],
      publicKeys: STEADY.publicKeys,
      keyGroup: STEADY.keyGroup,
    });

    expect(assessment.next).toEqual({ step: 'create', generation: B });
    expect(kinds(assessment)).toEqual(['pending-without-file']);
  });

  it('is AWSPENDING beside AWSCURRENT of the same generation, and `active` behind: promote ends it', () => {
    const secret = secretWith([
      version(['AWSPREVIOUS'], A, ago(864_000)),
      version(['AWSPENDING'], B, ago(3700)),
      version(['AWSCURRENT'], B, ago(5)),
    ]);
    const assessment = judged(promoted(5, { active: A, secret }));

    expect(assessment.next).toEqual({ step: 'finish', generation: B });
    expect(kinds(assessment)).toEqual(['pending-left-over', 'active-behind']);
  });

  it('is a key out of the group and not deleted: the next apply deletes it', () => {
    const assessment = judged(
      promoted(100_000, {
        committed: [pem(B)],
        keyGroup: {
          id: 'group',
          name: 'storytime-prod-viewers',
          keyPairIds: [`K-${B}`],
          modifiedAt: ago(10),
        },
      }),
    );

    expect(assessment.next).toEqual({ step: 'apply', adds: [], drops: [A] });
    expect(kinds(assessment)).toEqual(['key-left-over']);
  });
});

describe('what stops every step until a person has decided', () => {
  const cases: [string, Observation, RegExp][] = [
    [
      'in-group-not-in-git',
      promoted(10, { committed: [pem(B)] }),
      /git pull, or git restore envs\/keys\/prod\/2026-11-a\.pem/,
    ],
    ['current-not-in-git', promoted(10, { active: A, committed: [pem(A)] }), /deny every viewer/],
    [
      'unknown-key-in-group',
      steadyBut({
        keyGroup: {
          id: 'group',
          name: 'storytime-prod-viewers',
          keyPairIds: [`K-${A}`, 'KSTRANGER'],
          modifiedAt: ago(10),
        },
      }),
      /find out who added it/,
    ],
    [
      'public-key-differs',
      steadyBut({ committed: [pem(A, { fingerprint: fingerprintOf('another') })] }),
      /a new key needs a new generation/,
    ],
    [
      'two-current',
      steadyBut({
        secret: secretWith([version(['AWSCURRENT'], A, ago(9)), version(['AWSCURRENT'], A, ago(5))]),
      }),
      /--remove-from-version-id/,
    ],
    [
      'private-key-mismatch',
      steadyBut({
        secret: secretWith([version(['AWSCURRENT'], A, ago(9), { fingerprint: fingerprintOf('another') })]),
      }),
      /inject prod/,
    ],
    [
      'private-key-mismatch',
      {
        ...TRUSTED,
        secret: secretWith([
          version(['AWSCURRENT'], A, ago(9)),
          version(['AWSPENDING'], B, ago(5), { fingerprint: fingerprintOf('another') }),
        ]),
      },
      /revoke prod 2026-11-b/,
    ],
    [
      'secret-id-not-in-group',
      steadyBut({ secret: secretWith([version(['AWSCURRENT'], A, ago(9), { keyPairId: 'KGONE' })]) }),
      /keys -- inject prod < the private key of 2026-11-a/,
    ],
    [
      'secret-id-of-another-key',
      {
        ...TRUSTED,
        secret: secretWith([version(['AWSCURRENT'], A, ago(9), { keyPairId: `K-${B}` })]),
      },
      /inject prod/,
    ],
    [
      'behaviour-elsewhere',
      steadyBut({ distribution: STEADY.distribution && { ...STEADY.distribution, elsewhere: ['books/*'] } }),
      /npm run apply -- prod restores it/,
    ],
    [
      'unreadable',
      steadyBut({
        secret: secretWith([
          { ...version(['AWSCURRENT'], A, ago(9)), holds: { kind: 'unreadable', why: 'denied' } },
        ]),
      }),
      /secretOperators/,
    ],
  ];

  it.each(cases)('%s, with a remedy that says $2', (kind, observation, remedy) => {
    const { next, inconsistencies } = judged(observation);

    expect(next.step).toBe('person');
    const found = inconsistencies.find((one) => one.kind === kind && one.weight === 'stop');
    expect(found?.remedy).toMatch(remedy);
  });
});

describe('what is wrong and has a next step', () => {
  it('is an environment that was never applied', () => {
    const assessment = judged(
      steadyBut({ publicKeys: [], keyGroup: null, distribution: null, secret: null }),
    );

    expect(assessment.next).toEqual({ step: 'apply', adds: [A], drops: [] });
    expect(kinds(assessment)).toEqual(['not-applied']);
  });

  it('is a secret without a current version: inject', () => {
    const assessment = judged(steadyBut({ secret: secretWith([]) }));

    expect(assessment.next).toEqual({ step: 'inject', generation: A });
    expect(kinds(assessment)).toEqual(['no-current']);
  });

  it('is `active` ahead of the secret: the file follows, since only promote moves signers', () => {
    const assessment = judged({ ...TRUSTED, active: B, secret: STEADY.secret });

    expect(assessment.next).toEqual({ step: 'finish', generation: A });
    expect(kinds(assessment)).toContain('active-ahead');
  });

  it('is an example key, named as such', () => {
    expect(kinds(judged(steadyBut({ committed: [pem(A, { isExample: true })] })))).toEqual(['example-key']);
  });

  it('is a trusted key whose private key is nowhere', () => {
    expect(kinds(judged({ ...TRUSTED, secret: STEADY.secret }))).toEqual(['no-private-key']);
  });

  it('is a generation for KMS that no apply has made yet', () => {
    const assessment = judged(steadyBut({ committed: [pem(A), pem(B, { kind: 'kms', fingerprint: null })] }));

    expect(kinds(assessment)).toEqual(['kms-generation-without-key']);
    expect(assessment.next).toEqual({ step: 'apply', adds: [B], drops: [] });
  });

  it('is a distribution that is being deployed', () => {
    const distribution = STEADY.distribution && { ...STEADY.distribution, isDeployed: false };

    expect(judged(steadyBut({ distribution }))).toMatchObject({
      next: { step: 'deployment' },
      inconsistencies: [{ kind: 'deploying' }],
    });
  });
});
