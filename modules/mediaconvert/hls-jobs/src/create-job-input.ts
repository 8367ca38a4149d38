/** The whole input of CreateJob for one book. */
import { createHash } from 'node:crypto';
import type { CreateJobCommandInput } from '@aws-sdk/client-mediaconvert';
import { requireBookId } from './book-id.ts';
import type { SourceShape } from './ladder.ts';
import { ownData } from './own-data.ts';
import { DEFAULT_PATH_PREFIX, requirePathPrefix } from './path-prefix.ts';
import { type OptionPath, refuse } from './refuse.ts';
import type { AudioTrackOptions } from './settings/audio-tracks.ts';
import type { HlsEncryption } from './settings/encryption.ts';
import { hlsJobSettings } from './settings/job-settings.ts';
import type { CaptionTrack, HlsOutputOptions } from './settings/options.ts';
import type { PlaylistOptions } from './settings/playlists.ts';

/** The queue that a job moves to when it has waited too long. */
export interface JobHop {
  /** ARN of the other queue, in the same account and region. */
  readonly queueArn: string;
  /** Minutes that the job waits before it may hop, 1 to 4320. */
  readonly afterMinutes: number;
  /**
   * Rank in the other queue, -50 to 50.
   * @default - as in the first
   */
  readonly priority?: number;
}

/** A master as MediaConvert's Probe, ffprobe or a browser has measured it. */
export interface MeasuredSource extends SourceShape {
  /**
   * Seconds from its first picture or sound to its last (`Container.Duration` of MediaConvert's Probe).
   * @default - unknown, which `longestMasterSeconds` refuses
   */
  readonly durationSeconds?: number;
}

export interface CreateJobOptions extends HlsOutputOptions, AudioTrackOptions, PlaylistOptions {
  /** Names the title: its files are written below `<pathPrefix>/<bookId>/`, the folder that viewers' signatures open. */
  readonly bookId: string;
  /**
   * Folder of titles, the one that the distribution serves: 1 to 64 letters, digits, `_` and `-`, slashes only inside.
   * @default 'books'
   */
  readonly pathPrefix?: string;
  /**
   * Which encode of the title this is, 1 to 9,999. The first is written into the title's folder, each later one into
   * `v<n>/` below it, so that nothing is mixed under a viewer who plays an earlier one. From 2 on it is in the job's metadata.
   * @default 1
   */
  readonly titleVersion?: number;
  /** The master: `s3://<bucket>/<key>`. */
  readonly masterUri: string;
  /** Name of the bucket that playlists and segments go to. */
  readonly outputsBucket: string;
  /** ARN of the queue: a job does not inherit its template's, and would go to `Default`. */
  readonly queueArn: string;
  /** ARN of the role that MediaConvert reads and writes the buckets with. */
  readonly roleArn: string;
  /** The picture as displayed, how it is stored, whether there is sound, and how long it is: no rung is above it. */
  readonly source: MeasuredSource;
  /**
   * Longest master that gets a job, in whole seconds, 1 to 86,400. It is written into the job's metadata, so that
   * every event of the job names the bound that applied.
   *
   * It is checked here, before there is a job, because MediaConvert has no setting for it: an input clip would cut a long
   * master instead of refusing it, and MediaConvert ends a job whose clip it does not find in its input with error 1060.
   * @default - no bound: a file of a few kilobytes can claim a month, and a month is then transcoded and billed
   * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html
   */
  readonly longestMasterSeconds?: number;
  /** @default - no captions */
  readonly captions?: readonly CaptionTrack[];
  /**
   * Encrypts segments of picture and sound with AES-128; `hls-ts` only. Captions and thumbnails stay clear. The result then
   * holds the key: see `HlsEncryption`.
   * @default - nothing is encrypted
   */
  readonly encryption?: HlsEncryption;
  /**
   * Distinguishes uploads of the same master: an S3 version id, or a time. It is written into the job's metadata.
   * @default - uploads are not distinguished
   */
  readonly masterVersion?: string;
  /**
   * Token that makes CreateJob repeatable, up to 64 ASCII characters. MediaConvert remembers it for a minute.
   * @default - derived from everything else here, so that the same call is the same job and any other is another
   * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/idempotency.html
   */
  readonly clientRequestToken?: string;
  /**
   * Pairs in addition to `book_id`, `title_version`, `master_version` and `longest_master_seconds`: 10 at most, those
   * included. Every event of the job contains them all.
   * @default - only those
   */
  readonly userMetadata?: Readonly<Record<string, string>>;
  /**
   * AWS tags of the job, for cost reports. With tags, CreateJob also needs the right `mediaconvert:TagResource`.
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Rank within the queue, -50 to 50; the highest goes first.
   * @default - the template's if one is named, else 0
   */
  readonly priority?: number;
  /** @default - the template's if one is named, else the job stays where it was put */
  readonly hop?: JobHop;
  /**
   * Whether MediaConvert splits the job and encodes its parts at once: `enabled` ends with an error where it cannot,
   * `preferred` then encodes as usual. For masters that take ten minutes and more; the same files come of it, at the
   * price of the professional tier.
   * @default - the template's if one is named, else none
   * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/accelerated-transcoding.html
   */
  readonly acceleration?: 'disabled' | 'enabled' | 'preferred';
  /**
   * Seconds between STATUS_UPDATE events: one of 10, 12, 15, 20, 30, or a whole minute up to 10.
   * @default 60
   */
  readonly statusUpdateSeconds?: number;
  /**
   * Template that the job inherits priority, hop and acceleration from. Its settings are all given here.
   *
   * AWS does not document which of a template's outputs remain if a job gives its own: omit the template for
   * sources that may be lower than its highest rung.
   * @default - no template
   */
  readonly jobTemplateName?: string;
}

