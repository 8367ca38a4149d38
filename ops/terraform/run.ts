/** Runs Terraform as a child and ends it only in the way that keeps its state. */
import { type ChildProcess, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { printableInColour } from '../../envs/printable.ts';
import { terraformAwsFailureText } from './aws-failure.ts';
import { findTerraform, terraformEnvironment } from './binary.ts';
import { hasColours } from './colours.ts';
import { lines, outlivingOutput } from './outliving-output.ts';
import { MirrorError, missingProvider, type ProviderSource, providerSource } from './provider-source.ts';
import { lockedText, type StateLock, stateLock } from './state-lock.ts';

export interface RunTerraformOptions {
  /** The folder of the synthesized stack. */
  readonly cwd: string;
  /** @default - this process's environment */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Aborting sends SIGINT once and waits: Terraform stops after what it is doing and saves its state.
   * A reason of `SIGINT` is not sent to a Terraform that shares the terminal, which has had it from there.
   */
  readonly signal?: AbortSignal;
  /** Gets every line of output and of errors. */
  readonly onOutput?: (line: string) => void;
  /**
   * Whether Terraform uses the terminal of this process; `stdout` is empty then.
   * @default false
   */
  readonly inherit?: boolean;
  /** Gets what Terraform reports with `-json`, which is added to the arguments: of `plan`, `apply`, `destroy` and `refresh`. */
  readonly onEvent?: (event: TerraformEvent) => void;
  /**
   * Where `init` gets providers; every other command runs with what init has installed.
   * @default - what `providerSource` decides
   */
  readonly providers?: ProviderSource;
}

/**
 * A line of Terraform's machine-readable output.
 *
 * @see https://developer.hashicorp.com/terraform/internals/machine-readable-ui
 */
export interface TerraformEvent {
  /** Such as `apply_start`, `apply_complete`, `diagnostic`. */
  readonly type: string;
  /** The resource's address; null for an event about no single one. */
  readonly resource: string | null;
  readonly text: string;
}

/** Why a run of Terraform did not do what was asked; `no-provider`: `init` could not install one. */
export type TerraformFailure = 'not-started' | 'interrupted' | 'failed' | 'no-provider';

/** Terraform could not be started, failed, or was interrupted. */
export class TerraformError extends Error {
  override readonly name = 'TerraformError';
  readonly reason: TerraformFailure;
  /** Null when it did not run or was killed. */
  readonly exitCode: number | null;
  /** The last lines that it wrote to stderr. */
  readonly lastLines: readonly string[];
  /** Whose lock on the state it met; null when that was not the trouble. */
  readonly lock: StateLock | null;

  constructor(
    message: string,
    options: {
      reason: TerraformFailure;
      exitCode: number | null;
      lastLines: readonly string[];
      lock?: StateLock | null;
      cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.reason = options.reason;
    this.exitCode = options.exitCode;
    this.lastLines = options.lastLines;
    this.lock = options.lock ?? null;
  }
}

/** A refused lock alone takes 25. */
const LAST_LINES = 60;

/**
 * Runs `terraform <args>` (or `tofu`) to its end.
 *
 * It gets a process group of its own, so that no signal to ours reaches it a second time behind our back: two
 * interrupts make Terraform drop what it is doing, and one that ends its provider loses what that was making.
 * Only a prompt at a terminal needs the terminal's own group; there Ctrl-C reaches Terraform directly, and a terminal
 * that goes away does not (`keptFromHangup`).
 *
 * @throws TerraformError when it cannot start or its exit code is not 0; `reason`, `exitCode`, `lastLines` and `lock` say more
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
  if (args[0] === 'init') return init(binary, args, env, options);
  return run(binary, args, env, options);
}

async function init(
  binary: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  options: RunTerraformOptions,
): Promise<{ stdout: string }> {
  const providers =
    options.providers ??
    (await providerSource(env, binary).catch((error: unknown) => {
      if (!(error instanceof MirrorError)) throw error;
      throw notStarted(error.message, error);
    }));
  if (options.inherit) process.stdout.write(`${printableInColour(providers.line)}\n`);
  options.onOutput?.(providers.line);
  const { configFile } = providers;
  const withProviders = configFile === null ? env : { ...env, TF_CLI_CONFIG_FILE: configFile };
  // Errors are kept back, so that one which is explained here is not printed as Terraform's own as well.
  return run(binary, args, withProviders, { ...options, keepErrors: true }).catch((error: unknown) => {
    throw explained(error, providers, binary);
  });
}

/** Terraform's error about a provider that it cannot get, as one line with the remedy; any other as it is. */
function explained(error: unknown, { remedy }: ProviderSource, binary: string): unknown {
  if (!(error instanceof TerraformError)) return error;
  const why = missingProvider(error.lastLines);
  if (why === null) return error;
  const message = `${binary} init could not install the provider (${why}): ${remedy}`;
  return new TerraformError(message, { ...error, reason: 'no-provider', cause: error });
}

async function run(
  binary: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  options: HearOptions,
): Promise<{ stdout: string }> {
  if (options.signal?.aborted) {
    throw notStarted(`${binary} was not started: interrupted`, options.signal.reason, 'interrupted');
  }
  const atTerminal = options.inherit === true && process.stdin.isTTY === true;
  const withColours = options.inherit === true && hasColours(process.stdout, env);
  const [name = '', ...rest] = args;
  // A plan's file is last, and nothing after it is a flag.
  const asked = options.onEvent === undefined ? args : [name, '-json', ...rest];
  const plainArgs =
    withColours || args.some((arg) => /^--?no-color(=|$)/.test(arg)) ? asked : [...asked, '-no-color'];
  const [command, commandArgs] = atTerminal ? keptFromHangup(binary, plainArgs) : [binary, plainArgs];
  const heard = hear(options);
  const child = spawn(command, commandArgs, {
    cwd: options.cwd,
    env,
    detached: !atTerminal,
    stdio: [options.inherit ? 'inherit' : 'ignore', heard.stdout, heard.stderr],
  });
  const interrupt = (): void => {
    if (!(atTerminal && options.signal?.reason === 'SIGINT')) child.kill('SIGINT');
  };
  options.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    return await ended(child, `${binary} ${args[0] ?? ''}`.trim(), heard, { ...options, env });
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
  }
}

/**
 * A closed terminal (a closed lid, a lost ssh) ends whatever is in its group and does not ignore that: Terraform, with
 * the lock held and its state unsaved. Started with the signal ignored, it lives on until we interrupt it.
 */
function keptFromHangup(binary: string, args: readonly string[]): [string, readonly string[]] {
  return ['sh', ['-c', `trap '' HUP; exec "$0" "$@"`, binary, ...args]];
}

interface HearOptions extends RunTerraformOptions {
  /** Whether errors go into the TerraformError alone, also with `inherit`. */
  readonly keepErrors?: boolean;
}

interface Heard {
  readonly stdout: 'inherit' | number;
  readonly stderr: number;
  readonly stdoutLines: readonly string[];
  readonly lastLines: readonly string[];
  /** Once it has ended. */
  readonly end: () => void;
}

/**
 * Output that is no terminal goes through us, and outlives us: a reader that Ctrl-C has ended (`| tee apply.log`) would end
 * Terraform at its next line, and so would we when somebody kills us.
 */
function hear({ inherit = false, keepErrors = false, onOutput, onEvent }: HearOptions): Heard {
  const stdoutLines: string[] = [];
  const lastLines: string[] = [];
  const printed = lines((line) => {
    if (inherit) return;
    stdoutLines.push(line);
    onOutput?.(line);
    const report = onEvent && parseReport(line);
    if (!report) return;
    onEvent(report.event);
    // With -json errors are there and not on stderr.
    for (const error of report.errors) complained.add(`${error}\n`);
  });
  const complained = lines((line) => {
    lastLines.push(line);
    if (lastLines.length > LAST_LINES) lastLines.shift();
    if (inherit && !keepErrors) process.stderr.write(`${printableInColour(line)}\n`);
    onOutput?.(line);
  });
  const stdout =
    inherit && process.stdout.isTTY
      ? null
      : outlivingOutput((text) => {
          // A prompt is no line: what is passed on is passed on as it comes.
          if (inherit) process.stdout.write(text);
          printed.add(text);
        });
  const stderr = outlivingOutput(complained.add);
  return {
    stdout: stdout?.fd ?? 'inherit',
    stderr: stderr.fd,
    stdoutLines,
    lastLines,
    end: () => {
      for (const part of [stdout, stderr, printed, complained]) part?.end();
    },
  };
}

/** Null for a line that Terraform did not report, such as a panic. */
function parseReport(line: string): { event: TerraformEvent; errors: readonly string[] } | null {
  const parsed = reportLine.safeParse(jsonOf(line));
  if (!parsed.success) return null;
  const { type, '@message': text, hook, change, diagnostic } = parsed.data;
  const resource = hook?.resource.addr ?? change?.resource.addr ?? diagnostic?.address ?? null;
  const errors =
    diagnostic?.severity === 'error'
      ? [`Error: ${diagnostic.summary}`, ...diagnostic.detail.split('\n')]
      : [];
  return { event: { type, resource, text }, errors };
}

const about = z.object({ resource: z.object({ addr: z.string() }) });
const reportLine = z.object({
  type: z.string(),
  '@message': z.string(),
  hook: about.optional(),
  change: about.optional(),
  diagnostic: z
    .object({
      severity: z.string(),
      summary: z.string(),
      detail: z.string().default(''),
      address: z.string().optional(),
    })
    .optional(),
});

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

async function ended(
  child: ChildProcess,
  command: string,
  heard: Heard,
  { env, signal, inherit, keepErrors, onEvent }: HearOptions,
): Promise<{ stdout: string }> {
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(notStarted(`${command} could not be started: ${cause.message}`, cause)),
    );
    child.once('close', resolve);
  }).finally(heard.end);
  const { lastLines, stdoutLines } = heard;
  if (exitCode === 0) return { stdout: stdoutLines.join('\n') };
  const how = signal?.aborted ? 'was interrupted' : `failed with exit code ${exitCode ?? 'none (killed)'}`;
  const lock = stateLock(lastLines);
  // With `inherit` the person has read them already; a lock is told below in fewer words.
  const said =
    (inherit && !keepErrors) || (onEvent && lock !== null)
      ? []
      : lastLines.map(stripVTControlCharacters).filter((line) => line.trim() !== '');
  const remedy = lock === null ? terraformAwsFailureText(lastLines, env ?? process.env) : lockedText(lock);
  const advice = remedy === null ? [] : [remedy];
  throw new TerraformError([`${command} ${how}`, ...said, ...advice].join('\n'), {
    reason: signal?.aborted ? 'interrupted' : 'failed',
    exitCode,
    lastLines,
    lock,
    ...(signal?.aborted && { cause: signal.reason }),
  });
}

function notStarted(
  message: string,
  cause?: unknown,
  reason: TerraformFailure = 'not-started',
): TerraformError {
  return new TerraformError(message, { reason, exitCode: null, lastLines: [], cause });
}
