/** One MediaConvert job from the master on S3 to the finished output on S3. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { probeVideo } from '../../ops/probe/probe.ts';
import type { Cue } from './captions/cue.ts';
import { fetchCaptions } from './captions/fetch-captions.ts';
import type { OutputGroupDetail, TranscodeJob, TranscodeOutcome, TranscodeProgress } from './contract.ts';
import { type PlannedGroup, planTranscode, soundsOf } from './ffmpeg-arguments.ts';
import { finishStream } from './finish-stream.ts';
import { describeFailure } from './job-error.ts';
import { download, type Upload, uploadStages } from './job-files.ts';
import { objectNames } from './local-names.ts';
import { measureLevels } from './measure-loudness.ts';
import { sourcePicture } from './picture-arguments.ts';
import { runFfmpeg } from './run-ffmpeg.ts';
import { longestInputSeconds, parseSettings } from './supported-settings.ts';

export interface RunJobOptions {
  readonly s3: S3Client;
  /** Buckets that are folders of this machine, by name. @default - every bucket is in S3 */
  readonly folders?: Readonly<Record<string, string>>;
  /** Existing, empty; the caller removes it. */
  readonly workDirectory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TranscodeProgress) => void;
}

/** Shares of the whole job at which a phase ends, in percent: encoding takes nearly all the time. */
const PROBED_PERCENT = 5;
const MEASURED_PERCENT = 15;
const TRANSCODED_PERCENT = 92;

/** Runs a job; what goes wrong is an outcome with MediaConvert's code. @throws the signal's reason when aborted */
export async function runJob(job: TranscodeJob, options: RunJobOptions): Promise<TranscodeOutcome> {
  try {
    return { status: 'COMPLETE', outputGroupDetails: await carryOut(job, options) };
  } catch (cause) {
    options.signal.throwIfAborted();
    return { status: 'ERROR', ...describeFailure(cause) };
  }
}

async function carryOut(job: TranscodeJob, options: RunJobOptions): Promise<OutputGroupDetail[]> {
  const { s3, signal } = options;
  const folders = options.folders ?? {};
  const settings = parseSettings(job.settings);
  const longestSeconds = longestInputSeconds(job.userMetadata);
  const report = progressReporter(options.onProgress);

  report('PROBING', 0);
  const input = join(options.workDirectory, 'master');
  await download(settings.input.fileInput, input, {
    s3,
    folders,
    signal,
    onProgress: (share) => report('PROBING', share * PROBED_PERCENT),
  });
  const cues = await fetchCaptions(settings, {
    directory: options.workDirectory,
    download: (address, path) =>
      download(address, path, { s3, folders, signal, onProgress: () => undefined }),
  });
  const video = await probeVideo(input, { longestSeconds, signal });
  signal.throwIfAborted();

  const groupDirectories = settings.outputGroups.map((_, index) =>
    join(options.workDirectory, `group-${index}`),
  );
  await Promise.all(groupDirectories.map((directory) => mkdir(directory)));
  report('TRANSCODING', PROBED_PERCENT);
  const reportBetween = (from: number, to: number) => (seconds: number) =>
    report('TRANSCODING', from + Math.min(1, seconds / video.durationSeconds) * (to - from));
  const sounds = soundsOf(settings, video);
  const measured = sounds.some(({ loudness }) => loudness) ? MEASURED_PERCENT : PROBED_PERCENT;
  const levels = await measureLevels(sounds, {
    ...{ input, stopSeconds: sourcePicture(settings, video).stopSeconds, signal },
    onSeconds: reportBetween(PROBED_PERCENT, measured),
  });
  const plan = planTranscode(settings, { video, files: { input, groupDirectories }, levels });
  await runFfmpeg(plan.args, { signal, onSeconds: reportBetween(measured, TRANSCODED_PERCENT) });
  const details: OutputGroupDetail[] = [];
  for (const group of plan.groups) details.push(await finishGroup(group, video.durationSeconds, cues));

  report('UPLOADING', TRANSCODED_PERCENT);
  await uploadStages(await listUploads(plan.groups), {
    s3,
    folders,
    signal,
    onProgress: (share) => report('UPLOADING', TRANSCODED_PERCENT + share * (100 - TRANSCODED_PERCENT)),
  });
  return details;
}

/** Whole percents, each phase and number once, never backwards. */
function progressReporter(onProgress: RunJobOptions['onProgress']) {
  let last: TranscodeProgress = { phase: 'PROBING', percent: -1 };
  return (phase: TranscodeProgress['phase'], percent: number) => {
    const next = { phase, percent: Math.max(last.percent, Math.floor(percent)) };
    if (next.phase === last.phase && next.percent === last.percent) return;
    last = next;
    onProgress(next);
  };
}

/** Finishes what needs the whole group, and says what it holds. */
async function finishGroup(
  group: PlannedGroup,
  sourceSeconds: number,
  cues: ReadonlyMap<string, readonly Cue[]>,
): Promise<OutputGroupDetail> {
  if (group.kind === 'FRAME_CAPTURE') {
    return { outputDetails: group.captures.map((picture) => detail(picture, sourceSeconds)) };
  }
  const variants = await finishStream(group, cues);
  return { outputDetails: variants.map((variant) => detail(variant, variant.bitrate.durationSeconds)) };
}

function detail(picture: { width: number; height: number }, durationSeconds: number) {
  return {
    durationInMs: Math.round(durationSeconds * 1000),
    videoDetails: { widthInPx: picture.width, heightInPx: picture.height },
  };
}

/** Everything the groups wrote, in three stages, so that no playlist is seen before what it lists. */
async function listUploads(groups: readonly PlannedGroup[]): Promise<Upload[][]> {
  const media: Upload[] = [];
  const playlists: Upload[] = [];
  const masters: Upload[] = [];
  for (const { destination } of groups) {
    for (const name of await readdir(destination.directory)) {
      const stage =
        name === `${destination.baseName}.m3u8` ? masters : name.endsWith('.m3u8') ? playlists : media;
      stage.push({
        path: join(destination.directory, name),
        address: `${destination.folder}${objectNames(name, destination.stems)}`,
      });
    }
  }
  return [media, playlists, masters];
}