const STATUS_UPDATE_SECONDS = [10, 12, 15, 20, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600] as const;
const ACCELERATION_MODES = { disabled: 'DISABLED', enabled: 'ENABLED', preferred: 'PREFERRED' } as const;
const MAX_TITLE_VERSION = 9_999;
const MAX_METADATA = 10;
/** What the builder writes itself; each is an option of its own. */
const OWN_METADATA = ['book_id', 'title_version', 'master_version', 'longest_master_seconds'];

/**
 * No bound on a master's length is higher: MediaConvert's timecodes end at 24 hours, so they cannot address a
 * longer input.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-inputclipping
 */
export const MAX_MASTER_SECONDS = 86_400;

/**
 * Everything that CreateJob needs, in the PascalCase of the AWS SDK for JavaScript and the AWS CLI.
 *
 * The master playlist is `s3://<outputsBucket>/<pathPrefix>/<bookId>/index.m3u8`, that of a later version
 * `…/<bookId>/v<n>/index.m3u8`.
 *
 * @throws TypeError that names the option that is not possible, what was expected and what was given
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html
 */
export function createJobInput(given: CreateJobOptions): CreateJobCommandInput {
  if (typeof given !== 'object' || given === null) refuse('options', 'an object', given);
  const options = ownData(given);
  requireOptions(options);
  const { bookId, masterUri, outputsBucket, jobTemplateName, priority, hop, tags } = options;
  const { pathPrefix = DEFAULT_PATH_PREFIX, titleVersion = 1 } = options;
  const folder = titleVersion === 1 ? bookId : `${bookId}/v${titleVersion}`;
  const input: CreateJobCommandInput = {
    Role: options.roleArn,
    Queue: options.queueArn,
    ...(jobTemplateName !== undefined && { JobTemplate: jobTemplateName }),
    ...(priority !== undefined && { Priority: priority }),
    ...(hop && { HopDestinations: [hopDestination(hop)] }),
    ...accelerationSettings(options.acceleration),
    StatusUpdateInterval: statusUpdateInterval(options.statusUpdateSeconds ?? 60),
    UserMetadata: userMetadata(options),
    ...(tags && { Tags: { ...tags } }),
    Settings: hlsJobSettings({
      ...options,
      input: masterUri,
      destination: `s3://${outputsBucket}/${pathPrefix}/${folder}/index`,
    }),
  };
  return { ClientRequestToken: options.clientRequestToken ?? digest(input), ...input };
}

/**
 * 64 characters, the most that a token may have. A content key is digested with the rest, so that another key is another job;
 * it has 128 random bits, too many to try them all against the token, which CloudTrail shows.
 */
function digest(input: CreateJobCommandInput): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('hex');
}

function hopDestination({ queueArn, afterMinutes, priority }: JobHop) {
  return {
    Queue: queueArn,
    WaitMinutes: afterMinutes,
    ...(priority !== undefined && { Priority: priority }),
  };
}

function accelerationSettings(acceleration: CreateJobOptions['acceleration']) {
  if (acceleration === undefined) return {};
  const Mode = Object.hasOwn(ACCELERATION_MODES, acceleration) ? ACCELERATION_MODES[acceleration] : undefined;
  if (Mode === undefined) refuse('acceleration', '"disabled", "enabled" or "preferred"', acceleration);
  return { AccelerationSettings: { Mode } };
}

function statusUpdateInterval(seconds: number) {
  const known = STATUS_UPDATE_SECONDS.find((one) => one === seconds);
  if (known === undefined)
    refuse('statusUpdateSeconds', `one of ${STATUS_UPDATE_SECONDS.join(', ')}`, seconds);
  return `SECONDS_${known}` as const;
}

