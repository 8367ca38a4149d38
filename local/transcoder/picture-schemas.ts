/** Settings of a picture that can be carried out: what is done before it is encoded, and its rate. */
import { z } from 'zod';

/** Of an output's `videoDescription`, with a codec or frame captures. */
export const videoPreprocessors = z
  .strictObject({
    colorCorrector: z
      .strictObject({ colorSpaceConversion: z.enum(['NONE', 'FORCE_709']).default('NONE') })
      .optional(),
    deinterlacer: z
      .strictObject({
        mode: z.enum(['DEINTERLACE', 'ADAPTIVE']).default('DEINTERLACE'),
        algorithm: z.literal('INTERPOLATE').optional(),
        control: z.enum(['NORMAL', 'FORCE_ALL_FRAMES']).default('NORMAL'),
      })
      .optional(),
  })
  .optional();

export type VideoPreprocessors = z.infer<typeof videoPreprocessors>;

/** MediaConvert takes more; a picture that is decoded here has 120 a second at most. */
const MOST_FRAMES_PER_SECOND = 120;

interface FrameRate {
  readonly framerateControl?: 'INITIALIZE_FROM_SOURCE' | 'SPECIFIED' | undefined;
  readonly framerateNumerator?: number | undefined;
  readonly framerateDenominator?: number | undefined;
}

export const frameRateFields = {
  framerateControl: z.enum(['INITIALIZE_FROM_SOURCE', 'SPECIFIED']).optional(),
  framerateNumerator: z.int().min(1).optional(),
  framerateDenominator: z.int().min(1).max(1001).optional(),
};

/** Both numbers with `SPECIFIED`, and neither without. */
export function hasFrameRate({ framerateControl, ...fraction }: FrameRate): boolean {
  const { framerateNumerator: numerator, framerateDenominator: denominator } = fraction;
  if (framerateControl !== 'SPECIFIED') return numerator === undefined && denominator === undefined;
  if (numerator === undefined || denominator === undefined) return false;
  return numerator / denominator >= 1 && numerator / denominator <= MOST_FRAMES_PER_SECOND;
}

export const FRAME_RATE_EXPECTED = `framerateControl: expected SPECIFIED with framerateNumerator and framerateDenominator of 1 to ${MOST_FRAMES_PER_SECOND} pictures a second, or INITIALIZE_FROM_SOURCE without them`;
