/**
 * How many pictures a second an output has whose settings say to follow the source. Pure.
 *
 * A header's own average is wrong for fragmented MP4, so the pictures are counted; and MediaConvert makes of a variable
 * rate a constant one.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/using-variable-frame-rate-inputs.html
 */

/** Where the pictures seen so far lie, and how many of them off the grids of the rates that the header states. */
export interface PictureTimes {
  readonly count: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** The one seen last, which need not be the last one shown. */
  readonly previousSeconds: number | null;
  readonly grids: readonly { readonly rate: number; readonly off: number }[];
}

/** What MediaConvert rounds the average of a variable rate up to. */
const STANDARD_RATES = [1, 5, 10, 15, 24, 30, 50, 60];
/** Clocks of milliseconds put pictures of 240 a second a fifth of their distance off. */
const MOST_DEVIATION = 0.25;
/** A recorder may drop some pictures of a constant rate, and show the first one of a fragment too long. */
const LEAST_SHARE = 0.95;
/** An average is as exact as the clock of its container: 30.01 is 30. */
const ROUNDING_SHARE = 0.005;

/** No picture yet; `stated` are the rates that may turn out to be the constant one, the likeliest first. */
export function noPictures(stated: readonly (number | null)[]): PictureTimes {
  const grids = stated.flatMap((rate) => (rate === null ? [] : [{ rate, off: 0 }]));
  return {
    count: 0,
    firstSeconds: Number.POSITIVE_INFINITY,
    lastSeconds: Number.NEGATIVE_INFINITY,
    previousSeconds: null,
    grids,
  };
}

export function withPicture(times: PictureTimes, seconds: number): PictureTimes {
  const distance = seconds - (times.previousSeconds ?? seconds);
  return {
    count: times.count + 1,
    firstSeconds: Math.min(times.firstSeconds, seconds),
    lastSeconds: Math.max(times.lastSeconds, seconds),
    previousSeconds: seconds,
    grids: times.grids.map(({ rate, off }) => {
      const pictures = distance * rate;
      const isOff = Math.abs(pictures - Math.round(pictures)) > MOST_DEVIATION;
      return { rate, off: off + (isOff ? 1 : 0) };
    }),
  };
}

/** The constant rate, or what MediaConvert makes of a variable one; null for fewer than two pictures. */
export function frameRateOf({ count, firstSeconds, lastSeconds, grids }: PictureTimes): number | null {
  const seconds = lastSeconds - firstSeconds;
  if (count < 2 || !(seconds > 0)) return null;
  const constant = grids.find(({ rate, off }) => {
    const share = (count - 1) / (seconds * rate);
    return off <= (1 - LEAST_SHARE) * count && share >= LEAST_SHARE && share <= 1 / LEAST_SHARE;
  });
  return constant?.rate ?? roundedUp((count - 1) / seconds);
}

function roundedUp(average: number): number {
  const most = STANDARD_RATES.at(-1) ?? average;
  return STANDARD_RATES.find((rate) => average <= rate * (1 + ROUNDING_SHARE)) ?? most;
}
