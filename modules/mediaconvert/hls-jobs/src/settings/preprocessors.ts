/** What is done to a picture before it is encoded or captured: progressive pictures in BT.709, which every screen shows right. */
import type { VideoDescription } from '@aws-sdk/client-mediaconvert';
import type { SourceShape } from '../ladder.ts';

/**
 * Each only where the source needs it or nobody said what the source is: users report that MediaConvert charges
 * more for an output with the deinterlacer, and it may for the conversion.
 *
 * Both go by what the source's own metadata say (`ColorSpace: FOLLOW`, the default of an input): what is BT.709 or flagged
 * as progressive stays as it is.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/converting-the-color-space.html
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/working-with-scan-type.html
 */
export function preprocessors(source?: SourceShape): Pick<VideoDescription, 'VideoPreprocessors'> {
  const convertsColor = source?.color !== 'bt709';
  const deinterlaces = source?.scan !== 'progressive';
  if (!convertsColor && !deinterlaces) return {};
  return {
    VideoPreprocessors: {
      // HDR is tone mapped by it, BT.2020, P3 and BT.601 are converted.
      ...(convertsColor && { ColorCorrector: { ColorSpaceConversion: 'FORCE_709' } }),
      // NORMAL leaves pictures alone that are flagged as progressive. One picture is made of two fields: the rate stays.
      ...(deinterlaces && {
        Deinterlacer: { Mode: 'ADAPTIVE', Algorithm: 'INTERPOLATE', Control: 'NORMAL' },
      }),
    },
  };
}
