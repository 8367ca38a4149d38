/**
 * A key that renews itself when it is used. No timers: they do not run in a frozen Lambda.
 */

import type { KeySource, SigningKey } from '../keys/key-source.ts';

export interface VersionedKey {
  readonly versionId: string;
  readonly key: SigningKey;
}

export interface RefreshingSourceOptions {
  /**
   * Reads the current version, parsed and proved; gives `current` back when the version is the same.
   * Whatever it throws leaves the working key in place.
   */
  readonly load: (current: VersionedKey | undefined) => Promise<VersionedKey>;
  /** Age in seconds from which an access starts a refresh in the background. */
  readonly maxAgeSeconds: number;
  /** Age in seconds up to which a key is served while refreshes fail. */
  readonly maxStaleSeconds: number;
  readonly now: () => Date;
}

/** Pause after a failed refresh: doubled each time, up to the second number. */
const RETRY_SECONDS = [1, 60] as const;

export function createRefreshingSource(options: RefreshingSourceOptions): KeySource {
  const { load, maxAgeSeconds, maxStaleSeconds } = options;
  let current: VersionedKey | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let inFlight: Promise<SigningKey> | undefined;
  let failure: { readonly error: unknown; readonly pause: number; readonly retryAt: number } | undefined;

  const nowSeconds = () => options.now().getTime() / 1000;

  /** One fetch at a time, whatever the number of callers. */
  function refresh(): Promise<SigningKey> {
    inFlight ??= renew().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  }

  async function renew(): Promise<SigningKey> {
    try {
      current = await load(current);
      checkedAt = nowSeconds();
      failure = undefined;
      return current.key;
    } catch (error) {
      const pause = failure ? Math.min(failure.pause * 2, RETRY_SECONDS[1]) : RETRY_SECONDS[0];
      failure = { error, pause, retryAt: nowSeconds() + pause };
      throw error;
    }
  }

  async function get(): Promise<SigningKey> {
    // Nothing to fall back on: every caller gets the answer of the fetch under way, or starts one.
    if (!current) return refresh();
    const age = nowSeconds() - checkedAt;
    if (age < maxAgeSeconds) return current.key;

    const mayTry = !failure || nowSeconds() >= failure.retryAt;
    if (age < maxStaleSeconds) {
      // The failure is kept in `failure`; this caller has a key that works.
      if (mayTry) refresh().catch(() => {});
      return current.key;
    }
    if (mayTry || inFlight) return refresh();
    throw failure?.error;
  }

  return Object.freeze({ get });
}
