/** What can be written only when the segments are there: I-frame playlists, and the master playlist over all. */
import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cue } from './captions/cue.ts';
import { writeCaptions } from './captions/write-captions.ts';
import { encryptStream } from './encrypt-stream.ts';
import type { PlannedStream } from './ffmpeg-arguments.ts';
import {
  type FinishedSegment,
  iFramesOfFragments,
  iFramesOfTs,
  peakOfIFrames,
  renderIFramePlaylist,
  type Seam,
} from './i-frames.ts';
import { joinFinalSegments } from './join-segments.ts';
import { localStem, objectNames } from './local-names.ts';
import {
  codecNames,
  type IFrameVariant,
  type MeasuredBitrate,
  measureBitrate,
  pictureStart,
  renderMasterPlaylist,
  type SegmentStream,
  segmentsOf,
  type Variant,
} from './master-playlist.ts';
import { type ProgramDates, withProgramDates } from './program-dates.ts';

interface FinishedPlaylist {
  readonly text: string;
  readonly segments: readonly { readonly name: string; readonly seconds: number }[];
  readonly bitrate: MeasuredBitrate;
  readonly codecs: readonly string[];
  /** Timestamp of the first picture; 0 without one. */
  readonly startSeconds: number;
  /** The file that fragmented MP4 begins with. */
  readonly initName: string | undefined;
}

/**
 * Writes what is missing and says what the variants turned out to be.
 *
 * @param cues - of the input's captions, by the name of their selector
 */
export async function finishStream(
  stream: PlannedStream,
  cues: ReadonlyMap<string, readonly Cue[]> = new Map(),
): Promise<readonly Variant[]> {
  const { directory, baseName } = stream.destination;
  const { packaging, minFinalSegmentSeconds, programDates } = stream;
  const played = [...stream.variants, ...stream.sounds].map(({ fileName }) => fileName);
  const seams = await joinFinalSegments(directory, played, minFinalSegmentSeconds);
  const sounds = new Map<string, FinishedPlaylist[]>();
  for (const { group, fileName } of stream.sounds) {
    sounds.set(group, [...(sounds.get(group) ?? []), await readPlaylist(directory, fileName)]);
  }
  const variants: Variant[] = [];
  let startSeconds = 0;
  /** The same pictures with another audio group. */
  const others: Variant[] = [];
  for (const { fileName, width, height, framesPerSecond, audioGroups, iFramesFileName } of stream.variants) {
    const picture = await readPlaylist(directory, fileName);
    if (variants.length === 0) startSeconds = picture.startSeconds;
    const shape = { uri: fileName, width, height, framesPerSecond };
    const [first, ...more] = audioGroups.map(
      (audioGroup): Variant => ({
        ...shape,
        ...playedWith(picture, sounds.get(audioGroup) ?? []),
        audioGroup,
      }),
    );
    variants.push({
      ...(first ?? { ...shape, ...playedWith(picture, []) }),
      ...(iFramesFileName !== null && {
        iFrames: await writeIFrames(directory, iFramesFileName, { picture, packaging, seams }),
      }),
    });
    others.push(...more);
  }
  const durationSeconds = variants[0]?.bitrate.durationSeconds ?? 0;
  for (const { stem, selector } of stream.captions) {
    const options = { directory, stem, packaging, durationSeconds, startSeconds, minFinalSegmentSeconds };
    await writeCaptions(cues.get(selector) ?? [], options);
  }
  const captions = stream.captions.map(({ stem, ...rendition }) => ({ ...rendition, uri: `${stem}.m3u8` }));
  const renditions = stream.sounds.map(({ fileName, ...sound }) => ({ ...sound, uri: fileName }));
  const master = renderMasterPlaylist([...variants, ...others], {
    packaging,
    sounds: renditions,
    captions,
  });
  if (programDates !== null) {
    const iFrames = stream.variants.flatMap(({ iFramesFileName }) => iFramesFileName ?? []);
    await dateSegments(directory, [...played, ...iFrames, ...captions.map(({ uri }) => uri)], programDates);
  }
  await writeFile(join(directory, `${baseName}.m3u8`), master);
  if (stream.encryption !== null) {
    const iFramePlaylists = stream.variants.flatMap(({ iFramesFileName }) => iFramesFileName ?? []);
    await encryptStream({ directory, playlists: played, iFramePlaylists }, stream.encryption);
  }
  await nameAsObjects(stream.destination);
  return variants;
}

