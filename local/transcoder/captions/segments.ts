/** Cues as the WebVTT segments of an HLS rendition, with their playlist. Pure. RFC 8216, section 3.5. */
import { CaptionsRefusedError, type Cue } from './cue.ts';

export interface CaptionsSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

export interface SegmentOptions {
  /** Of the picture. */
  readonly durationSeconds: number;
  /** Timestamp that the first picture has in its segments: cue times count from there. */
  readonly startSeconds: number;
  /** A shorter last segment is part of the one before. @default 0 */
  readonly minFinalSegmentSeconds?: number;
}

/** MediaConvert's LARGE_SEGMENTS, which is its default. */
const SEGMENT_MS = 300_000;
const TICKS_PER_SECOND = 90_000;
/** A cue is in every segment that it reaches into, so that few cues can fill many segments. */
const MOST_CHARACTERS = 100 * 2 ** 20;

/**
 * At least one segment. Times in all of them count from the beginning of the video.
 *
 * @throws CaptionsRefusedError for captions that would become more than 100 MiB
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-hlscaptionsegmentlengthcontrol
 */
export function segmentsOfCues(
  cues: readonly Cue[],
  { durationSeconds, startSeconds, minFinalSegmentSeconds = 0 }: SegmentOptions,
): CaptionsSegment[] {
  const durationMs = Math.max(1, Math.round(durationSeconds * 1000));
  const whole = Math.ceil(durationMs / SEGMENT_MS);
  const lastMs = durationMs - (whole - 1) * SEGMENT_MS;
  const count = whole > 1 && lastMs < 1000 * minFinalSegmentSeconds ? whole - 1 : whole;
  const texts: string[][] = Array.from({ length: count }, () => []);
  let characters = 0;
  for (const cue of [...cues].sort((a, b) => a.startMs - b.startMs)) {
    const text = renderCue(cue);
    if (cue.startMs >= whole * SEGMENT_MS) break;
    const first = Math.min(count - 1, Math.floor(cue.startMs / SEGMENT_MS));
    const last = Math.min(count, Math.ceil(cue.endMs / SEGMENT_MS));
    for (let index = first; index < last; index++) {
      characters += text.length;
      if (characters > MOST_CHARACTERS) {
        throw new CaptionsRefusedError(
          'captions: expected less than 100 MiB of segments; shorten the cues that last longer than they are read',
        );
      }
      texts[index]?.push(text);
    }
  }
  const header = `WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:${Math.round(startSeconds * TICKS_PER_SECOND)}\n`;
  return texts.map((own, index) => ({
    startMs: index * SEGMENT_MS,
    endMs: index === count - 1 ? durationMs : (index + 1) * SEGMENT_MS,
    text: [header, ...own].join('\n'),
  }));
}

/** The rendition's playlist. */
export function renderCaptionsPlaylist(
  segments: readonly CaptionsSegment[],
  { nameOf, version }: { readonly nameOf: (index: number) => string; readonly version: number },
): string {
  const seconds = segments.map(({ startMs, endMs }) => (endMs - startMs) / 1000);
  return `${[
    '#EXTM3U',
    `#EXT-X-VERSION:${version}`,
    `#EXT-X-TARGETDURATION:${Math.max(1, ...seconds.map((one) => Math.ceil(one)))}`,
    '#EXT-X-MEDIA-SEQUENCE:1',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    ...seconds.flatMap((one, index) => [`#EXTINF:${one.toFixed(6)},`, nameOf(index)]),
    '#EXT-X-ENDLIST',
  ].join('\n')}\n`;
}

/** An arrow in the text would be read as the times of another cue. */
function renderCue({ startMs, endMs, settings, text }: Cue): string {
  const times = `${timestamp(startMs)} --> ${timestamp(endMs)}`;
  return `${times}${settings && ` ${settings}`}\n${text.replaceAll('-->', '--&gt;')}\n`;
}

function timestamp(ms: number): string {
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ];
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(ms % 1000).padStart(3, '0')}`;
}
