/** Turns the command line and the environment variables into the options of `createJobInput`. */
import type { LanguageCode } from '@aws-sdk/client-mediaconvert';
import type { CreateJobOptions } from '../create-job-input.ts';
import { APPLE_H264_LADDER, type Rung } from '../ladder.ts';
import type { AudioTrack } from '../settings/audio-tracks.ts';
import type { CaptionTrack } from '../settings/options.ts';
import type { Spelling } from '../spelling.ts';

/** The command line cannot be understood; the message is one line for the user. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

export const OPTIONS = {
  'book-id': { type: 'string' },
  master: { type: 'string' },
  'title-version': { type: 'string' },
  'master-version': { type: 'string' },
  source: { type: 'string' },
  duration: { type: 'string' },
  'longest-master-seconds': { type: 'string' },
  silent: { type: 'boolean' },
  'frames-per-second': { type: 'string' },
  scan: { type: 'string' },
  color: { type: 'string' },
  hdr: { type: 'string' },
  ladder: { type: 'string' },
  'segment-seconds': { type: 'string' },
  packaging: { type: 'string' },
  audio: { type: 'string' },
  'audio-track': { type: 'string', multiple: true },
  surround: { type: 'string' },
  loudness: { type: 'string' },
  'i-frame-playlists': { type: 'boolean' },
  'program-date-time': { type: 'string' },
  'min-final-segment-seconds': { type: 'string' },
  captions: { type: 'string', multiple: true },
  'path-prefix': { type: 'string' },
  'outputs-bucket': { type: 'string' },
  'queue-arn': { type: 'string' },
  'role-arn': { type: 'string' },
  'job-template': { type: 'string' },
  priority: { type: 'string' },
  hop: { type: 'string' },
  acceleration: { type: 'string' },
  'client-request-token': { type: 'string' },
  metadata: { type: 'string', multiple: true },
  tag: { type: 'string', multiple: true },
  'key-url': { type: 'string' },
  'key-fd': { type: 'string' },
  keys: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export type OptionValues = {
  readonly [Name in keyof typeof OPTIONS]?:
    | ((typeof OPTIONS)[Name]['type'] extends 'boolean'
        ? boolean
        : (typeof OPTIONS)[Name] extends { multiple: true }
          ? string[]
          : string)
    | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ArgumentError naming the option */
export function readOptions(
  values: OptionValues,
  env: Environment,
  readDescriptor: (descriptor: number) => string,
): CreateJobOptions & { readonly keys: Spelling } {
  const [width, height] = match('source', required(values, 'source'), /^(\d+)x(\d+)$/, '1920x1080').map(
    Number,
  );
  return {
    keys: oneOf('keys', values.keys ?? 'pascal', ['pascal', 'rest', 'ruby']),
    bookId: required(values, 'book-id'),
    masterUri: masterUri(required(values, 'master'), env),
    outputsBucket: values['outputs-bucket'] ?? fromEnvironment('outputs-bucket', env, 'HLS_OUTPUTS_BUCKET'),
    queueArn: values['queue-arn'] ?? fromEnvironment('queue-arn', env, 'MEDIACONVERT_QUEUE_ARN'),
    roleArn: values['role-arn'] ?? fromEnvironment('role-arn', env, 'MEDIACONVERT_ROLE_ARN'),
    source: {
      width: width ?? 0,
      height: height ?? 0,
      hasAudio: values.silent !== true,
      ...given('durationSeconds', values.duration, (text) => decimal('duration', text, '634.5')),
      ...given('framesPerSecond', values['frames-per-second'], (text) =>
        decimal('frames-per-second', text, '29.97'),
      ),
      ...given('scan', values.scan, (text) => oneOf('scan', text, ['progressive', 'interlaced'])),
      ...given('color', values.color, (text) => oneOf('color', text, ['bt709', 'other'])),
    },
    ...given(
      'longestMasterSeconds',
      values['longest-master-seconds'] ?? (env.LONGEST_MASTER_SECONDS || undefined),
      (text) => wholeNumber('longest-master-seconds', text),
    ),
    ...given('pathPrefix', values['path-prefix'] ?? (env.HLS_PATH_PREFIX || undefined), (text) => text),
    ladder: values.ladder === undefined ? APPLE_H264_LADDER : readLadder(values.ladder),
    segmentSeconds: wholeNumber('segment-seconds', values['segment-seconds'] ?? '6'),
    iFramePlaylists: values['i-frame-playlists'] === true,
    captions: (values.captions ?? []).map(readCaptions),
    ...given('hdr', values.hdr, (text) => oneOf('hdr', text, ['sdr', 'keep'])),
    ...given('packaging', values.packaging, (text) => oneOf('packaging', text, ['hls-ts', 'cmaf'])),
    ...given('audio', values.audio, (text) => oneOf('audio', text, ['muxed', 'group'])),
    ...given('titleVersion', values['title-version'], (text) => wholeNumber('title-version', text)),
    ...given('audioTracks', values['audio-track'], (tracks) => tracks.map(readAudioTrack)),
    ...given('surround', values.surround, (text) => oneOf('surround', text, ['ac3'])),
    ...given('loudnessLufs', values.loudness, (text) => decimal('loudness', text, '-23')),
    ...given('programDateTime', values['program-date-time'], (text) => text),
    ...given('minFinalSegmentSeconds', values['min-final-segment-seconds'], (text) =>
      decimal('min-final-segment-seconds', text, '1.5'),
    ),
    ...given('acceleration', values.acceleration, (text) =>
      oneOf('acceleration', text, ['disabled', 'enabled', 'preferred']),
    ),
    ...given('masterVersion', values['master-version'], (text) => text),
    ...given('jobTemplateName', values['job-template'], (text) => text),
    ...given('clientRequestToken', values['client-request-token'], (text) => text),
    ...given('priority', values.priority, (text) => wholeNumber('priority', text)),
    ...given('hop', values.hop, readHop),
    ...given('userMetadata', values.metadata, (pairs) => readPairs('metadata', pairs)),
    ...given('tags', values.tag, (pairs) => readPairs('tag', pairs)),
    ...given('encryption', values['key-url'] ?? (env.CONTENT_KEY_URL || undefined), (keyUrl) => ({
      keyUrl,
      key: readKey(values['key-fd'], env, readDescriptor),
    })),
  };
}