async function dateSegments(
  directory: string,
  fileNames: readonly string[],
  dates: ProgramDates,
): Promise<void> {
  for (const path of fileNames.map((name) => join(directory, name)))
    await writeFile(path, withProgramDates(await readFile(path, 'utf8'), dates));
}

/** Playlists name files until all of them are written; viewers ask for objects. */
async function nameAsObjects({ directory, stems }: PlannedStream['destination']): Promise<void> {
  if (stems.every((stem) => localStem(stem) === stem)) return;
  for (const name of await readdir(directory)) {
    if (!name.endsWith('.m3u8')) continue;
    const path = join(directory, name);
    await writeFile(path, objectNames(await readFile(path, 'utf8'), stems));
  }
}

async function readPlaylist(directory: string, fileName: string): Promise<FinishedPlaylist> {
  const text = await readWithTarget(join(directory, fileName));
  const segments = segmentsOf(text);
  const sizes = await Promise.all(
    segments.map(async ({ name }) => [name, (await stat(join(directory, name))).size] as const),
  );
  const initName = /^#EXT-X-MAP:URI="(.*)"$/m.exec(text)?.[1];
  const first = join(directory, segments[0]?.name ?? '');
  // A fragment of MP4 is nothing without the file that says what is in it.
  const whole = initName === undefined ? first : `concat:${join(directory, initName)}|${first}`;
  const streams = await readSegmentStreams(whole);
  return {
    text,
    segments,
    bitrate: measureBitrate(text, new Map(sizes)),
    codecs: codecNames(streams),
    startSeconds: pictureStart(streams),
    initName,
  };
}

/**
 * ffmpeg rounds the length of its longest segment, and half a second is 0 then: players divide by the target, or ask again
 * after it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-4.3.3.1
 */
async function readWithTarget(path: string): Promise<string> {
  const written = await readFile(path, 'utf8');
  const text = written.replace(/^#EXT-X-TARGETDURATION:0$/m, '#EXT-X-TARGETDURATION:1');
  if (text !== written) await writeFile(path, text);
  return text;
}

/** With the largest of the sounds: a player plays one of them. Peaks may fall together, so they add up. */
function playedWith(
  picture: FinishedPlaylist,
  sounds: readonly FinishedPlaylist[],
): Pick<Variant, 'codecs' | 'bitrate'> {
  const most = (name: 'peakBps' | 'averageBps') => Math.max(0, ...sounds.map(({ bitrate }) => bitrate[name]));
  const { peakBps, averageBps } = picture.bitrate;
  return {
    codecs: [...new Set([...picture.codecs, ...sounds.flatMap(({ codecs }) => codecs)])],
    bitrate: {
      ...picture.bitrate,
      peakBps: peakBps + most('peakBps'),
      averageBps: averageBps + most('averageBps'),
    },
  };
}

async function writeIFrames(
  directory: string,
  fileName: string,
  {
    picture,
    packaging,
    seams,
  }: {
    readonly picture: FinishedPlaylist;
    readonly packaging: PlannedStream['packaging'];
    readonly seams: ReadonlyMap<string, Seam>;
  },
): Promise<IFrameVariant> {
  const iFramesOf = packaging === 'TS' ? iFramesOfTs : iFramesOfFragments;
  const iFrames = [];
  for (const { name, seconds } of picture.segments) {
    const seam = seams.get(name);
    const content = await readFile(join(directory, name));
    const segment: FinishedSegment = { name, seconds, content, ...(seam && { seam }) };
    iFrames.push(...iFramesOf(segment));
  }
  await writeFile(join(directory, fileName), renderIFramePlaylist(iFrames, picture.initName));
  return {
    uri: fileName,
    codecs: picture.codecs.filter((name) => name.startsWith('avc1.')),
    peakBps: peakOfIFrames(iFrames),
  };
}

/** Names and levels of the streams in a segment that this job has just written. */
async function readSegmentStreams(path: string): Promise<SegmentStream[]> {
  const args = [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_name,profile,level,start_time',
    '-of',
    'json',
    path,
  ];
  const { stdout } = await promisify(execFile)('ffprobe', args);
  return (JSON.parse(stdout) as { streams: SegmentStream[] }).streams;
}
