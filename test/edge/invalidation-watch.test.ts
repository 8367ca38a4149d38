/** How an edge learns of invalidations, and that nothing from before one is answered after it is complete. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INVALIDATION_LEASE_MS, invalidationMatcher } from '../../aws/cloudfront/invalidation.ts';
import { createCache } from '../../edge/cache.ts';
import {
  type InvalidationSource,
  type WatchOptions,
  watchInvalidations,
} from '../../edge/invalidation-watch.ts';
import type { Origin } from '../../edge/origin.ts';
import { type Invalidation, Invalidations } from '../../local/aws-api/cloudfront/invalidations.ts';
import { ask, behaviour, bodyOf, distribution } from './fixture.ts';

const DISTRIBUTION = 'E1EXAMPLE';

describe('an edge that watches invalidations', () => {
  it('asks the API again when a lease is over, and in its second part without letting a viewer wait', async () => {
    const { watch, world } = await begin();
    world.elapsedMs += INVALIDATION_LEASE_MS / 2 - 1;
    expect([watch.isUpToDate(), world.pagesAsked]).toEqual([true, 1]);
    world.elapsedMs += 1;
    expect([watch.isUpToDate(), watch.isUpToDate(), world.pagesAsked]).toEqual([true, true, 2]);
    await watch.refresh();
    world.elapsedMs += INVALIDATION_LEASE_MS;
    const waiting = watch.isUpToDate();
    expect(waiting).toBeInstanceOf(Promise);
    expect(await waiting).toBe(true);
  });

  it('counts the lease from before it asked: what the API did not say yet may be complete when its answer comes', async () => {
    const world = newWorld();
    const { watch } = await begin(world, {
      ...world.source,
      page: async (marker) => {
        const page = await world.source.page(marker);
        if (world.pagesAsked === 2) world.create(['/meanwhile']);
        if (world.pagesAsked === 2) world.elapsedMs += INVALIDATION_LEASE_MS;
        return page;
      },
    });
    await watch.refresh();
    expect(world.invalidated).toEqual([]);
    expect(await watch.isUpToDate()).toBe(true);
    expect(world.invalidated).toEqual([['/meanwhile']]);
  });

  it('carries each out once, whatever number there is', async () => {
    const { watch, world } = await begin();
    for (let index = 0; index < 9; index++) world.create([`/${index}`]);
    await watch.refresh();
    expect(world.invalidated.flat().toSorted()).toEqual(Array.from({ length: 9 }, (_, index) => `/${index}`));
    world.create(['/last']);
    await watch.refresh();
    await watch.refresh();
    expect(world.invalidated.flat()).toHaveLength(10);
    expect(world.cleared).toBe(0);
  });

  it('does not carry out those that were there before it', async () => {
    const world = newWorld();
    world.create(['/before']);
    const { watch } = await begin(world);
    await watch.refresh();
    expect(world.invalidated).toEqual([]);
  });

  it('forgets everything when the API has lost its list, and goes on with the new one', async () => {
    const { watch, world } = await begin();
    world.create(['/a']);
    await watch.refresh();
    world.invalidations.forget(DISTRIBUTION);
    await watch.refresh();
    expect(world.cleared).toBe(1);
    world.create(['/b']);
    await watch.refresh();
    await watch.refresh();
    expect([world.cleared, world.invalidated]).toEqual([1, [['/a'], ['/b']]]);
  });

  it('is not up to date while the API does not answer, says so once, asks again after a lease and says when it is', async () => {
    const { watch, world, warnings } = await begin();
    world.isGone = true;
    world.elapsedMs += INVALIDATION_LEASE_MS;
    expect([await watch.isUpToDate(), await watch.isUpToDate()]).toEqual([false, false]);
    const asked = world.pagesAsked;
    world.elapsedMs += INVALIDATION_LEASE_MS;
    expect(await watch.isUpToDate()).toBe(false);
    expect([world.pagesAsked, warnings]).toEqual([
      asked + 1,
      ['cannot read the invalidations; nothing is served from the cache until they can be read: gone'],
    ]);
    world.isGone = false;
    world.elapsedMs += INVALIDATION_LEASE_MS;
    expect(await watch.isUpToDate()).toBe(true);
    expect(warnings.slice(1)).toEqual(['the invalidations can be read again']);
  });

  it('does not start where the API does not answer', async () => {
    const world = newWorld();
    world.isGone = true;
    await expect(begin(world)).rejects.toThrow('gone');
  });
});

describe('after an invalidation is complete', () => {
  const paths = ['/books/42/a', '/books/42/b', '/books/43/a'];
  const action = fc.oneof(
    fc.record({ kind: fc.constant('request' as const), edge: fc.nat(1), path: fc.constantFrom(...paths) }),
    fc.record({ kind: fc.constant('request' as const), edge: fc.nat(1), path: fc.constantFrom(...paths) }),
    fc.record({
      kind: fc.constant('change' as const),
      path: fc.constantFrom(...paths),
      isDeleted: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('invalidate' as const),
      paths: fc.constantFrom(['/books/42/*'], ['/books/42/a'], ['/books/4*'], ['/books/43/a', '/books/42/b']),
    }),
    fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 100, 249, 250, 400, 499, 500, 2000),
    }),
    fc.record({ kind: fc.constant('outage' as const) }),
  );
  const steps = fc.array(fc.tuple(action, fc.nat(6)), { minLength: 20, maxLength: 80 });

  it('no answer is from before it, however requests, the origin, changes and edges interleave', async () => {
    let hits = 0;
    let bound = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.scheduler(), async (script, scheduler) => {
        const later = () => scheduler.schedule(Promise.resolve());
        const world = newWorld(later);
        /** Each state of an object has a number, its deletion too, and the origin's answer tells it. */
        const states = new Map(paths.map((path) => [path, { number: 0, isDeleted: false }]));
        const origin = statedOrigin(states, later);
        const edges = await scheduler.waitFor(
          Promise.all(
            [0, 1].map(async () => {
              const cache = createCache();
              return { cache, watch: await watchInvalidations(world.source, cache, world.options) };
            }),
          ),
        );
        const created: { invalidation: Invalidation; before: ReadonlyMap<string, number> }[] = [];
        /** The least number that a request that begins now may be answered with. */
        const leastOf = (path: string) =>
          Math.max(
            0,
            ...created
              .filter(({ invalidation }) => world.invalidations.statusOf(invalidation) === 'Completed')
              .filter(({ invalidation }) => invalidationMatcher(invalidation.paths)({ path, query: '' }))
              .map(({ before }) => before.get(path) ?? 0),
          );
        const requests: Promise<void>[] = [];
        const request = async (path: string, edge: number) => {
          const least = leastOf(path);
          const { cache, watch } = edges[edge] ?? fail();
          const isUpToDate = () => watch.isUpToDate();
          const answer = await ask(path, { distribution: open, cache, isUpToDate, origin });
          const number = Number(await bodyOf(answer));
          if (answer.response.headers.age !== undefined) hits += 1;
          if (least > 0) bound += 1;
          expect(number).toBeGreaterThanOrEqual(least);
        };
        for (const [step, releases] of script) {
          if (step.kind === 'request') requests.push(request(step.path, step.edge));
          if (step.kind === 'wait') world.elapsedMs += step.ms;
          if (step.kind === 'outage') world.isGone = !world.isGone;
          if (step.kind === 'change') {
            const { number } = states.get(step.path) ?? fail();
            states.set(step.path, { number: number + 1, isDeleted: step.isDeleted });
          }
          if (step.kind === 'invalidate' && world.invalidations.inProgress(DISTRIBUTION).length < 10) {
            const before = new Map([...states].map(([path, { number }]) => [path, number]));
            created.push({ invalidation: world.create(step.paths), before });
          }
          for (let index = 0; index < releases && scheduler.count() > 0; index++) await scheduler.waitOne();
        }
        await scheduler.waitFor(Promise.all(requests));
      }),
      { numRuns: 300 },
    );
    // Neither side is empty: answers came from the cache, and requests had something that they must not get.
    expect([hits > 100, bound > 100]).toEqual([true, true]);
  });
});

