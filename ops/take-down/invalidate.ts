/** What CloudFront's caches hold of a title, removed from all of them. */
import { randomUUID } from 'node:crypto';
import {
  type CloudFrontClient,
  CreateInvalidationCommand,
  GetInvalidationCommand,
  type Invalidation,
} from '@aws-sdk/client-cloudfront';
import { isPassing } from '../upload/publish/passing.ts';
import { TakeDownFailed } from './failed.ts';

export interface InvalidationPorts {
  readonly cloudFront: CloudFrontClient;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const GROWTH = 1.5;
/** CloudFront takes seconds, and minutes at times. */
const DEADLINE_MS = 30 * 60_000;

/**
 * Everything below a folder of titles. CloudFront compares with the path as it was requested, so what RFC 1738 calls unsafe
 * is percent-encoded, and nothing else is.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
 */
export function invalidationPath(folder: string): string {
  return `/${encodeURI(folder)}*`;
}

/**
 * A new one for each call: what was cached since an earlier one is in none. The first 1,000 paths of a month are free. Where
 * CloudFront has as many at once as it takes (15 with a wildcard), it waits until some are done.
 *
 * @param path - begins with a slash; a `*` at its end stands for everything that follows
 * @returns the invalidation's id
 * @throws TakeDownFailed `INVALIDATION_PENDING`; what CloudFront answers
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations
 */
export async function createInvalidation(
  { cloudFront, signal, now, wait }: InvalidationPorts,
  { distributionId, path }: { readonly distributionId: string; readonly path: string },
): Promise<string> {
  const until = now().getTime() + DEADLINE_MS;
  const InvalidationBatch = { CallerReference: randomUUID(), Paths: { Quantity: 1, Items: [path] } };
  const command = { DistributionId: distributionId, InvalidationBatch };
  for (let pause = FIRST_PAUSE_MS; ; pause = longer(pause)) {
    try {
      const { Invalidation: made } = await cloudFront.send(new CreateInvalidationCommand(command), {
        abortSignal: signal,
      });
      return idOf(made);
    } catch (error) {
      if (!(error instanceof Error && error.name === 'TooManyInvalidationsInProgress')) throw error;
      if (now().getTime() >= until) throw pending(`CloudFront has not taken an invalidation of ${path}`);
    }
    await wait(pause);
  }
}

/**
 * Resolves once no cache answers with what it had before.
 *
 * @throws TakeDownFailed `INVALIDATION_PENDING`; what CloudFront answers
 */
export async function waitForInvalidation(
  { cloudFront, signal, now, wait }: InvalidationPorts,
  { distributionId, id }: { readonly distributionId: string; readonly id: string },
): Promise<void> {
  const until = now().getTime() + DEADLINE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = longer(pause)) {
    const status = await cloudFront
      .send(new GetInvalidationCommand({ DistributionId: distributionId, Id: id }), { abortSignal: signal })
      .then(({ Invalidation: found }) => found?.Status)
      .catch((error: unknown) => {
        if (isPassing(error)) return null;
        throw error;
      });
    if (status === 'Completed') return;
    if (now().getTime() >= until) {
      throw pending(`CloudFront has not completed the invalidation ${id}`);
    }
    await wait(pause);
  }
}

function longer(pause: number): number {
  return Math.min(LONGEST_PAUSE_MS, pause * GROWTH);
}

function pending(what: string): TakeDownFailed {
  return new TakeDownFailed(
    'INVALIDATION_PENDING',
    `${what} within ${DEADLINE_MS / 60_000} minutes: run the same command again to wait for it; the files are deleted, but a cache may still answer`,
  );
}

function idOf(made: Invalidation | undefined): string {
  if (made?.Id === undefined) throw new Error('CloudFront answered CreateInvalidation without an id');
  return made.Id;
}
