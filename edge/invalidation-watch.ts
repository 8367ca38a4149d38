/**
 * Keeps a cache without what has been invalidated. A cache may be used for a request only if the invalidations that were
 * complete when the request began have been carried out. The API calls one complete when it is as old as the lease, so
 * that is so if the API was last asked less than a lease before the request began, or later.
 */
import { INVALIDATION_LEASE_MS } from '../aws/cloudfront/invalidation.ts';
import type { EdgeCache } from './cache.ts';

/** Where invalidations are read. */
export interface InvalidationSource {
  /** One page of their ids, the newest first, and where the next begins; null after the last. */
  page(marker: string | null): Promise<{ readonly ids: readonly string[]; readonly next: string | null }>;
  paths(id: string): Promise<readonly string[]>;
}

export interface InvalidationWatch {
  /**
   * Whether the cache may be used for a request that begins now: at once while the API has been asked lately, or else when it
   * has been asked. False while it does not answer, which is asked again after a lease.
   */
  isUpToDate(): boolean | Promise<boolean>;
  /** Asks the API now. @throws when it does not answer */
  refresh(): Promise<void>;
}

export interface WatchOptions {
  /** Told once when reading starts to fail, and once when it works again. */
  readonly onWarning: (message: string) => void;
  /** Milliseconds since any moment; never goes back. @default - this machine's clock, which nobody sets */
  readonly elapsedMs?: () => number;
}

interface Reading {
  readonly askedMs: number;
  readonly done: Promise<void>;
}

/**
 * Reads the invalidations that there are: the cache must be empty and nothing on its way into it.
 *
 * @throws what the source throws
 */
export async function watchInvalidations(
  source: InvalidationSource,
  cache: Pick<EdgeCache, 'invalidate' | 'clear'>,
  { onWarning, elapsedMs = () => performance.now() }: WatchOptions,
): Promise<InvalidationWatch> {
  let appliedMs = elapsedMs();
  /** The newest that has been carried out; null where there has been none. */
  let newest = (await source.page(null)).ids[0] ?? null;
  let reading: Reading | undefined;
  let isFailing = false;
  let failedMs = Number.NEGATIVE_INFINITY;

  const read = async (askedMs: number): Promise<void> => {
    const { ids, isWhole } = await idsSince(source, newest);
    const paths = (await Promise.all(ids.map((id) => source.paths(id)))).flat();
    if (!isWhole) cache.clear();
    else if (paths.length > 0) cache.invalidate(paths);
    newest = ids[0] ?? (isWhole ? newest : null);
    appliedMs = askedMs;
  };
  const begin = (): Reading => {
    const askedMs = elapsedMs();
    const done = read(askedMs).finally(() => {
      reading = undefined;
    });
    reading = { askedMs, done };
    return reading;
  };
  /** By a reading that was asked for after `sinceMs`. */
  const readSince = async (sinceMs: number): Promise<void> => {
    if (reading !== undefined && reading.askedMs <= sinceMs) await reading.done.catch(() => undefined);
    await (reading ?? begin()).done;
  };
  const told = async (done: Promise<void>): Promise<boolean> => {
    try {
      await done;
      if (isFailing) onWarning('the invalidations can be read again');
      isFailing = false;
      return true;
    } catch (cause) {
      if (!isFailing) {
        const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
        onWarning(
          `cannot read the invalidations; nothing is served from the cache until they can be read: ${reason}`,
        );
      }
      isFailing = true;
      failedMs = elapsedMs();
      return false;
    }
  };
  return {
    isUpToDate() {
      const beganMs = elapsedMs();
      const ageMs = beganMs - appliedMs;
      if (ageMs >= INVALIDATION_LEASE_MS && beganMs - failedMs < INVALIDATION_LEASE_MS) return false;
      if (ageMs >= INVALIDATION_LEASE_MS) return told(readSince(beganMs - INVALIDATION_LEASE_MS));
      // In time, so that a busy edge need not wait.
      if (ageMs >= INVALIDATION_LEASE_MS / 2 && reading === undefined) void told(begin().done);
      return true;
    },
    refresh: () => readSince(elapsedMs()),
  };
}

/** What is newer than `newest`, the newest first; not whole where that is no longer in the list. */
async function idsSince(
  source: InvalidationSource,
  newest: string | null,
): Promise<{ readonly ids: readonly string[]; readonly isWhole: boolean }> {
  const ids: string[] = [];
  for (let marker: string | null = null; ; ) {
    const page = await source.page(marker);
    const known = newest === null ? -1 : page.ids.indexOf(newest);
    ids.push(...(known === -1 ? page.ids : page.ids.slice(0, known)));
    if (known !== -1) return { ids, isWhole: true };
    if (page.next === null) return { ids, isWhole: newest === null };
    marker = page.next;
  }
}
