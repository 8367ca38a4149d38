/** MediaConvert for the local AWS API: each job runs in its own process. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type {
  Transcode,
  TranscodeJob,
  TranscodeOptions,
  TranscodeOutcome,
  TranscodeProgress,
} from './contract.ts';

/** The worker's first line on stdin. */
export interface Assignment {
  readonly job: TranscodeJob;
  readonly workDirectory: string;
  readonly folders: Readonly<Record<string, string>>;
}

/** A line on the worker's stdout. */
export type WorkerMessage = { readonly progress: TranscodeProgress } | { readonly outcome: TranscodeOutcome };

/** Time for a worker to end by itself before it is killed with everything it started. */
const GRACE_MS = 2000;

/**
 * Runs one job in a worker process and tells its progress.
 *
 * @throws the signal's reason when aborted, after the worker and its ffmpeg have ended
 */
export const transcode: Transcode = async (job, options) => {
  options.signal.throwIfAborted();
  const workDirectory = await mkdtemp(join(tmpdir(), 'storytime-transcode-'));
  try {
    const outcome = await runWorker({ job, workDirectory, folders: options.folders ?? {} }, options);
    options.signal.throwIfAborted();
    return outcome;
  } finally {
    // The worker does this too, but it may have been killed.
    await rm(workDirectory, { recursive: true, force: true });
  }
};

async function runWorker(
  assignment: Assignment,
  { environment, signal, onProgress }: TranscodeOptions,
): Promise<TranscodeOutcome> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const worker = spawn(
    process.execPath,
    ['--import', loader, fileURLToPath(new URL('./worker.ts', import.meta.url))],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...machineEnvironment(), ...environment },
      // A group of its own, so that worker and ffmpeg can be killed together and a Ctrl-C reaches them only through us.
      detached: true,
    },
  );
  let outcome: TranscodeOutcome | undefined;
  let lastWords = '';
  worker.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-4000);
  });
  createInterface(worker.stdout).on('line', (line) => {
    const message = JSON.parse(line) as WorkerMessage;
    if ('outcome' in message) outcome = message.outcome;
    else onProgress(message.progress);
  });
  // A worker that is already gone says so by its exit.
  worker.stdin.on('error', () => {});
  worker.stdin.write(`${JSON.stringify(assignment)}\n`);

  let deadline: NodeJS.Timeout | undefined;
  const stop = () => {
    worker.stdin.end();
    deadline = setTimeout(() => worker.pid && process.kill(-worker.pid, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await new Promise<void>((resolve, reject) => worker.once('error', reject).once('close', () => resolve()));
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', stop);
  }
  const lastLine = lastWords.trim().split('\n').at(-1);
  return (
    outcome ?? {
      status: 'ERROR',
      errorCode: 1999,
      errorMessage: `the worker ended early: ${lastLine || 'no reason given'}`,
    }
  );
}

/** What programs need of this machine, without the AWS settings of the user who runs it. */
function machineEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_OPTIONS', 'LD_LIBRARY_PATH', 'SystemRoot'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
