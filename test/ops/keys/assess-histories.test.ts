/** Random histories of steps, kills, mistakes and clocks: no advice ever takes a viewer's key away. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assess, type NextStep, pendingApply } from '../../../ops/keys/assess.ts';
import {
  generationOf,
  type Observation,
  type SecretVersion,
  versionAt,
} from '../../../ops/keys/observation.ts';
import type { Timing } from '../../../ops/keys/timing.ts';
import { fingerprintOf } from './observations.ts';

const TIMING: Timing = {
  signerCacheSeconds: 300,
  longestSignatureSeconds: 3600,
  skewSeconds: 60,
  settleSeconds: 300,
};
const START_SECONDS = 1_800_000_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The account and the repository, and, what no observation shows, until when viewers need each key. */
class World {
  seconds = START_SECONDS;
  active = '2027-01-a';
  readonly files = new Set(['2027-01-a']);
  readonly keys = new Map([['2027-01-a', START_SECONDS]]);
  group = ['2027-01-a'];
  groupModifiedAt = START_SECONDS;
  deployedAt = START_SECONDS;
  versions: Mutable<SecretVersion>[] = [];
  changedAt = START_SECONDS;
  /** Until when somebody may hold a signature that is good. */
  readonly neededUntil = new Map<string, number>();
  /** This machine's clock against the world's, less than the skew allowed for. */
  readonly clockOffset: number;
  #made = 0;

  constructor(clockOffset: number) {
    this.clockOffset = clockOffset;
    this.put(['AWSCURRENT'], '2027-01-a');
  }

  observe(): Observation {
    return {
      observedAt: new Date((this.seconds + this.clockOffset) * 1000),
      environment: 'prod',
      active: this.active,
      committed: [...this.files].sort().map((generation) => ({
        generation,
        kind: 'pem' as const,
        fingerprint: fingerprintOf(generation),
        isExample: false,
      })),
      publicKeys: [...this.keys].map(([generation, at]) => ({
        id: `K-${generation}`,
        generation,
        fingerprint: fingerprintOf(generation),
        createdAt: new Date(at * 1000),
      })),
      keyGroup: {
        id: 'group',
        name: 'storytime-prod-viewers',
        keyPairIds: this.group.map((generation) => `K-${generation}`),
        modifiedAt: new Date(this.groupModifiedAt * 1000),
      },
      distribution: {
        id: 'E1',
        domainName: 'd1.cloudfront.net',
        isDeployed: this.seconds >= this.deployedAt,
        elsewhere: [],
      },
      secret: {
        arn: 'arn',
        changedAt: new Date(Math.floor(this.changedAt) * 1000),
        versions: this.versions.filter(({ stages }) => stages.length > 0),
      },
    };
  }

  current(): string | null {
    return generationOf(versionAt(this.observe(), 'AWSCURRENT'));
  }

  put(stages: string[], generation: string): void {
    const at = this.seconds;
    if (stages.includes('AWSCURRENT')) this.#currentMoves(generation);
    else this.#unstage('AWSPENDING');
    this.versions.push({
      versionId: `v${this.versions.length}`,
      stages,
      createdAt: new Date(Math.floor(at) * 1000),
      holds: {
        kind: 'key',
        generation,
        keyPairId: stages.includes('AWSCURRENT') ? `K-${generation}` : null,
        publicKeyPem: `public key of ${generation}`,
        fingerprint: fingerprintOf(generation),
      },
    });
    this.changedAt = at;
  }

  /** Somebody in the console moves AWSCURRENT back to AWSPREVIOUS. */
  moveStageBack(): void {
    const to = this.versions.find(({ stages }) => stages.includes('AWSPREVIOUS'));
    const generation = generationOf(to);
    if (to === undefined || generation === null || !this.group.includes(generation)) return;
    this.#currentMoves(generation);
    to.stages = ['AWSCURRENT'];
    this.changedAt = this.seconds;
  }

  endPending(): void {
    this.#unstage('AWSPENDING');
    this.changedAt = this.seconds;
  }

  activate(generation: string): void {
    this.active = generation;
  }

  /** Letters of a month. */
  get isSpent(): boolean {
    return this.#made >= 24;
  }

  nextName(): string {
    this.#made += 1;
    return `2027-01-${String.fromCharCode('a'.charCodeAt(0) + this.#made)}`;
  }

  /** The changes that a step makes, one by one: a process may die between any two. */
  changesOf(next: NextStep): (() => void)[] {
    const current = this.current() ?? '';
    switch (next.step) {
      case 'none': {
        if (this.files.size >= 5) return [];
        const generation = this.nextName();
        return [() => this.put(['AWSPENDING'], generation), () => this.files.add(generation)];
      }
      case 'create':
        return [() => this.files.add(next.generation)];
      case 'apply': {
        const { adds, drops } = pendingApply(this.observe());
        return [
          ...adds.map((generation) => () => void this.keys.set(generation, this.seconds)),
          () => {
            this.group = [...this.files].sort();
            this.groupModifiedAt = this.seconds;
            // Sometimes longer than the edges are given anyway.
            this.deployedAt = this.seconds + (this.group.length % 2 === 0 ? 900 : 120);
          },
          ...drops.map((generation) => () => void this.keys.delete(generation)),
        ];
      }
      case 'promote':
        return [
          () => this.put(['AWSCURRENT'], next.generation),
          () => this.endPending(),
          () => this.activate(next.generation),
        ];
      case 'finish':
        return [
          () => {
            const pending = generationOf(versionAt(this.observe(), 'AWSPENDING'));
            if (pending === current) this.endPending();
          },
          () => this.activate(current),
        ];
      case 'retire':
        return [() => void this.files.delete(next.generation)];
      default:
        return [];
    }
  }

