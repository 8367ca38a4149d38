/** Which sizes a title is made in. */
import { ownData } from './own-data.ts';

/** One rendition of the ladder. */
export interface Rung {
  /** Pixels of the picture's short side, so that vertical video climbs the same ladder (720 is 1280×720 or 720×1280). */
  readonly shortSidePixels: number;
  /** Ceiling of the QVBR video bit rate, in bits per second. */
  readonly maxBitrateBps: number;
  /**
   * Bit rate of the sound in this rendition, in bits per second: one that MediaConvert has for AAC-LC in stereo, such as
   * 64,000, 96,000 or 192,000. Only where sound is `muxed`: a group's sound is the same for all rungs.
   * @default 128,000
   * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html
   */
  readonly audioBitrateBps?: number;
}

/** The picture as displayed (rotation applied), how it is stored, and whether there is sound. */
export interface SourceShape {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** Whether there is sound; the job of a silent master has no audio settings. */
  readonly hasAudio: boolean;
  /**
   * Pictures a second, above 0. Renditions have as many, and 60 at most.
   * @default - unknown: renditions have as many as the source, whatever that is
   */
  readonly framesPerSecond?: number;
  /**
   * Whether pictures are whole, or each is made of two fields of different instants, which are de-interlaced.
   * @default - unknown: de-interlaced where the file flags it, which may cost more
   */
  readonly scan?: 'progressive' | 'interlaced';
  /**
   * `bt709`, also where the file states no colours, or `other`: HDR (PQ, HLG), BT.2020, Display P3, BT.601. Those are
   * converted to BT.709, by what the file states.
   * @default - unknown: converted where the file states other colours, which may cost more
   */
  readonly color?: 'bt709' | 'other';
}

/**
 * Apple's recommended H.264 ladder.
 *
 * @see https://developer.apple.com/documentation/http-live-streaming/hls-authoring-specification-for-apple-devices
 */
export const APPLE_H264_LADDER: readonly Rung[] = [
  { shortSidePixels: 234, maxBitrateBps: 145_000 },
  { shortSidePixels: 360, maxBitrateBps: 365_000 },
  { shortSidePixels: 432, maxBitrateBps: 730_000 },
  { shortSidePixels: 540, maxBitrateBps: 2_000_000 },
  { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
  { shortSidePixels: 1080, maxBitrateBps: 6_000_000 },
];

/** MediaConvert makes no picture narrower or lower than this. */
const MIN_SIDE_PIXELS = 32;
/**
 * The largest picture that MediaConvert makes in AVC is 4096×2160, or 2160×4096 for vertical video.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers.html
 */
const MAX_LONG_SIDE_PIXELS = 4096;
const MAX_SHORT_SIDE_PIXELS = 2160;

/**
 * The rungs that a source of this shape gets, lowest first.
 *
 * A source below the lowest rung gets one rung of its own size, so that every title has a rendition. A rung whose picture
 * would be larger than AVC's largest is made as large as that: 5120×2160 becomes 4096×1728, which is `_1728p`.
 *
 * @throws TypeError when `ladder` is empty
 */
export function rungsFor(ladder: readonly Rung[], source?: SourceShape): readonly Rung[] {
  const rising = [...ownData(ladder, 'ladder')].sort((a, b) => a.shortSidePixels - b.shortSidePixels);
  const lowest = rising[0];
  if (lowest === undefined) throw new TypeError('"ladder": expected at least one rung, got none');
  if (source === undefined) return cappedRungs(rising);
  const { width, height } = ownData(source, 'source');
  const shortSide = Math.min(width, height);
  const reachable = rising.filter((rung) => rung.shortSidePixels <= shortSide);
  const rungs = reachable.length > 0 ? reachable : [{ ...lowest, shortSidePixels: evenAtMost(shortSide) }];
  return cappedRungs(rungs, source);
}

/** Rungs that would all be the largest picture are one, with the bit rate of the lowest of them. */
function cappedRungs(rising: readonly Rung[], source?: SourceShape): readonly Rung[] {
  const most = largestShortSide(source);
  const fitting = rising.filter((rung) => rung.shortSidePixels <= most);
  const above = rising.find((rung) => rung.shortSidePixels > most);
  if (above === undefined || fitting.at(-1)?.shortSidePixels === most) return fitting;
  return [...fitting, { ...above, shortSidePixels: most }];
}

/**
 * Width and height with the source's shape, no larger than AVC's largest picture; H.264 with 4:2:0 chroma takes even
 * numbers only.
 */
export function frameSize(shortSidePixels: number, source?: SourceShape): { Width: number; Height: number } {
  const { width, height } = shapeOf(source);
  const scale = Math.min(shortSidePixels, largestShortSide(source)) / Math.min(width, height);
  return { Width: even(width * scale), Height: even(height * scale) };
}

function shapeOf(source?: SourceShape): Pick<SourceShape, 'width' | 'height'> {
  return source ?? { width: 16, height: 9 };
}

function largestShortSide(source?: SourceShape): number {
  const { width, height } = shapeOf(source);
  const ratio = Math.min(width, height) / Math.max(width, height);
  return evenAtMost(Math.min(MAX_SHORT_SIDE_PIXELS, MAX_LONG_SIDE_PIXELS * ratio));
}

/** A strip of more than 128 to 1 fits no picture in its own shape: MediaConvert puts black bars beside it. */
function even(pixels: number): number {
  return Math.min(MAX_LONG_SIDE_PIXELS, Math.max(MIN_SIDE_PIXELS, 2 * Math.round(pixels / 2)));
}

function evenAtMost(pixels: number): number {
  return Math.max(MIN_SIDE_PIXELS, 2 * Math.floor(pixels / 2));
}