const open = distribution({
  behaviours: [behaviour({ trustedKeys: null })],
  errorCachingSeconds: new Map([[403, 60]]),
});

interface World {
  elapsedMs: number;
  isGone: boolean;
  pagesAsked: number;
  cleared: number;
  readonly invalidated: (readonly string[])[];
  readonly warnings: string[];
  readonly source: InvalidationSource;
  readonly invalidations: Invalidations;
  readonly options: WatchOptions;
  create(paths: readonly string[]): Invalidation;
}

/** The API's invalidations and a clock that stands still by itself. @param later when the API is reached, and its answer comes */
function newWorld(later: () => Promise<unknown> = () => Promise.resolve()): World {
  let serial = 0;
  const invalidated: (readonly string[])[] = [];
  const warnings: string[] = [];
  const asked = async <T>(answer: () => T): Promise<T> => {
    await later();
    if (world.isGone) throw new Error('gone');
    const given = answer();
    await later();
    return given;
  };
  const pageSize = 2;
  const source: InvalidationSource = {
    page: (marker) => {
      world.pagesAsked += 1;
      return asked(() => {
        const all = world.invalidations.list(DISTRIBUTION).map(({ id }) => id);
        const start = marker === null ? 0 : all.indexOf(marker) + 1;
        const ids = all.slice(start, start + pageSize);
        return { ids, next: start + pageSize < all.length ? (ids.at(-1) ?? null) : null };
      });
    },
    paths: (id) => asked(() => world.invalidations.get(DISTRIBUTION, id).paths),
  };
  const world: World = {
    elapsedMs: 10_000,
    isGone: false,
    pagesAsked: 0,
    cleared: 0,
    invalidated,
    warnings,
    source,
    invalidations: new Invalidations({ now: () => new Date(0), elapsedMs: () => world.elapsedMs }),
    options: { onWarning: (message) => warnings.push(message), elapsedMs: () => world.elapsedMs },
    create: (paths) => {
      serial += 1;
      return world.invalidations.create(DISTRIBUTION, { callerReference: `reference-${serial}`, paths });
    },
  };
  return world;
}

async function begin(world: World = newWorld(), source: InvalidationSource = world.source) {
  const cache = {
    invalidate: (paths: readonly string[]) => void world.invalidated.push(paths),
    clear: () => {
      world.cleared += 1;
    },
  };
  return { world, warnings: world.warnings, watch: await watchInvalidations(source, cache, world.options) };
}

/** Reads an object's state when it is reached, which may be long before its answer comes. */
function statedOrigin(
  states: ReadonlyMap<string, { readonly number: number; readonly isDeleted: boolean }>,
  later: () => Promise<unknown>,
): Origin {
  return {
    close: () => undefined,
    async fetch({ path }) {
      await later();
      const { number, isDeleted } = states.get(path) ?? fail();
      await later();
      const body = Buffer.from(String(number));
      const headers = { 'content-length': String(body.length), 'content-type': 'video/MP2T' };
      return { status: isDeleted ? 403 : 200, headers, body };
    },
  };
}

function fail(): never {
  throw new Error('the test has a mistake');
}
