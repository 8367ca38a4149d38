/** What to call a video by what is in the file: its name may say anything. Pure. */
import type { ProbedVideo } from './probe.ts';

/** The file is a video, but in a container that the configuration does not take. */
export class ContainerRefusedError extends Error {
  override readonly name = 'ContainerRefusedError';
}

/**
 * The media type of a video.
 *
 * @param video.path - what messages call it
 * @throws ContainerRefusedError when it is none of `taken`
 */
export function contentTypeOf(
  { path, probed }: { readonly path: string; readonly probed: Pick<ProbedVideo, 'container' | 'majorBrand'> },
  taken: readonly string[],
): string {
  const contentType = mediaTypeOf(probed);
  if (contentType !== null && taken.includes(contentType)) return contentType;
  const got = contentType ?? `the container "${probed.container}"`;
  throw new ContainerRefusedError(
    `${path}: expected one of ${taken.join(', ')}, got ${got}; repack it with ffmpeg -i <file> -c copy <file>.${endingOf(taken)}`,
  );
}

/** QuickTime's own brand; files older than brands have none, and every MP4 has one. */
const QUICKTIME_BRAND = 'qt  ';

/** QuickTime and MP4 are one family to ffmpeg; WebM is a subset of Matroska. */
function mediaTypeOf({
  container,
  majorBrand = QUICKTIME_BRAND,
}: Pick<ProbedVideo, 'container' | 'majorBrand'>) {
  const family = container.split(',');
  if (family.includes('mp4')) return majorBrand === QUICKTIME_BRAND ? 'video/quicktime' : 'video/mp4';
  return family.includes('matroska') ? 'video/x-matroska' : null;
}

/** Matroska takes every codec; the others some. */
function endingOf(taken: readonly string[]): string {
  if (taken.includes('video/x-matroska')) return 'mkv';
  return taken.includes('video/mp4') ? 'mp4' : 'mov';
}
