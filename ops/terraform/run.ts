/** Runs Terraform as a child and ends it only in the way that keeps its state. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { findTerraform, terraformEnvironment } from './binary.ts';

export interface RunTerraformOptions {
  /** The folder of the synthesized stack. */
  readonly cwd: string;
  /** @default - this process's environment */
  readonly env?: NodeJS.ProcessEnv;
  /** Aborting sends SIGINT once and waits: Terraform stops after what it is doing and saves its state. */
  readonly signal?: AbortSignal;
  /** Gets every line of output and of errors. */
  readonly onOutput?: (line: string) => void;
  /**
   * Whether Terraform talks to the person at the terminal; `stdout` is empty then.
   * @default false
   */
  readonly inherit?: boolean;
}

/** Terraform could not be started, failed, or was interrupted. */
export class TerraformError extends Error {
  override readonly name = 'TerraformError';
  /** Null when it did not run or was killed. */
  readonly exitCode: number | null;
  /** The last lines that it wrote to stderr. */
  readonly lastLines: readonly string[];

  constructor(
    message: string,
    options: { exitCode: number | null; lastLines: readonly string[]; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode;
    this.lastLines = options.lastLines;
  }
}

const LAST_LINES = 30;

/**
 * Runs `terraform <args>` (or `tofu`) to its end.
 *
 * It gets a process group of its own, so that a Ctrl-C at the terminal does not reach it a second time behind our
 * back: two interrupts make Terraform drop what it is doing, and SIGKILL loses resources and leaves a lock.
 * With `inherit` it shares the terminal's group, as its prompt needs; Ctrl-C then reaches it directly.
 *
 * @throws TerraformError when it cannot start or its exit code is not 0; `exitCode` and `lastLines` say more
 */
export async function runTerraform(
  args: readonly string[],
  options: RunTerraformOptions,
): Promise<{ stdout: string }> {
  const env = terraformEnvironment(options.env ?? process.env);
  const binary = findTerraform(env);
  if (binary === undefined) {
    throw notStarted(
      'neither terraform nor tofu is on PATH: install Terraform >= 1.11, or set TERRAFORM_BINARY_NAME',
    );
  }
  if (options.signal?.aborted)
    throw notStarted(`${binary} was not started: interrupted`, options.signal.reason);
  const inherit = options.inherit ?? false;
  const child = spawn(binary, args, {
    cwd: options.cwd,
    env,
    detached: !inherit,
    stdio: inherit ? ['inherit', 'inherit', 'pipe'] : ['ignore', 'pipe', 'pipe'],
  });
  const interrupt = (): void => void child.kill('SIGINT');
  options.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    return await ended(child, `${binary} ${args[0] ?? ''}`.trim(), options);
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
  }
}

async function ended(
  child: ChildProcess,
  command: string,
  { onOutput, signal, inherit }: RunTerraformOptions,
): Promise<{ stdout: string }> {
  const stdout: string[] = [];
  const lastLines: string[] = [];
  const reading = Promise.all([
    eachLine(child.stdout, (line) => {
      stdout.push(line);
      onOutput?.(line);
    }),
    eachLine(child.stderr, (line) => {
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
      if (inherit) process.stderr.write(`${line}\n`);
      onOutput?.(line);
    }),
  ]);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(notStarted(`${command} could not be started: ${cause.message}`, cause)),
    );
    child.once('close', resolve);
  });
  await reading;
  if (exitCode === 0) return { stdout: stdout.join('\n') };
  const how = signal?.aborted ? 'was interrupted' : `failed with exit code ${exitCode ?? 'none (killed)'}`;
  // With `inherit` the person has read them already.
  const said = inherit ? [] : lastLines.filter((line) => line.trim() !== '');
  throw new TerraformError([`${command} ${how}`, ...said].join('\n'), {
    exitCode,
    lastLines,
    ...(signal?.aborted && { cause: signal.reason }),
  });
}

async function eachLine(stream: Readable | null, take: (line: string) => void): Promise<void> {
  if (stream === null) return;
  for await (const line of createInterface({ input: stream })) take(line);
}

function notStarted(message: string, cause?: unknown): TerraformError {
  return new TerraformError(message, { exitCode: null, lastLines: [], cause });
}
