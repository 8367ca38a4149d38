/** Observations in a few words, for tests of what they mean. */
import type { CommittedKey, Observation, SecretVersion } from '../../../ops/keys/observation.ts';
import type { Timing } from '../../../ops/keys/timing.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');
export const TIMING: Timing = {
  signerCacheSeconds: 300,
  longestSignatureSeconds: 86_400,
  skewSeconds: 60,
  settleSeconds: 300,
};

/** So many seconds before NOW. */
export function ago(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1000);
}

export function fingerprintOf(generation: string): string {
  return Buffer.from(generation).toString('hex').padEnd(64, '0');
}

export function pem(generation: string, more: Partial<CommittedKey> = {}): CommittedKey {
  return {
    generation,
    kind: 'pem',
    fingerprint: fingerprintOf(generation),
    isExample: false,
    ...more,
  };
}

export function cloudFrontKey(generation: string, createdAt: Date) {
  return { id: `K-${generation}`, generation, fingerprint: fingerprintOf(generation), createdAt };
}

export function version(
  stages: readonly string[],
  generation: string,
  createdAt: Date,
  more: Partial<Extract<SecretVersion['holds'], { kind: 'key' }>> = {},
): SecretVersion {
  return {
    versionId: `v-${generation}-${createdAt.getTime()}`,
    stages,
    createdAt,
    holds: {
      kind: 'key',
      generation,
      keyPairId: stages.includes('AWSPENDING') ? null : `K-${generation}`,
      publicKeyPem: `public key of ${generation}`,
      fingerprint: fingerprintOf(generation),
      ...more,
    },
  };
}

/** One generation, active for ten days, and nothing under way. */
export const STEADY: Observation = {
  observedAt: NOW,
  environment: 'prod',
  active: '2026-11-a',
  committed: [pem('2026-11-a')],
  publicKeys: [cloudFrontKey('2026-11-a', ago(900_000))],
  keyGroup: {
    id: 'group',
    name: 'storytime-prod-viewers',
    keyPairIds: ['K-2026-11-a'],
    modifiedAt: ago(900_000),
  },
  distribution: { id: 'E1', domainName: 'd1.cloudfront.net', isDeployed: true, elsewhere: [] },
  secret: {
    arn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:storytime/prod/cloudfront_private_key-AbCdEf',
    changedAt: ago(864_000),
    versions: [version(['AWSCURRENT'], '2026-11-a', ago(864_000))],
  },
};

export function steadyBut(change: Partial<Observation>): Observation {
  return { ...STEADY, ...change };
}

export function secretWith(versions: readonly SecretVersion[]): Observation['secret'] {
  const newest = Math.max(0, ...versions.map(({ createdAt }) => createdAt.getTime()));
  return STEADY.secret && { ...STEADY.secret, changedAt: new Date(newest), versions };
}
