/** What is done to the source's pictures before an output scales them: whole pictures of fields, and BT.709 of other colours. Pure. */

import { toBt709 } from '../../ops/probe/colorimetry.ts';
import type { ProbedVideo } from '../../ops/probe/probe.ts';
import { toProgressive } from '../../ops/probe/scan.ts';
import type { VideoPreprocessors } from './picture-schemas.ts';

/** Filters of ffmpeg, in this order. */
export interface Treatment {
  /** Before the rate is made constant: it goes by the pictures around one. */
  readonly deinterlace: readonly string[];
  readonly color: readonly string[];
}

const NOTHING: Treatment = { deinterlace: [], color: [] };

interface TreatedOutput {
  readonly videoDescription: { readonly videoPreprocessors?: VideoPreprocessors };
}

/** A source that is progressive or BT.709 already is left as it is, as MediaConvert leaves it. */
export function treatmentOf(
  { videoDescription: { videoPreprocessors } }: TreatedOutput,
  { scan, colorimetry }: Pick<ProbedVideo, 'scan' | 'colorimetry'>,
): Treatment {
  const { deinterlacer, colorCorrector } = videoPreprocessors ?? {};
  const forces = deinterlacer?.control === 'FORCE_ALL_FRAMES';
  const isFlagged = deinterlacer !== undefined && scan === 'interlaced';
  return {
    deinterlace: forces || isFlagged ? toProgressive({ deinterlaces: forces ? 'all' : 'flagged' }) : [],
    color: colorCorrector?.colorSpaceConversion === 'FORCE_709' ? toBt709(colorimetry) : [],
  };
}

/** What all outputs want is done once, before their copies are made; else each output does its own. */
export function splitTreatments(treatments: readonly Treatment[]): {
  readonly shared: Treatment;
  readonly own: (treatment: Treatment) => Treatment;
} {
  const [first = NOTHING, ...others] = treatments;
  const isShared = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
  return isShared
    ? { shared: first, own: () => NOTHING }
    : { shared: NOTHING, own: (treatment) => treatment };
}
