/**
 * Invalidations of distributions: what was asked for, and whether every edge has carried it out.
 *
 * @see https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html
 */
import { randomInt } from 'node:crypto';
import {
  INVALIDATION_LEASE_MS,
  isInvalidationPath,
  isWildcard,
} from '../../../aws/cloudfront/invalidation.ts';
import { AwsError, notImplemented } from '../aws-error.ts';

export interface InvalidationBatch {
  readonly callerReference: string;
  readonly paths: readonly string[];
}

export interface Invalidation extends InvalidationBatch {
  readonly id: string;
  readonly createdAt: Date;
  /** On a clock that nobody sets: from here on edges are told of it. */
  readonly startedMs: number;
}

/** What an invalidation's times are measured by. */
export interface InvalidationClock {
  readonly now: () => Date;
  /** Milliseconds since any moment; never goes back. */
  readonly elapsedMs: () => number;
}

const MACHINE_CLOCK: InvalidationClock = { now: () => new Date(), elapsedMs: () => performance.now() };

/** @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html */
const MOST_FILES_IN_PROGRESS = 3000;
const MOST_WILDCARDS_IN_PROGRESS = 15;
const ID_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export class Invalidations {
  /** By distribution, in order of creation. */
  readonly #byDistribution = new Map<string, Map<string, Invalidation>>();
  readonly #clock: InvalidationClock;

  constructor(clock: InvalidationClock = MACHINE_CLOCK) {
    this.#clock = clock;
  }

  /**
   * Begins an invalidation, or gives back the one that has the same caller reference and the same paths.
   *
   * @throws AwsError as CloudFront: a path or reference that it does not take, a reference that is taken, too many paths
   */
  create(distributionId: string, batch: InvalidationBatch): Invalidation {
    requireUsable(batch);
    const own = this.#of(distributionId);
    const earlier = [...own.values()].find(
      ({ callerReference }) => callerReference === batch.callerReference,
    );
    if (earlier !== undefined) {
      if (isSamePaths(earlier.paths, batch.paths)) return earlier;
      const message = 'The caller reference that you are using for invalidation batch is already in use.';
      throw new AwsError(400, 'InvalidationBatchAlreadyExists', message);
    }
    this.#requireRoom(distributionId, batch.paths);
    const invalidation = {
      ...batch,
      id: newId(),
      createdAt: this.#clock.now(),
      startedMs: this.#clock.elapsedMs(),
    };
    own.set(invalidation.id, invalidation);
    this.#byDistribution.set(distributionId, own);
    return invalidation;
  }

  /** @throws AwsError 404 */
  get(distributionId: string, id: string): Invalidation {
    const invalidation = this.#of(distributionId).get(id);
    if (invalidation !== undefined) return invalidation;
    throw new AwsError(404, 'NoSuchInvalidation', 'The specified invalidation does not exist.');
  }

  /** The newest first. */
  list(distributionId: string): readonly Invalidation[] {
    return [...this.#of(distributionId).values()].reverse();
  }

  /** An edge that does not know of it yet answers nothing from its cache any more when the lease is over. */
  statusOf({ startedMs }: Invalidation): 'InProgress' | 'Completed' {
    return this.#clock.elapsedMs() - startedMs < INVALIDATION_LEASE_MS ? 'InProgress' : 'Completed';
  }

  inProgress(distributionId: string): readonly Invalidation[] {
    return this.list(distributionId).filter((each) => this.statusOf(each) === 'InProgress');
  }

  /** Called when a distribution has been deleted. */
  forget(distributionId: string): void {
    this.#byDistribution.delete(distributionId);
  }

  #requireRoom(distributionId: string, paths: readonly string[]): void {
    const all = [...paths, ...this.inProgress(distributionId).flatMap((each) => each.paths)];
    const wildcards = all.filter(isWildcard).length;
    const isOver =
      wildcards > MOST_WILDCARDS_IN_PROGRESS
        ? 'wildcard invalidations'
        : all.length - wildcards > MOST_FILES_IN_PROGRESS && 'invalidations';
    if (isOver === false) return;
    const message = `Processing your request will cause you to exceed the maximum number of in-progress ${isOver}.`;
    throw new AwsError(400, 'TooManyInvalidationsInProgress', message);
  }

  #of(distributionId: string): Map<string, Invalidation> {
    return this.#byDistribution.get(distributionId) ?? new Map<string, Invalidation>();
  }
}

function requireUsable({ callerReference, paths }: InvalidationBatch): void {
  if (callerReference === '' || paths.length === 0) {
    const missing = callerReference === '' ? 'CallerReference' : 'Paths';
    throw new AwsError(400, 'InvalidArgument', `expected ${missing}, got none`);
  }
  if (paths.some((path) => path.startsWith('#')))
    throw notImplemented('CloudFront invalidations by cache tag');
  if (paths.every(isInvalidationPath)) return;
  const message = 'Your request contains one or more invalid invalidation paths.';
  throw new AwsError(400, 'InvalidArgument', message);
}

function isSamePaths(one: readonly string[], other: readonly string[]): boolean {
  const sorted = other.toSorted();
  return one.length === other.length && one.toSorted().every((path, index) => path === sorted[index]);
}

function newId(): string {
  return `I${Array.from({ length: 13 }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('')}`;
}
