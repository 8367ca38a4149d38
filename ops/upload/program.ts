/** The command line of `npm run upload`, over whichever environments it is given. */
import { setMaxListeners } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { edgeOf } from '../edge/local-edge-url.ts';
import type { LibraryAccount } from '../library/account.ts';
import type { EnvironmentNamed } from '../library/applied-environment.ts';
import { contentKeysOf, requireContentKeys } from '../library/content-keys.ts';
import { libraryOutputs } from '../library/outputs.ts';
import { complain, newProgram } from '../terraform/command-line.ts';
import { requiredArgument } from '../terraform/required-argument.ts';
import { UsageError } from '../terraform/targets.ts';
import { type DotenvSettings, readCallersDotenv, requireSameEnvironment } from './check/callers-dotenv.ts';
import { type CheckedMaster, checkMaster, type FileToCheck, filesToCheck } from './check/check-master.ts';
import { type FoundFiles, findFiles } from './check/find-files.ts';
import { parseSeconds } from './check/seconds.ts';
import { uploadFailure } from './failures.ts';
import { publishTitle } from './publish/publish-title.ts';
import { UploadRefused } from './refused.ts';
import { createReport } from './report.ts';
import { sendMaster } from './send/send-master.ts';
import { signTitle, titleKeyOf } from './sign-title.ts';
import { isComplete, type Outcome, type UploadLimits, uploadFiles } from './upload-files.ts';

