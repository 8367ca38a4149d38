import { describe, expect, it } from 'vitest';
import { INVALIDATION_LEASE_MS } from '../../../aws/cloudfront/invalidation.ts';
import { Invalidations } from '../../../local/aws-api/cloudfront/invalidations.ts';

const DISTRIBUTION = 'E1EXAMPLE';

describe('invalidations', () => {
  it('are in progress until no edge can be without them any more', () => {
    const { invalidations, wait } = begin();
    const one = create(invalidations, ['/a']);
    expect(invalidations.statusOf(one)).toBe('InProgress');
    wait(INVALIDATION_LEASE_MS - 1);
    expect([invalidations.statusOf(one), invalidations.inProgress(DISTRIBUTION)]).toEqual([
      'InProgress',
      [one],
    ]);
    wait(1);
    expect([invalidations.statusOf(one), invalidations.inProgress(DISTRIBUTION)]).toEqual(['Completed', []]);
  });

  it('are 3,000 files at most at a time, however many batches they come in', () => {
    const { invalidations, wait } = begin();
    create(invalidations, files(1000));
    create(invalidations, files(2000));
    expect(() => create(invalidations, ['/one-more'])).toThrow(
      'Processing your request will cause you to exceed the maximum number of in-progress invalidations.',
    );
    wait(INVALIDATION_LEASE_MS);
    create(invalidations, files(3000));
    expect(invalidations.list(DISTRIBUTION)).toHaveLength(3);
  });

  it('are 15 wildcards at most at a time, which files do not count among', () => {
    const { invalidations, wait } = begin();
    create(invalidations, files(3000));
    create(
      invalidations,
      Array.from({ length: 15 }, (_, index) => `/${index}/*`),
    );
    expect(() => create(invalidations, ['/one-more/*'])).toThrow(
      'Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations.',
    );
    wait(INVALIDATION_LEASE_MS);
    create(invalidations, ['/one-more/*']);
  });

  it('count for their own distribution', () => {
    const { invalidations } = begin();
    create(invalidations, files(3000));
    expect(invalidations.create('E2EXAMPLE', { callerReference: 'r0', paths: ['/a'] }).paths).toEqual(['/a']);
    expect(invalidations.list(DISTRIBUTION)).toHaveLength(1);
  });

  it('with a reference that was used are the earlier one, whatever the order of their paths, also when it is complete', () => {
    const { invalidations, wait } = begin();
    const earlier = invalidations.create(DISTRIBUTION, { callerReference: 'once', paths: ['/a', '/b'] });
    wait(INVALIDATION_LEASE_MS);
    expect(invalidations.create(DISTRIBUTION, { callerReference: 'once', paths: ['/b', '/a'] })).toBe(
      earlier,
    );
    for (const paths of [['/a'], ['/a', '/b', '/c'], ['/a', '/a'], ['/a', '/B']]) {
      expect(() => invalidations.create(DISTRIBUTION, { callerReference: 'once', paths })).toThrow(
        expect.objectContaining({ status: 400, code: 'InvalidationBatchAlreadyExists' }),
      );
    }
  });

  it('are gone with their distribution', () => {
    const { invalidations } = begin();
    create(invalidations, ['/a']);
    invalidations.forget(DISTRIBUTION);
    expect(invalidations.list(DISTRIBUTION)).toEqual([]);
  });
});

let serial = 0;

function begin() {
  let elapsedMs = 0;
  const now = () => new Date(Date.UTC(2026, 10, 20) + elapsedMs);
  return {
    invalidations: new Invalidations({ now, elapsedMs: () => elapsedMs }),
    wait: (ms: number) => {
      elapsedMs += ms;
    },
  };
}

function create(invalidations: Invalidations, paths: readonly string[]) {
  serial += 1;
  return invalidations.create(DISTRIBUTION, { callerReference: `reference-${serial}`, paths });
}

function files(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `/books/${index}.ts`);
}
