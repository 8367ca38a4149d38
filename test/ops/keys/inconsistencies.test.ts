/** The table of inconsistencies, over whatever may be in the account and the repository. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findInconsistencies, INCONSISTENCIES } from '../../../ops/keys/find-inconsistencies.ts';
import type { InconsistencyKind } from '../../../ops/keys/inconsistencies.ts';
import type { Held, Observation, SecretVersion, Stage } from '../../../ops/keys/observation.ts';
import { ago, fingerprintOf, NOW, TIMING } from './observations.ts';

const KINDS = Object.keys(INCONSISTENCIES) as InconsistencyKind[];
const generation = fc.constantFrom('2026-11-a', '2026-11-b', '2026-12-a');
const fingerprint = generation.map(fingerprintOf);
const instant = fc.constantFrom(60, 7200, 100 * 86_400).map(ago);
const id = fc.constantFrom('K1', 'K2', 'K3', 'K4');

const committed = fc.uniqueArray(
  fc.record({
    generation,
    kind: fc.constantFrom('pem' as const, 'kms' as const),
    fingerprint: fc.option(fingerprint),
    isExample: fc.boolean(),
  }),
  { selector: (file) => file.generation, maxLength: 3 },
);
const publicKeys = fc.uniqueArray(fc.record({ id, generation, fingerprint, createdAt: instant }), {
  selector: (key) => key.id,
  maxLength: 4,
});
const holds: fc.Arbitrary<Held> = fc.oneof(
  fc.record({
    kind: fc.constant('key' as const),
    generation: fc.option(generation),
    keyPairId: fc.option(id),
    publicKeyPem: fc.constant(''),
    fingerprint,
  }),
  fc.constantFrom<Held>({ kind: 'unreadable', why: 'denied' }, { kind: 'unreadable', why: 'malformed' }),
);
const version: fc.Arbitrary<SecretVersion> = fc.record({
  versionId: fc.uuid(),
  stages: fc.subarray<Stage>(['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']),
  createdAt: instant,
  holds,
});

const observations: fc.Arbitrary<Observation> = fc.record({
  observedAt: fc.constant(NOW),
  environment: fc.constant('prod'),
  active: generation,
  committed,
  publicKeys,
  keyGroup: fc.option(
    fc.record({
      id: fc.constant('group'),
      name: fc.constant('group'),
      keyPairIds: fc.uniqueArray(id),
      modifiedAt: instant,
    }),
  ),
  distribution: fc.option(
    fc.record({
      id: fc.constant('E1'),
      domainName: fc.constant('d1.cloudfront.net'),
      isDeployed: fc.boolean(),
      elsewhere: fc.subarray(['books/*', '*']),
    }),
  ),
  secret: fc.option(
    fc.record({
      arn: fc.constant('arn'),
      changedAt: instant,
      versions: fc.array(version, { maxLength: 4 }),
    }),
  ),
});

const filesInGit = fc.constantFrom(null, new Set<string>(), new Set(['2026-11-a.pem']));

it('has a weight of its row for each that is found, and finds them in the order of the table', () => {
  fc.assert(
    fc.property(observations, filesInGit, (observation, files) => {
      const found = findInconsistencies(observation, TIMING, files);
      const places = found.map(({ kind }) => KINDS.indexOf(kind));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      for (const { kind, weight, found: text, remedy } of found) {
        const row = INCONSISTENCIES[kind];
        expect([row.weight, row.or?.weight]).toContain(weight);
        expect(`${text} ${remedy}`).not.toMatch(/undefined|null|NaN/);
      }
    }),
    { numRuns: 1000 },
  );
});

it('finds every kind with each of its weights', () => {
  // With a seed, since a row that comes about once in a thousand observations must not be luck.
  const sampled = fc.sample(fc.tuple(observations, filesInGit), { seed: 20_261_130, numRuns: 5000 });
  const seen = new Set(
    sampled.flatMap(([observation, files]) =>
      findInconsistencies(observation, TIMING, files).map(({ kind, weight }) => `${kind} ${weight}`),
    ),
  );
  const rows = KINDS.flatMap((kind) => {
    const { weight, or } = INCONSISTENCIES[kind];
    return [`${kind} ${weight}`, ...(or ? [`${kind} ${or.weight}`] : [])];
  });
  expect(rows.filter((row) => !seen.has(row))).toEqual([]);
});
