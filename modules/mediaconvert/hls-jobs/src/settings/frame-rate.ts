/** How many pictures a second a rendition has: as many as its source, and 60 at most. */
import type { H264Settings } from '@aws-sdk/client-mediaconvert';
import type { SourceShape } from '../ladder.ts';

/**
 * "Frame rates above 60 fps SHALL NOT be used."
 *
 * @see https://developer.apple.com/documentation/http-live-streaming/hls-authoring-specification-for-apple-devices
 */
const MOST = 60;
/** A clock of milliseconds makes 60.02 of 60. */
const STILL_MOST = MOST * 1.005;
/** Every second picture of 72 a second would be jerkier than 60 of them. */
const LEAST_SHARE = 40;

type FrameRate = Pick<H264Settings, 'FramerateControl' | 'FramerateNumerator' | 'FramerateDenominator'>;

/**
 * Where the rate is known and above 60, every second (third, …) picture is kept, so that motion stays even: 120 become 60,
 * 119.88 become 59.94, 100 become 50. Where that leaves fewer than 40, it is 60.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/settings-for-frame-rate-conversion.html
 */
export function frameRate({ framesPerSecond }: Partial<SourceShape> = {}): FrameRate {
  if (framesPerSecond === undefined || framesPerSecond <= STILL_MOST) {
    return { FramerateControl: 'INITIALIZE_FROM_SOURCE' };
  }
  const share = framesPerSecond / Math.ceil(framesPerSecond / STILL_MOST);
  const [numerator, denominator] = fraction(share < LEAST_SHARE ? MOST : Math.min(share, MOST));
  return {
    FramerateControl: 'SPECIFIED',
    FramerateNumerator: numerator,
    FramerateDenominator: denominator,
  };
}

/** MediaConvert takes denominators up to 1001, which those of NTSC need: 59.94 is 60000/1001. */
function fraction(framesPerSecond: number): [numerator: number, denominator: number] {
  const whole = Math.round(framesPerSecond);
  if (Math.abs(whole - framesPerSecond) < 0.005) return [whole, 1];
  const ntsc = Math.round(framesPerSecond * 1.001);
  if (Math.abs(ntsc / 1.001 - framesPerSecond) < 0.005) return [ntsc * 1000, 1001];
  return [Math.round(framesPerSecond * 1000), 1000];
}
