/** One uploaded file into what Bunny Stream makes of it, with the local transcoder. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hlsJobSettings, type Rung, rungsFor, spelled } from '@storytime/hls-jobs';
import { type ProbedVideo, probeVideo } from '../../ops/probe/probe.ts';
import type { TranscodeProgress } from '../transcoder/contract.ts';
import { transcode } from '../transcoder/index.ts';

/** The resolutions that Bunny's library settings offer, with ceilings of our own. */
const LADDER: readonly Rung[] = [
  { shortSidePixels: 240, maxBitrateBps: 600_000 },
  { shortSidePixels: 360, maxBitrateBps: 800_000 },
  { shortSidePixels: 480, maxBitrateBps: 1_400_000 },
  { shortSidePixels: 720, maxBitrateBps: 2_800_000 },
  { shortSidePixels: 1080, maxBitrateBps: 5_000_000 },
];
const SEGMENT_SECONDS = 4;
/** The name that the zone's folder has in a job. */
const BUCKET = 'videos';

export interface TranscodedVideo {
  readonly probed: ProbedVideo;
  /** `240p,360p`. */
  readonly resolutions: string;
}

export interface TranscodeVideoOptions {
  /** The zone's root, with `<guid>/original` in it. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onProbed: (probed: ProbedVideo) => void;
  readonly onProgress: (progress: TranscodeProgress) => void;
}

/**
 * Writes `<guid>/playlist.m3u8`, its renditions beside it and `<guid>/thumbnail.jpg`. The names of renditions and segments
 * are the transcoder's: Bunny documents the playlist's alone.
 *
 * @throws Error in one line for a file that is not a video; the signal's reason when aborted
 * @see https://docs.bunny.net/stream/storage-structure
 */
export async function transcodeVideo(guid: string, options: TranscodeVideoOptions): Promise<TranscodedVideo> {
  const { directory, signal, onProbed, onProgress } = options;
  const probed = await probeVideo(join(directory, guid, 'original'), { name: 'the upload', signal });
  onProbed(probed);
  const settings = hlsJobSettings({
    input: `s3://${BUCKET}/${guid}/original`,
    destination: `s3://${BUCKET}/${guid}/playlist`,
    ladder: LADDER,
    segmentSeconds: SEGMENT_SECONDS,
    source: probed,
  });
  const outcome = await transcode(
    { id: guid, settings: spelled(settings, 'rest') as object },
    { environment: {}, folders: { [BUCKET]: directory }, signal, onProgress },
  );
  if (outcome.status === 'ERROR') throw new Error(outcome.errorMessage);
  await copyFile(
    join(directory, guid, 'thumbnails/thumb.0000000.jpg'),
    join(directory, guid, 'thumbnail.jpg'),
  );
  const resolutions = rungsFor(LADDER, probed).map(({ shortSidePixels }) => `${shortSidePixels}p`);
  return { probed, resolutions: resolutions.join(',') };
}
