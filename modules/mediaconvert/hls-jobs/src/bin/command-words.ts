/** What `createJobInput` refuses, with the names of the command line's own options. */
import { type OptionPath, refusalOf, type Speller, spellPath, spellRefusal } from '../refuse.ts';
import type { OPTIONS } from './read-options.ts';

/** The command's option, and the variable that is read where it is not given. */
interface Name {
  readonly option: keyof typeof OPTIONS;
  readonly variable?: string;
}

const NAMES: Readonly<Record<string, Name>> = {
  bookId: { option: 'book-id' },
  masterUri: { option: 'master' },
  titleVersion: { option: 'title-version' },
  masterVersion: { option: 'master-version' },
  source: { option: 'source' },
  'source.durationSeconds': { option: 'duration' },
  'source.framesPerSecond': { option: 'frames-per-second' },
  'source.scan': { option: 'scan' },
  'source.color': { option: 'color' },
  hdr: { option: 'hdr' },
  longestMasterSeconds: { option: 'longest-master-seconds', variable: 'LONGEST_MASTER_SECONDS' },
  segmentSeconds: { option: 'segment-seconds' },
  packaging: { option: 'packaging' },
  audio: { option: 'audio' },
  audioTracks: { option: 'audio-track' },
  surround: { option: 'surround' },
  loudnessLufs: { option: 'loudness' },
  ladder: { option: 'ladder' },
  programDateTime: { option: 'program-date-time' },
  minFinalSegmentSeconds: { option: 'min-final-segment-seconds' },
  acceleration: { option: 'acceleration' },
  captions: { option: 'captions' },
  pathPrefix: { option: 'path-prefix', variable: 'HLS_PATH_PREFIX' },
  outputsBucket: { option: 'outputs-bucket', variable: 'HLS_OUTPUTS_BUCKET' },
  queueArn: { option: 'queue-arn', variable: 'MEDIACONVERT_QUEUE_ARN' },
  roleArn: { option: 'role-arn', variable: 'MEDIACONVERT_ROLE_ARN' },
  priority: { option: 'priority' },
  hop: { option: 'hop' },
  clientRequestToken: { option: 'client-request-token' },
  userMetadata: { option: 'metadata' },
  'encryption.keyUrl': { option: 'key-url', variable: 'CONTENT_KEY_URL' },
  encryption: { option: 'key-url', variable: 'CONTENT_KEY_URL' },
};

const ON_COMMAND_LINE: Speller = {
  path(path) {
    const name = nameOf(path);
    if (name === undefined) return `"${spellPath(path)}"`;
    return `--${name.option}${name.variable === undefined ? '' : ` or ${name.variable}`}`;
  },
  other(part) {
    const name = nameOf(part.option);
    if (name === undefined) return `"${part.option}"`;
    return `--${name.option}${part.value === undefined ? '' : ` ${part.value}`}`;
  },
};

/** @returns the error's message where it refuses no option */
export function inCommandLineWords(error: TypeError): string {
  const refusal = refusalOf(error);
  return refusal === undefined ? error.message : spellRefusal(refusal, ON_COMMAND_LINE);
}

/** One that holds several options of the command is looked up by what it holds, every other by its own name. */
function nameOf(path: OptionPath): Name | undefined {
  const [option] = typeof path === 'string' ? [path] : path;
  return [spellPath(path), option].flatMap((name) => (Object.hasOwn(NAMES, name) ? [NAMES[name]] : []))[0];
}