/** @see https://docs.aws.amazon.com/mediaconvert/latest/ug/user-metadata-tags.html */
function userMetadata({
  bookId,
  titleVersion = 1,
  masterVersion,
  longestMasterSeconds,
  userMetadata = {},
}: CreateJobOptions): Record<string, string> {
  const own = {
    book_id: bookId,
    ...(titleVersion > 1 && { title_version: String(titleVersion) }),
    ...(masterVersion !== undefined && { master_version: masterVersion }),
    ...(longestMasterSeconds !== undefined && { longest_master_seconds: String(longestMasterSeconds) }),
  };
  for (const [key, value] of Object.entries(userMetadata)) {
    if (OWN_METADATA.includes(key)) {
      refuse('userMetadata', `other keys than ${OWN_METADATA.join(', ')}, which are options`, key);
    }
    requireMetadata(['userMetadata', key], key, 128);
    requireMetadata(['userMetadata', key], value, 256);
  }
  const all = { ...own, ...userMetadata };
  const count = Object.keys(all).length;
  if (count > MAX_METADATA) refuse('userMetadata', `at most ${MAX_METADATA} pairs, own ones included`, count);
  return all;
}

function requireOptions(options: CreateJobOptions): void {
  const { source, priority, hop, clientRequestToken } = options;
  requireBookId(options.bookId);
  if (options.pathPrefix !== undefined) requirePathPrefix(options.pathPrefix);
  const { titleVersion = 1 } = options;
  requireWhole('titleVersion', titleVersion, { least: 1, most: MAX_TITLE_VERSION });
  requireMatch('masterUri', options.masterUri, /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.*[^/]$/s, {
    wanted: 's3://<bucket>/<key>',
  });
  requireMatch('outputsBucket', options.outputsBucket, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
    wanted: 'the name of a bucket',
  });
  requireQueueArn('queueArn', options.queueArn);
  requireMatch('roleArn', options.roleArn, /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, {
    wanted: 'the ARN of an IAM role',
  });
  if (!source) refuse('source', '{ width, height, hasAudio } of the master', source);
  for (const side of ['width', 'height'] as const) {
    requireWhole(['source', side], source[side], { least: 1, most: 16_384 });
  }
  requireLength(source.durationSeconds, options.longestMasterSeconds);
  if (options.masterVersion !== undefined) requireMetadata('masterVersion', options.masterVersion, 256);
  if (clientRequestToken !== undefined) {
    requireMatch('clientRequestToken', clientRequestToken, /^[!-~]{1,64}$/, {
      wanted: '1 to 64 printable ASCII characters',
    });
  }
  if (priority !== undefined) requireWhole('priority', priority, { least: -50, most: 50 });
  if (!hop) return;
  requireQueueArn(['hop', 'queueArn'], hop.queueArn);
  if (hop.queueArn === options.queueArn)
    refuse(['hop', 'queueArn'], ['another queue than ', { option: 'queueArn' }], hop.queueArn);
  requireWhole(['hop', 'afterMinutes'], hop.afterMinutes, { least: 1, most: 4320 });
  if (hop.priority !== undefined) requireWhole(['hop', 'priority'], hop.priority, { least: -50, most: 50 });
}

const DURATION = ['source', 'durationSeconds'] as const;

/** With a bound, an unknown length is refused: a recorder may omit the length, and an attacker may too. */
function requireLength(durationSeconds: number | undefined, longestMasterSeconds: number | undefined): void {
  if (durationSeconds !== undefined && !(Number.isFinite(durationSeconds) && durationSeconds > 0)) {
    refuse(DURATION, 'a number of seconds above 0', durationSeconds);
  }
  if (longestMasterSeconds === undefined) return;
  requireWhole('longestMasterSeconds', longestMasterSeconds, { least: 1, most: MAX_MASTER_SECONDS });
  if (durationSeconds === undefined || durationSeconds > longestMasterSeconds) {
    const wanted = [`at most ${longestMasterSeconds} seconds, which is `, { option: 'longestMasterSeconds' }];
    refuse(DURATION, wanted, durationSeconds);
  }
}

function requireQueueArn(option: OptionPath, arn: string): void {
  requireMatch(option, arn, /^arn:aws[a-z-]*:mediaconvert:[a-z0-9-]+:\d{12}:queues\/[\w. -]+$/, {
    wanted: 'the ARN of a MediaConvert queue',
  });
}

function requireMetadata(option: OptionPath, text: string, most: number): void {
  requireMatch(option, text, /^[\p{L}\p{N} _.:/=+\-@]*$/u, {
    wanted: 'letters, digits, spaces or any of _ . : / = + - @',
  });
  if ([...text].length > most) refuse(option, `at most ${most} characters`, `${[...text].length} characters`);
}

function requireMatch(
  option: OptionPath,
  value: unknown,
  pattern: RegExp,
  { wanted }: { wanted: string },
): void {
  if (typeof value !== 'string' || !pattern.test(value)) refuse(option, wanted, value);
}

function requireWhole(
  option: OptionPath,
  value: number,
  { least, most }: { least: number; most: number },
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  refuse(option, `a whole number from ${least} to ${most}`, value);
}
