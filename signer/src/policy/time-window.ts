/** From what a caller asks for to the two seconds in a policy. */

import { readDate, wrongType } from '../arguments.ts';
import { inCode, message, option, signerError, signerTypeError } from '../message.ts';

export interface TimeOptions {
  /**
   * How long from now: whole seconds, or a number with a unit such as `'90s'`, `'30m'`, `'4h'`, `'7d'`, `'2w'`, `'1y'`.
   * @default the signer's `defaultExpiresIn`
   */
  readonly expiresIn?: number | string | undefined;
  /**
   * The instant from which access is denied, instead of `expiresIn`. Parts of a second are cut off.
   * @default - `expiresIn` counts
   */
  readonly expiresAt?: Date | undefined;
  /**
   * The first instant at which access is allowed; parts of a second are cut off. The policy carries the
   * second before it, because CloudFront's `DateGreaterThan` excludes its own second.
   * @default - at once
   */
  readonly startsAt?: Date | undefined;
}

export interface TimeWindow {
  readonly dateLessThan: number;
  readonly dateGreaterThan: number | undefined;
  /** Seconds from now to `dateLessThan`. */
  readonly expiresIn: number;
}

export interface TimeLimits {
  readonly defaultExpiresIn: number;
  readonly maxExpiresIn: number;
  /** Lifetimes asked for in seconds end on a multiple of this, so that equal requests are equal policies. */
  readonly gridSeconds?: number | undefined;
}

/**
 * The last second that ten digits hold, in the year 2286. CloudFront takes a longer number for milliseconds and
 * calls the policy malformed.
 */
const MAX_EPOCH_SECONDS = 9_999_999_999;

const EXPIRES_IN = option('expiresIn');
const EXPIRES_AT = option('expiresAt');
const STARTS_AT = option('startsAt');
const MAX_EXPIRES_IN = option('maxExpiresIn');
const NOT_VALID = inCode('valid-date', 'is not a valid Date');
const LATER_DATE = inCode('later-date', 'pass a later Date');
const RAISE_CAP = inCode('raise-cap', message` or raise ${MAX_EXPIRES_IN}`);

/** A year is 365 days. */
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

export function resolveTimeWindow(options: TimeOptions, limits: TimeLimits, nowSeconds: number): TimeWindow {
  const { maxExpiresIn } = limits;
  const asked = resolveExpiry(options, limits, nowSeconds);
  const askedIn = asked - nowSeconds;
  if (askedIn <= 0) {
    throw signerError('ERR_EXPIRY_PAST', message`${EXPIRES_AT} is not in the future; ${LATER_DATE}`);
  }
  if (askedIn > maxExpiresIn) {
    throw signerError(
      'ERR_EXPIRY_OVER_CAP',
      message`asked for ${askedIn} seconds, the signer allows ${maxExpiresIn}; ask for less (is ${EXPIRES_IN} in seconds, not milliseconds?)${RAISE_CAP}`,
    );
  }
  // Below 1 when the clock stands before 1970.
  if (asked < 1 || asked > MAX_EPOCH_SECONDS) {
    throw signerError(
      'ERR_EXPIRY_INVALID',
      'the expiry is not between 1970 and 2286, the years that ten digits hold; ask for less, and check the clock',
    );
  }
  // An instant is an instant: only a lifetime counted from now moves to the grid.
  const latest = Math.min(nowSeconds + maxExpiresIn, MAX_EPOCH_SECONDS);
  const dateLessThan = options.expiresAt === undefined ? roundUp(asked, limits.gridSeconds, latest) : asked;
  const expiresIn = dateLessThan - nowSeconds;
  // Every field is an object's own: what is read of it ends up in the policy, and Object.prototype may be polluted.
  if (options.startsAt === undefined) return { dateLessThan, dateGreaterThan: undefined, expiresIn };

  const startsAtSeconds = Math.floor(readDate('startsAt', options.startsAt) / 1000);
  if (Number.isNaN(startsAtSeconds) || startsAtSeconds < 1) {
    throw signerError('ERR_STARTS_AT_INVALID', message`${STARTS_AT} ${NOT_VALID}`);
  }
  // Against what was asked for: whether a call is refused must not hang on where the grid lies.
  if (startsAtSeconds >= asked) {
    throw signerError(
      'ERR_WINDOW_EMPTY',
      message`${STARTS_AT} is not before the expiry; nothing would be allowed`,
    );
  }
  return { dateLessThan, dateGreaterThan: startsAtSeconds - 1, expiresIn };
}

