/**
 * A key, or another value of a secret, that renews itself when it is used. No timers: they do not run in a frozen Lambda.
 */

import { assertSignal, ownProperties, readClock } from '../arguments.ts';
import { untilAborted } from '../deadline.ts';
import { SignerError } from '../errors.ts';
import type { KeySource, SigningKey } from '../keys/key-source.ts';
import { type KeyVersion, type RefreshHooks, type SecretVersion, tell } from './hooks.ts';

export interface Versioned<Value> extends SecretVersion {
  readonly value: Value;
}

/** A value that renews itself as it is used. */
export interface RefreshingValue<Value> {
  /**
   * The value in use; waits where it is due for a check, or where there is none yet.
   *
   * @throws what the look failed with while there is no value; SignerError `ERR_KEY_STALE` after `maxStaleSeconds` of failures
   */
  get(): Promise<Value>;
  /**
   * The value in use, without waiting: one that is due for a check is given all the same, and the check continues in the
   * background. So after a rotation the first call of an idle process may still get the previous one, which `get` would not give.
   *
   * @returns `undefined` before the first fetch has succeeded, and after `maxStaleSeconds` without a use
   * @throws SignerError `ERR_KEY_STALE` after `maxStaleSeconds` of failures
   */
  current(): Value | undefined;
  /**
   * Looks for a new version now, as after a rotation, and gives the value found. Calls share the look under
   * way; within a second of the last look they share its outcome, and the first use after that second looks
   * again.
   *
   * @param options `signal` ends this caller's waiting; the check continues for the others
   * @throws what the look failed with; the value in use stays in use
   */
  refreshNow(options?: RefreshOptions): Promise<Value>;
}

/** A signing key that renews itself as it is used. */
export interface RefreshingSource extends RefreshingValue<SigningKey>, KeySource {
  get(): Promise<SigningKey>;
  current(): SigningKey | undefined;
}

interface RefreshOptions {
  readonly signal?: AbortSignal;
}

export interface RefreshingValueOptions<
  Value,
  Version extends SecretVersion = KeyVersion,
  Failure extends Error = SignerError,
> extends RefreshHooks<Version, Failure> {
  /**
   * Reads the current version, parsed and proved; gives `current` back when the version is the same.
   * Whatever it throws, a `Failure`, leaves the working value in place.
   */
  readonly load: (current: Versioned<Value> | undefined) => Promise<Versioned<Value>>;
  /** What hooks are told of a version, without its value. */
  readonly describe: (versioned: Versioned<Value>) => Version;
  /**
   * Age in seconds from which an access waits for a refresh, and uses what it has only if that fails. Up to a
   * fifth before, an access starts one in the background.
   */
  readonly maxAgeSeconds: number;
  /** Age in seconds up to which a value is served while refreshes fail. */
  readonly maxStaleSeconds: number;
  readonly now: () => Date;
  /** From 0, which leaves spans as they are, to 1. */
  readonly random: () => number;
}

interface Failed {
  readonly error: Error;
  readonly count: number;
  readonly failedAt: number;
  readonly retryAt: number;
}

/** Longest pause between failing looks, with a value to serve meanwhile and without one. */
const LONGEST_PAUSE_SECONDS = { serving: 60, without: 5 } as const;
const DEBOUNCE_SECONDS = 1;

export function createRefreshingValue<Value, Version extends SecretVersion, Failure extends Error>(
  options: RefreshingValueOptions<Value, Version, Failure>,
): RefreshingValue<Value> {
  const { load, describe, maxAgeSeconds, maxStaleSeconds, random } = options;
  let current: Versioned<Value> | undefined;
  /** When the value in use was last confirmed, and from when on it is to be confirmed again. */
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let inFlight: Promise<Value> | undefined;
  let failure: Failed | undefined;

  const nowSeconds = () => readClock(options.now) / 1000;

  /** One look at a time, whatever the number of callers. */
  function look(): Promise<Value> {
    if (inFlight === undefined) {
      lookedAt = nowSeconds();
      inFlight = renew().finally(() => {
        inFlight = undefined;
      });
    }
    return inFlight;
  }

  async function renew(): Promise<Value> {
    const previous = current;
    try {
      current = await load(previous);
    } catch (error) {
      throw noteFailure(error as Failure);
    }
    failure = undefined;
    confirmedAt = nowSeconds();
    // A fleet that started together must not ask together.
    dueAt = confirmedAt + maxAgeSeconds * (1 - random() / 5);
    const changed = current !== previous;
    tell(options.onRefresh, { ...describe(current), changed });
    if (changed && previous) tell(options.onRotate, { from: describe(previous), to: describe(current) });
    return current.value;
  }

  /** Pauses of 1, 2, 4 … seconds, half of each at random. Without a value, the first retry is at once. */
  function noteFailure(error: Failure): Failure {
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

  async function get(): Promise<Value> {
    const now = nowSeconds();
    if (!current) {
      // Nothing to fall back on: every caller gets the answer of the look under way, or starts one.
      if (failure && !inFlight && !mayLook(now)) throw failure.error;
      return look();
    }
    if (now < dueAt && now >= confirmedAt) return current.value;
    const age = now - confirmedAt;
    if (age < maxStaleSeconds) {
      const working = current.value;
      if (!inFlight && !mayLook(now)) return working;
      // The failure is kept in `failure`; this caller has a value that works.
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

  function currentValue(): Value | undefined {
    if (!current) return undefined;
    const now = nowSeconds();
    if (now < dueAt && now >= confirmedAt) return current.value;
    const working = current.value;
    // Its failure is kept in `failure`.
    if (!inFlight && mayLook(now)) look().catch(() => {});
    if (now - confirmedAt < maxStaleSeconds) return working;
    if (failure) throw tooOld(failure.error);
    // Idle for so long that the value may no longer be trusted.
    return undefined;
  }

  async function refreshNow(refreshOptions: RefreshOptions = {}): Promise<Value> {
    const { signal } = ownProperties('refreshNow', refreshOptions);
    if (signal !== undefined) assertSignal('signal', signal);
    const sinceLook = nowSeconds() - lookedAt;
    if (inFlight || sinceLook < 0 || sinceLook >= DEBOUNCE_SECONDS) return untilAborted(look(), signal);
    dueAt = Math.min(dueAt, lookedAt + DEBOUNCE_SECONDS);
    if (failure || !current) throw failure?.error;
    return current.value;
  }

  function tooOld(cause: unknown): SignerError {
    return new SignerError(
      'ERR_KEY_STALE',
      `the secret could not be confirmed for ${maxStaleSeconds} seconds ("maxStaleSeconds"); see the cause`,
      { cause },
    );
  }

  return Object.freeze({ get, current: currentValue, refreshNow });
}