export interface UploadProgramOptions {
  readonly environmentNamed: EnvironmentNamed;
  /** For help: `dev, prod, local` */
  readonly names: readonly string[];
  readonly connect: (config: EnvironmentConfig) => LibraryAccount;
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Of this process. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

interface Flags {
  readonly id?: string;
  readonly title?: string;
  readonly poster?: number;
  readonly captions?: readonly string[];
  readonly faststart?: boolean;
  readonly encrypt?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const LIMITS: UploadLimits = { checksAtOnce: 2, filesAtOnce: 2, jobsAtOnce: 20 };
/** Of one file; each has a connection. */
const PARTS_AT_ONCE = 4;

export function uploadProgram(options: UploadProgramOptions): Command {
  return newProgram('npm run upload --')
    .description(
      'Make titles of video files: check, send, transcode, and put them into the catalogue. Stopped anywhere, the same command continues',
    )
    .usage('<environment> <files or folders…> [options]')
    .addArgument(requiredArgument('environment', `one of ${options.names.join(', ')}`))
    .argument('[files...]', 'video files, or folders of them (default: LOCAL_VIDEO_DIR of .env)')
    .option('--id <id>', 'id of the title, for one file (default: made of the file’s name)')
    .option('--title <text>', 'what people call the title, for one file (default: the file’s name)')
    .option(
      '--poster <time>',
      'time of the poster’s picture, h:mm:ss or seconds (default: THUMBNAIL_TIME of .env, or a tenth of the length)',
      posterTime,
    )
    .option(
      '--captions <language=file>',
      'captions as WebVTT, SRT or TTML, for one file; can be repeated, the first is the default',
      (one: string, before: readonly string[] = []) => [...before, one],
    )
    .option(
      '--faststart',
      'move the index of MP4 and MOV files to their beginning, without loss, before sending',
    )
    .option(
      '--encrypt',
      'encrypt with AES-128; players then need a content key from your backend (playback of the environment)',
    )
    .option('--dry-run', 'check the files and send nothing')
    .option('--json', 'print one JSON object for each event')
    .action((name: string | undefined, files: readonly string[], flags: Flags) =>
      run(options, { name, given: files, flags }),
    );
}

async function run(
  options: UploadProgramOptions,
  {
    name,
    given,
    flags,
  }: { readonly name: string | undefined; readonly given: readonly string[]; readonly flags: Flags },
): Promise<void> {
  const { env, signal, output } = options;
  // Every part and every job that is under way listens to it.
  setMaxListeners(0, signal);
  const environment = options.environmentNamed(name);
  const config = parseEnvironment(environment.config);
  const edgeUrl = edgeOf(config, env);
  const { dotenv, files, refusedPaths } = await requested(given, flags, env);
  const allOutputs = await environment.outputs();
  const outputs = libraryOutputs(config, allOutputs);
  await refusedAsUsage(() =>
    requireSameEnvironment(dotenv, {
      name: config.environment,
      mastersBucket: outputs.master_uploads_bucket_name,
      awsRegion: config.awsRegion,
    }),
  );
  const account = options.connect(config);
  const contentKeys = flags.encrypt
    ? requireContentKeys(config, contentKeysOf(config, outputs, account))
    : undefined;
  const report = createReport({ output, json: flags.json ?? false, now: () => new Date() });
  const { tell } = report;
  const { s3, mediaConvert } = account;
  const library = { config, outputs, s3, mediaConvert, signal, now: () => new Date(), tell };
  const domain = config.domainName ?? String(allOutputs.cloudfront_domain_name);
  const key = titleKeyOf(account, allOutputs);
  try {
    const refused = refusedPaths.map(({ file, refusal: { code, message: text } }): Outcome => {
      tell({ file, event: 'refused', code, text });
      return { file, outcome: 'refused', text };
    });
    const ended = await uploadFiles<FileToCheck, CheckedMaster>(
      files,
      {
        check: (file) =>
          checkMaster(file, {
            ...{ config, signal, env, captions: flags.captions ?? [], faststart: flags.faststart ?? false },
            posterSeconds: flags.poster ?? dotenv.posterSeconds,
            tell: (event) => tell({ ...event, file: file.file }),
          }),
        release: (master) => master.release(),
        accepted: ({ file, id, title, bytes, probed: { durationSeconds } }) => ({
          ...{ file, event: 'accepted', id: id.value, title, bytes, durationSeconds },
        }),
        publish: (master, sending) =>
          publishTitle(
            library,
            { ...master, ...(contentKeys && { contentKeys }) },
            {
              send: async ({ bucket, key: to, begun, onUpload }) => {
                await sending(() =>
                  sendMaster(s3, { bucket, key: to }, master, {
                    ...{ signal, partsAtOnce: PARTS_AT_ONCE, earlier: begun, onUpload },
                    tell: (event) => tell({ ...event, file: master.file }),
                  }),
                );
              },
            },
          ),
        sign: (playlistPath) =>
          signTitle(playlistPath, {
            domain,
            edgeUrl,
            key,
            longestSignatureSeconds: config.longestSignatureSeconds,
          }),
        failureOf: uploadFailure,
        tell,
      },
      { limits: LIMITS, dryRun: flags.dryRun ?? false, signal },
    );
    const outcomes = [...refused, ...ended];
    report.end(outcomes);
    if (!isComplete(outcomes)) process.exitCode = 1;
  } catch (error) {
    report.end();
    if (!signal.aborted) throw error;
    complain('interrupted; run the same command again to continue');
    process.exitCode = 1;
  } finally {
    account.close();
  }
}

/** What the command line and the caller's `.env` ask for. */
async function requested(
  given: readonly string[],
  { id, title, captions }: Flags,
  env: NodeJS.ProcessEnv,
): Promise<{
  readonly dotenv: DotenvSettings;
  readonly files: readonly FileToCheck[];
  readonly refusedPaths: FoundFiles['refused'];
}> {
  const dotenv = await refusedAsUsage(() => readCallersDotenv(env));
  const paths = given.length > 0 ? given : dotenv.folder === null ? [] : [dotenv.folder];
  if (paths.length === 0) {
    throw new UsageError('no file given: name files or folders, or set LOCAL_VIDEO_DIR in .env');
  }
  const found = await findFiles(paths, { env, suffix: dotenv.suffix });
  if (found.files.length === 0 && found.refused.length === 0) throw new UsageError(noneText(paths, dotenv));
  const files = await refusedAsUsage(() => filesToCheck(found.files, { id, title, captions }));
  return { dotenv, files, refusedPaths: found.refused };
}

function noneText(folders: readonly string[], { suffix }: DotenvSettings): string {
  const named = folders.map((folder) => JSON.stringify(folder)).join(', ');
  const what =
    suffix === null ? 'no video' : `no file that ends in ${JSON.stringify(suffix)} (VIDEO_SUFFIX of .env)`;
  return `there is ${what} in ${named}: name video files, or folders that contain some`;
}

/** What the command line or `.env` says wrongly is exit code 2; what a file is, is told with the other files. */
async function refusedAsUsage<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof UploadRefused ? new UsageError(error.message, { cause: error }) : error;
  }
}

function posterTime(text: string): number {
  const seconds = parseSeconds(text);
  if (seconds === null) throw new InvalidArgumentError('expected h:mm:ss, such as 00:01:30, or seconds');
  return seconds;
}