/** `exactOptionalPropertyTypes`: an option that was not given must be absent, not undefined. */
function given<Name extends string, From, To>(
  name: Name,
  value: From | undefined,
  read: (value: From) => To,
) {
  return (value === undefined ? {} : { [name]: read(value) }) as { readonly [N in Name]?: To };
}

function required(values: OptionValues, name: 'book-id' | 'master' | 'source'): string {
  const value = values[name];
  if (value === undefined) throw new ArgumentError(`--${name} is required`);
  return value;
}

function fromEnvironment(option: string, env: Environment, variable: string): string {
  const value = env[variable];
  if (!value) throw new ArgumentError(`--${option} or ${variable} is required`);
  return value;
}

function masterUri(master: string, env: Environment): string {
  if (master.startsWith('s3://')) return master;
  return `s3://${fromEnvironment('master s3://…', env, 'MASTER_UPLOADS_BUCKET')}/${master}`;
}

/** Never an argument: every user of the machine sees those. */
function readKey(
  descriptor: string | undefined,
  env: Environment,
  readDescriptor: (descriptor: number) => string,
): Uint8Array {
  const text =
    descriptor === undefined
      ? fromEnvironment('key-fd', env, 'CONTENT_KEY')
      : readAll(wholeNumber('key-fd', descriptor), readDescriptor);
  // Nothing of it is repeated.
  if (!/^[0-9a-fA-F]{32}\r?\n?$/.test(text)) {
    const where = descriptor === undefined ? 'CONTENT_KEY' : '--key-fd';
    throw new ArgumentError(`${where}: expected 32 hexadecimal digits, got ${text.length} characters`);
  }
  return Uint8Array.from(Buffer.from(text.trim(), 'hex'));
}

function readAll(descriptor: number, readDescriptor: (descriptor: number) => string): string {
  try {
    return readDescriptor(descriptor);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ArgumentError(`--key-fd: descriptor ${descriptor} cannot be read (${code})`);
  }
}

function readLadder(text: string): Rung[] {
  return text.split(',').map((rung) => {
    const example = '720:3000000 or 720:3000000:96000';
    const [side, ceiling, sound] = match('ladder', rung, /^(\d+):(\d+)(?::(\d+))?$/, example);
    const pictures = { shortSidePixels: Number(side), maxBitrateBps: Number(ceiling) };
    return { ...pictures, ...given('audioBitrateBps', sound, Number) };
  });
}

function readCaptions(text: string): CaptionTrack {
  const example = 'ENG=English=s3://masters/uploads/42/en.srt or ENG=English=CC1';
  const [language = '', label = '', input = ''] = match('captions', text, /^([^=]+)=([^=]+)=(.+)$/, example);
  // MediaConvert itself checks whether it knows the language.
  const labels = { languageCode: language.toUpperCase() as LanguageCode, label };
  const channel = ([1, 2, 3, 4] as const).find((one) => input.toUpperCase() === `CC${one}`);
  return channel === undefined ? { ...labels, input } : { ...labels, channel };
}

function readAudioTrack(text: string): AudioTrack {
  const [language = '', label = '', track = ''] = match(
    'audio-track',
    text,
    /^([^=]+)=([^=]+)=(\d{1,6})$/,
    'DEU=Deutsch=2',
  );
  return { languageCode: language.toUpperCase() as LanguageCode, label, track: Number(track) };
}

function readHop(text: string) {
  const [queueArn = '', minutes = ''] = match('hop', text, /^(.+)=(\d+)$/, '<queue arn>=15');
  return { queueArn, afterMinutes: Number(minutes) };
}

function readPairs(option: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', value = ''] = match(option, pair, /^([^=]+)=(.*)$/s, 'key=value');
      return [key, value];
    }),
  );
}

function wholeNumber(option: string, text: string): number {
  return Number(match(option, text, /^(-?\d{1,6})$/, '6')[0]);
}

function decimal(option: string, text: string, example: string): number {
  return Number(match(option, text, /^(-?\d{1,9}(?:\.\d{1,9})?)$/, example)[0]);
}

function oneOf<const T extends string>(option: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found === undefined)
    throw new ArgumentError(`--${option}: expected ${values.join(' or ')}, got "${text}"`);
  return found;
}

function match(option: string, text: string, pattern: RegExp, example: string): string[] {
  const found = pattern.exec(text);
  if (!found) throw new ArgumentError(`--${option}: expected the form ${example}, got "${text}"`);
  return found.slice(1);
}
