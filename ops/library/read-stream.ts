/** What a title's playlists say of it: its renditions, its captions, and how long it is. */
import { posix } from 'node:path';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import HLS from 'hls-parser';
import { textOf } from './bounded-text.ts';
import type { Title } from './title.ts';

/** The part of a title's record that is read from the outputs bucket. */
export type Stream = Pick<Title, 'renditions' | 'captions'> & {
  /** Of the first rendition's segments; null where its playlist is missing or has none. */
  readonly durationSeconds: number | null;
};

export interface StreamPlace {
  readonly bucket: string;
  readonly playlistPath: string;
}

type Parsed = ReturnType<typeof HLS.parse>;
type MasterPlaylist = Extract<Parsed, { isMasterPlaylist: true }>;

// A playlist that is not quite in order is read as far as it goes; the parser would write to the terminal.
HLS.setOptions({ silent: true });

/** Null where the master playlist is missing, or is none with at least one rendition. */
export async function readStream(
  s3: S3Client,
  { bucket, playlistPath }: StreamPlace,
  signal: AbortSignal,
): Promise<Stream | null> {
  const text = await readText(s3, { bucket, key: playlistPath }, signal);
  const master = text === null ? null : masterOf(text);
  if (master === null) return null;
  const renditions = renditionsOf(master);
  if (renditions.length === 0) return null;
  return {
    renditions,
    captions: captionsOf(master),
    durationSeconds: await durationOf(s3, { bucket, playlistPath }, master, signal),
  };
}

function masterOf(text: string): MasterPlaylist | null {
  const parsed = parse(text);
  return parsed?.isMasterPlaylist ? parsed : null;
}

/** Null for what is no playlist at all: the parser fails on some of it with an error of its own. */
function parse(text: string): Parsed | null {
  if (!text.startsWith('#EXTM3U')) return null;
  try {
    return HLS.parse(text);
  } catch {
    return null;
  }
}

/** Largest first. */
function renditionsOf({ variants }: MasterPlaylist): Title['renditions'] {
  return variants
    .flatMap(({ isIFrameOnly, resolution, bandwidth }) => {
      const { width = 0, height = 0 } = resolution ?? {};
      const isWhole = [width, height, bandwidth].every((one) => Number.isInteger(one) && one > 0);
      return isIFrameOnly || !isWhole ? [] : [{ width, height, bandwidthBps: bandwidth }];
    })
    .sort((a, b) => b.width * b.height - a.width * a.height || b.bandwidthBps - a.bandwidthBps);
}

/** Each once: every rendition names the same group. */
function captionsOf({ variants }: MasterPlaylist): Title['captions'] {
  const tracks = variants.flatMap(({ subtitles }) =>
    // RFC 5646: "und" is a language that nobody has determined.
    subtitles.map(({ language, name }) => ({ language: language || 'und', label: name })),
  );
  return [...new Map(tracks.map((track) => [`${track.language} ${track.label}`, track])).values()];
}

async function durationOf(
  s3: S3Client,
  { bucket, playlistPath }: StreamPlace,
  { variants }: MasterPlaylist,
  signal: AbortSignal,
): Promise<number | null> {
  const first = variants.find(({ isIFrameOnly }) => !isIFrameOnly)?.uri.replace(/[?#].*$/s, '');
  // Another host's, or outside of the title's folder: none that this project writes.
  if (first === undefined || /^[a-z][a-z\d+.-]*:|^\/|(?:^|\/)\.\.(?:\/|$)/i.test(first)) return null;
  const key = posix.join(posix.dirname(playlistPath), first);
  const text = await readText(s3, { bucket, key }, signal);
  const media = text === null ? null : parse(text);
  if (media === null || media.isMasterPlaylist) return null;
  const seconds = media.segments.reduce((sum, { duration }) => sum + (duration > 0 ? duration : 0), 0);
  return seconds > 0 ? Math.round(seconds * 1000) / 1000 : null;
}

/** A day of segments of one second takes 5 MB. */
const MOST_BYTES = 16 * 2 ** 20;

/** Null for what is missing, and for what is too large for a playlist. */
async function readText(
  s3: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: signal,
    });
    return await textOf(found, { mostBytes: MOST_BYTES });
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return null;
    throw error;
  }
}
