/** The `.env` of the folder in which `npm run upload` is called: names of the customer's script. */
import { readFile, stat } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { callersFile } from '../../terraform/callers-file.ts';
import { UploadRefused } from '../refused.ts';
import { parseSeconds } from './seconds.ts';

/** Null where the file says nothing, or is not there. */
export interface DotenvSettings {
  /** `LOCAL_VIDEO_DIR`: what to upload where the command line names nothing. */
  readonly folder: string | null;
  /** `VIDEO_SUFFIX`: which files of it. */
  readonly suffix: string | null;
  /** `THUMBNAIL_TIME`. */
  readonly posterSeconds: number | null;
  /** `BUCKET_NAME`. */
  readonly bucket: string | null;
  /** `AWS_REGION`. */
  readonly region: string | null;
}

/** @throws UploadRefused DOTENV_UNUSABLE for a value that cannot be followed */
export async function readCallersDotenv(env: NodeJS.ProcessEnv): Promise<DotenvSettings> {
  const path = callersFile('.env', env);
  const text = await readSettings(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof UploadRefused) throw cause;
    if (cause.code === 'ENOENT') return '';
    throw unusable(`.env cannot be read (${cause.code}): check its permissions`, cause);
  });
  return settingsOf(parseEnv(text));
}

/** Settings of a whole company take less. */
const MOST_BYTES = 2 ** 20;

/** A folder of virtual environments has the name too. What is no file would be waited for, or read for ever. */
async function readSettings(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile()) return '';
  if (found.size > MOST_BYTES) throw unusable(`.env is too large: expected at most ${MOST_BYTES} bytes`);
  return readFile(path, 'utf8');
}

function settingsOf(values: Readonly<Record<string, string | undefined>>): DotenvSettings {
  const value = (name: string) => values[name]?.trim() || null;
  const thumbnail = value('THUMB_SUFFIX');
  if (thumbnail !== null && !/^\.?jpe?g$/i.test(thumbnail)) {
    throw unusable('THUMB_SUFFIX: expected .jpg, since posters are JPEG; remove the line');
  }
  const time = value('THUMBNAIL_TIME');
  const posterSeconds = time === null ? null : parseSeconds(time);
  if (time !== null && posterSeconds === null) {
    throw unusable('THUMBNAIL_TIME: expected hh:mm:ss, such as 00:00:01');
  }
  const suffix = value('VIDEO_SUFFIX');
  return {
    folder: value('LOCAL_VIDEO_DIR'),
    suffix: suffix === null || suffix.startsWith('.') ? suffix : `.${suffix}`,
    posterSeconds,
    bucket: value('BUCKET_NAME'),
    region: value('AWS_REGION'),
  };
}

/**
 * A `.env` of another environment is a mistake that must not send anything.
 *
 * @throws UploadRefused DOTENV_UNUSABLE
 */
export function requireSameEnvironment(
  { bucket, region }: Pick<DotenvSettings, 'bucket' | 'region'>,
  environment: { readonly name: string; readonly mastersBucket: string; readonly awsRegion: string },
): void {
  const { name, mastersBucket, awsRegion } = environment;
  if (bucket !== null && bucket !== mastersBucket) throw differs('BUCKET_NAME', name, mastersBucket);
  if (region !== null && region !== awsRegion) throw differs('AWS_REGION', name, awsRegion);
}

function differs(variable: string, environment: string, expected: string): UploadRefused {
  return unusable(
    `${variable}: expected ${JSON.stringify(expected)}, which "${environment}" has, got another; correct or remove the line, or name another environment`,
  );
}

function unusable(what: string, cause?: unknown): UploadRefused {
  return new UploadRefused('DOTENV_UNUSABLE', what.startsWith('.env') ? what : `.env: ${what}`, { cause });
}
