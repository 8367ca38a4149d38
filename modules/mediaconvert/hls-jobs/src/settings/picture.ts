/** Which options about the picture are refused. */
import type { SourceShape } from '../ladder.ts';
import { refuse } from '../refuse.ts';

/** What happens to a master in HDR. */
export interface PictureOptions {
  /**
   * What becomes of a master in HDR (HDR10, HLG): `sdr` converts it to BT.709 and tone maps it, in renditions and
   * thumbnails. `keep` is refused: renditions are H.264 with 8 bits, HDR needs HEVC with 10, and players would show it
   * grey and flat.
   * @default 'sdr'
   * @see https://developer.apple.com/documentation/http-live-streaming/hls-authoring-specification-for-apple-devices
   */
  readonly hdr?: 'sdr' | 'keep';
}

/** @throws TypeError naming the option that cannot be */
export function requirePicture({
  hdr = 'sdr',
  source,
}: PictureOptions & { readonly source?: SourceShape }): void {
  if (hdr === 'keep') {
    refuse(
      'hdr',
      '"sdr", because renditions are H.264 with 8 bits, and players expect HDR in HEVC with 10',
      hdr,
    );
  }
  if (hdr !== 'sdr') refuse('hdr', '"sdr"', hdr);
  if (source === undefined) return;
  const { framesPerSecond, scan, color } = source;
  if (framesPerSecond !== undefined && !(Number.isFinite(framesPerSecond) && framesPerSecond > 0)) {
    refuse(['source', 'framesPerSecond'], 'a number of pictures a second above 0', framesPerSecond);
  }
  if (scan !== undefined && scan !== 'progressive' && scan !== 'interlaced') {
    refuse(['source', 'scan'], '"progressive" or "interlaced"', scan);
  }
  if (color !== undefined && color !== 'bt709' && color !== 'other') {
    refuse(['source', 'color'], '"bt709" or "other"', color);
  }
}