  #currentMoves(generation: string): void {
    const from = this.current();
    if (from !== null && from !== generation) {
      const { signerCacheSeconds, longestSignatureSeconds } = TIMING;
      this.neededUntil.set(from, this.seconds + signerCacheSeconds + longestSignatureSeconds);
    }
    const left = this.versions.find(({ stages }) => stages.includes('AWSCURRENT'));
    if (left !== undefined) {
      this.#unstage('AWSPREVIOUS');
      left.stages = [...left.stages.filter((stage) => stage !== 'AWSCURRENT'), 'AWSPREVIOUS'];
    }
    this.neededUntil.set(generation, Number.POSITIVE_INFINITY);
  }

  #unstage(stage: string): void {
    for (const version of this.versions) version.stages = version.stages.filter((one) => one !== stage);
  }
}

/** Does what is advised if its time has come, or lets that time pass; checks it against what only the world knows. */
function follow(world: World, dieAfter: number | null): NextStep {
  const { next } = assess(world.observe(), TIMING);
  const notBefore = 'notBefore' in next ? next.notBefore : null;
  if (notBefore !== null) {
    world.seconds = notBefore.getTime() / 1000 - world.clockOffset;
    return next;
  }
  if (next.step === 'deployment') world.seconds = Math.max(world.seconds, world.deployedAt);
  if (next.step === 'apply') {
    for (const generation of next.drops) {
      expect(world.neededUntil.get(generation) ?? 0, `${generation} is dropped`).toBeLessThanOrEqual(
        world.seconds,
      );
    }
    expect([...world.files], 'the active key stays').toContain(world.current());
  }
  if (next.step === 'promote') {
    expect(world.group).toContain(next.generation);
    expect(world.seconds).toBeGreaterThanOrEqual(world.deployedAt);
    // The edges have had their time, but for what the clocks differ by.
    expect(world.seconds + TIMING.skewSeconds).toBeGreaterThanOrEqual(
      world.groupModifiedAt + TIMING.settleSeconds,
    );
  }
  const changes = world.changesOf(next);
  for (const change of changes.slice(0, dieAfter ?? changes.length)) {
    change();
    world.seconds += 0.7;
  }
  return next;
}

const event = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('follow' as const), dieAfter: fc.option(fc.nat(3)) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.nat(6000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'file lost' as const,
        'file restored' as const,
        'stage moved by hand' as const,
        'rolled back' as const,
        'secret tagged' as const,
        'active rewritten' as const,
      ),
      pick: fc.nat(10),
    }),
  },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

function happen(world: World, one: Event): void {
  if (one.kind === 'follow') {
    follow(world, one.dieAfter);
    return;
  }
  if (one.kind === 'pass') {
    world.seconds += one.seconds;
    return;
  }
  const pick = (from: readonly string[]) => from[one.pick % Math.max(1, from.length)];
  const losable = pick([...world.files].filter((generation) => generation !== world.active));
  const lost = pick([...world.keys.keys()].filter((generation) => !world.files.has(generation)));
  const anyFile = pick([...world.files]);
  const previous = generationOf(versionAt(world.observe(), 'AWSPREVIOUS'));
  if (one.kind === 'file lost' && losable !== undefined) world.files.delete(losable);
  if (one.kind === 'file restored' && lost !== undefined && world.files.size < 5) world.files.add(lost);
  if (one.kind === 'stage moved by hand') world.moveStageBack();
  if (one.kind === 'secret tagged') world.changedAt = world.seconds;
  if (one.kind === 'active rewritten' && anyFile !== undefined) world.active = anyFile;
  if (
    one.kind === 'rolled back' &&
    previous !== null &&
    world.group.includes(previous) &&
    world.files.has(previous)
  ) {
    world.put(['AWSCURRENT'], previous);
    world.active = previous;
  }
}

describe('any history of steps, kills, mistakes and clocks', () => {
  it('never leads to advice that takes a key away from viewers or moves signers to one that edges do not know', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -58, max: 58 }),
        fc.array(event, { minLength: 5, maxLength: 60 }),
        (clockOffset, events) => {
          const world = new World(clockOffset);
          for (const one of events) {
            if (world.isSpent) return;
            happen(world, one);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('ends in one generation that is active and the only one trusted, however often it was killed on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 30 }), (deaths) => {
        const world = new World(0);
        follow(world, null);
        for (const dieAfter of deaths)
          follow(world, assess(world.observe(), TIMING).isUnderWay ? dieAfter : 0);
        let rounds = 0;
        while (assess(world.observe(), TIMING).isUnderWay) {
          follow(world, null);
          rounds += 1;
          expect(rounds).toBeLessThan(20);
        }

        const { generations, inconsistencies } = assess(world.observe(), TIMING);
        expect(inconsistencies).toEqual([]);
        expect(generations.filter(({ state }) => state !== 'retired').map(({ state }) => state)).toEqual([
          'active',
        ]);
        expect(world.group).toEqual([world.active]);
        expect(world.active).not.toBe('2027-01-a');
      }),
      { numRuns: 300 },
    );
  });
});