export interface LimitOptions {
  readonly defaultExpiresIn?: number | string | undefined;
  readonly maxExpiresIn?: number | string | undefined;
  readonly reuse?: number | string | undefined;
}

const SEVEN_DAYS = 7 * 24 * 60 * 60;

/**
 * @param usualSeconds the default lifetime where none is given and `maxExpiresIn` is not shorter
 * @param defaultName what the option is called whose default this is
 */
export function parseLimits(
  options: LimitOptions,
  usualSeconds: number,
  defaultName = 'defaultExpiresIn',
): TimeLimits {
  const maxExpiresIn = parseSeconds('maxExpiresIn', options.maxExpiresIn ?? SEVEN_DAYS);
  if (maxExpiresIn > MAX_EPOCH_SECONDS) {
    throw signerError(
      'ERR_EXPIRY_INVALID',
      message`${MAX_EXPIRES_IN} reaches past 2286, the last year of ten digits; ask for less (is it in seconds?)`,
    );
  }
  const gridSeconds = options.reuse === undefined ? undefined : parseSeconds('reuse', options.reuse);
  // Near the cap nothing can be rounded up, so the default keeps away from it by one step of the grid.
  const longest = maxExpiresIn - (gridSeconds ?? 0);
  const defaultExpiresIn = parseSeconds(
    defaultName,
    options.defaultExpiresIn ?? Math.max(1, Math.min(usualSeconds, longest)),
  );
  if (defaultExpiresIn > longest) {
    throw signerError(
      'ERR_EXPIRY_OVER_CAP',
      gridSeconds === undefined
        ? message`${option(defaultName)} is longer than ${MAX_EXPIRES_IN}`
        : message`${option(defaultName)} and ${option('reuse')} together are longer than ${MAX_EXPIRES_IN}`,
    );
  }
  return { defaultExpiresIn, maxExpiresIn, gridSeconds };
}

/** @returns whole seconds, at least 1 */
export function parseSeconds(name: string, value: unknown): number {
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw wrongType(option(name), "a number of seconds or a string such as '4h'", value);
  }
  const match = typeof value === 'string' ? /^(\d{1,9})([smhdwy])$/.exec(value) : null;
  if (typeof value === 'string' && /^\d+$/.test(value)) {
    throw signerError(
      'ERR_EXPIRY_INVALID',
      message`${option(name)} is a text without a unit; add s, m, h, d, w or y, as in '90s' or '4h', or pass seconds as a number`,
    );
  }
  const seconds = match ? Number(match[1]) * (UNIT_SECONDS[match[2] ?? ''] ?? Number.NaN) : value;
  if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds) || seconds < 1) {
    throw signerError(
      'ERR_EXPIRY_INVALID',
      message`${option(name)} must be whole seconds, 1 or more, or a whole number with s, m, h, d, w or y`,
    );
  }
  return seconds;
}

/** Never past `latest`: near the cap a lifetime stays as asked, and only calls of one second share it. */
function roundUp(seconds: number, grid: number | undefined, latest: number): number {
  if (grid === undefined) return seconds;
  const rounded = Math.ceil(seconds / grid) * grid;
  return rounded > latest ? seconds : rounded;
}

function resolveExpiry(
  { expiresIn, expiresAt }: TimeOptions,
  limits: TimeLimits,
  nowSeconds: number,
): number {
  if (expiresAt === undefined) {
    return (
      nowSeconds + (expiresIn === undefined ? limits.defaultExpiresIn : parseSeconds('expiresIn', expiresIn))
    );
  }
  if (expiresIn !== undefined) {
    throw signerTypeError('ERR_ARGUMENT_CONFLICT', message`pass ${EXPIRES_IN} or ${EXPIRES_AT}, not both`);
  }
  const seconds = Math.floor(readDate('expiresAt', expiresAt) / 1000);
  if (Number.isNaN(seconds)) throw signerError('ERR_EXPIRY_INVALID', message`${EXPIRES_AT} ${NOT_VALID}`);
  return seconds;
}
