/**
 * A key that renews itself when it is used. No timers: they do not run in a frozen Lambda.
 */

import { assertSignal, ownProperties, readClock } from '../arguments.ts';
import { untilAborted } from '../deadline.ts';
import { SignerError } from '../errors.ts';
import type { KeySource, SigningKey } from '../keys/key-source.ts';
import { type KeyVersion, type RefreshHooks, tell } from './hooks.ts';

export interface VersionedKey {
  readonly versionId: string;
  readonly key: SigningKey;
}

export interface RefreshingSource extends KeySource {
  /**
   * The key in use, without waiting: one that is due for a check is given all the same, and the check continues in the background.
   * So after a rotation the first call of an idle process may still get the previous key, which `get` would not give.
   *
   * @returns `undefined` before the first fetch has succeeded, and after `maxStaleSeconds` without a use
   * @throws SignerError `ERR_KEY_STALE` after `maxStaleSeconds` of failures
   */
  current(): SigningKey | undefined;
  /**
   * Looks for a new version now, as after a rotation, and gives the key found. Calls share the look under
   * way; within a second of the last look they share its outcome, and the first use after that second looks
   * again.
   *
   * @param options `signal` ends this caller's waiting; the check continues for the others
   * @throws SignerError what the look failed with; the key in use stays in use
   */
  refreshNow(options?: RefreshOptions): Promise<SigningKey>;
}

interface RefreshOptions {
  readonly signal?: AbortSignal;
}

export interface RefreshingSourceOptions extends RefreshHooks {
  /**
   * Reads the current version, parsed and proved; gives `current` back when the version is the same.
   * Whatever it throws leaves the working key in place.
   */
  readonly load: (current: VersionedKey | undefined) => Promise<VersionedKey>;
  /**
   * Age in seconds from which an access waits for a refresh, and signs with what it has only if that fails. Up to a
   * fifth before, an access starts one in the background.
   */
  readonly maxAgeSeconds: number;
  /** Age in seconds up to which a key is served while refreshes fail. */
  readonly maxStaleSeconds: number;
  readonly now: () => Date;
  /** From 0, which leaves spans as they are, to 1. */
  readonly random: () => number;
}

interface Failure {
  readonly error: SignerError;
  readonly count: number;
  readonly failedAt: number;
  readonly retryAt: number;
}

/** Longest pause between failing looks, with a key to serve meanwhile and without one. */
const LONGEST_PAUSE_SECONDS = { serving: 60, without: 5 } as const;
const DEBOUNCE_SECONDS = 1;

export function createRefreshingSource(options: RefreshingSourceOptions): RefreshingSource {
  const { load, maxAgeSeconds, maxStaleSeconds, random } = options;
  let current: VersionedKey | undefined;
  /** When the key in use was last confirmed, and from when on it is to be confirmed again. */
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let inFlight: Promise<SigningKey> | undefined;
  let failure: Failure | undefined;

  const nowSeconds = () => readClock(options.now) / 1000;

  /** One look at a time, whatever the number of callers. */
  function look(): Promise<SigningKey> {
    if (inFlight === undefined) {
      lookedAt = nowSeconds();
      inFlight = renew().finally(() => {
        inFlight = undefined;
      });
    }
    return inFlight;
  }

  async function renew(): Promise<SigningKey> {
    const previous = current;
    try {
      current = await load(previous);
    } catch (error) {
      throw noteFailure(error as SignerError);
    }
    failure = undefined;
    confirmedAt = nowSeconds();
    // A fleet that started together must not ask together.
    dueAt = confirmedAt + maxAgeSeconds * (1 - random() / 5);
    const changed = current !== previous;
    tell(options.onRefresh, { ...describe(current), changed });
    if (changed && previous) tell(options.onRotate, { from: describe(previous), to: describe(current) });
    return current.key;
  }

  /** Pauses of 1, 2, 4 … seconds, half of each at random. Without a key, the first retry is at once. */
  function noteFailure(error: SignerError): SignerError {
    const failedAt = nowSeconds();
    const count = (failure?.count ?? 0) + 1;
    const longest = current ? LONGEST_PAUSE_SECONDS.serving : LONGEST_PAUSE_SECONDS.without;
    const pause = current || count > 1 ? Math.min(2 ** (count - 1), longest) * (1 - random() / 2) : 0;
    failure = { error, count, failedAt, retryAt: failedAt + pause };
    tell(options.onError, {
      error,
      ...(current ? { staleSeconds: failedAt - confirmedAt } : {}),
      retryAt: new Date(failure.retryAt * 1000),
    });
    return error;
  }

  /** A clock that was set back ends a pause: it must not last until the clock has caught up. */
  const mayLook = (now: number) => !failure || now >= failure.retryAt || now < failure.failedAt;

  async function get(): Promise<SigningKey> {
    const now = nowSeconds();
    if (!current) {
      // Nothing to fall back on: every caller gets the answer of the look under way, or starts one.
      if (failure && !inFlight && !mayLook(now)) throw failure.error;
      return look();
    }
    if (now < dueAt && now >= confirmedAt) return current.key;
    const age = now - confirmedAt;
    if (age < maxStaleSeconds) {
      const working = current.key;
      if (!inFlight && !mayLook(now)) return working;
      // The failure is kept in `failure`; this caller has a key that works.
      const looking = look().catch(() => working);
      // A rotation waits no longer than the age: a later caller, as after an idle night, waits for the check. In an
      // outage nobody does: its looks may take their whole time-out each.
      const isYoung = age >= 0 && age < maxAgeSeconds;
      const isOutage = failure !== undefined && now - failure.failedAt < maxAgeSeconds;
      return isYoung || isOutage ? working : looking;
    }
    if (failure && !inFlight && !mayLook(now)) throw tooOld(failure.error);
    return look().catch((error) => {
      throw tooOld(error);
    });
  }

  function currentKey(): SigningKey | undefined {
    if (!current) return undefined;
    const now = nowSeconds();
    if (now < dueAt && now >= confirmedAt) return current.key;
    const working = current.key;
    // Its failure is kept in `failure`.
    if (!inFlight && mayLook(now)) look().catch(() => {});
    if (now - confirmedAt < maxStaleSeconds) return working;
    if (failure) throw tooOld(failure.error);
    // Idle for so long that the key may no longer be trusted.
    return undefined;
  }

  async function refreshNow(refreshOptions: RefreshOptions = {}): Promise<SigningKey> {
    const { signal } = ownProperties('refreshNow', refreshOptions);
    if (signal !== undefined) assertSignal('signal', signal);
    const sinceLook = nowSeconds() - lookedAt;
    if (inFlight || sinceLook < 0 || sinceLook >= DEBOUNCE_SECONDS) return untilAborted(look(), signal);
    dueAt = Math.min(dueAt, lookedAt + DEBOUNCE_SECONDS);
    if (failure || !current) throw failure?.error;
    return current.key;
  }

  function tooOld(cause: unknown): SignerError {
    return new SignerError(
      'ERR_KEY_STALE',
      `the key could not be confirmed for ${maxStaleSeconds} seconds ("maxStaleSeconds"); see the cause`,
      { cause },
    );
  }

  return Object.freeze({ get, current: currentKey, refreshNow });
}

function describe({ key, versionId }: VersionedKey): KeyVersion {
  return { keyPairId: key.keyPairId, versionId };
}
