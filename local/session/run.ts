/** A whole run as a person sees it: preflight, the steps shown live, then the page or the proof, and a clean end. */

import { once } from 'node:events';
import { parse } from 'node:path';
import { Listr, ListrLogger, ListrLogLevels, PRESET_TIMER } from 'listr2';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { ConfigError } from '../../envs/config-error.ts';
import { complain, say } from '../../ops/terraform/command-line.ts';
import { TerraformError } from '../../ops/terraform/run.ts';
import { type CheckedMaster, checkMaster } from '../../ops/upload/check/check-master.ts';
import { titleFromName } from '../../ops/upload/check/ids.ts';
import { PublishFailed } from '../../ops/upload/publish/failed.ts';
import { UploadRefused } from '../../ops/upload/refused.ts';
import { SendFailed } from '../../ops/upload/send/send-failed.ts';
import { PreflightError, preflight } from '../preflight.ts';
import { PortUnavailableError } from './held-port.ts';
import { createSession, keysDirectoryOf, outdirOf, type SessionContext } from './index.ts';
import { EXIT_INTERRUPTED, listenForInterrupts } from './interrupts.ts';
import { prepareOtherTerminal } from './other-terminal.ts';
import { formatProof, type ProofOptions, proveAccess } from './proof/index.ts';

export interface LocalRun {
  /** The values of `envs/local.ts`, parsed here. */
  readonly environment: unknown;
  /** The person's own video, absolute, or null for the test clip. */
  readonly videoPath: string | null;
  /** Prove the path and end, instead of serving until Ctrl-C. */
  readonly once: boolean;
}

const LAST_LINE =
  'Ctrl-C stops this run and discards everything in it: the videos that you added, the keys and everything that Terraform created.';

/** Names the step that failed and its parents; why is said once, at the end. */
class StepLogger extends ListrLogger<ListrLogLevels> {
  override log(...[level, message, options]: Parameters<ListrLogger<ListrLogLevels>['log']>): void {
    super.log(level, message, level === ListrLogLevels.FAILED ? undefined : options);
  }
}

/** What a run has started could not be ended, or its files not be removed. */
class CleanUpError extends Error {
  override readonly name = 'CleanUpError';
}

/**
 * Gives back the exit code: 0 proved, 1 failed, 130 interrupted. Errors are printed here, in one line where they were
 * foreseen. "stopped" is the last line of a run that was interrupted and has ended all that it started.
 */
export async function runLocal(run: LocalRun): Promise<number> {
  const interrupts = listenForInterrupts(complain);
  try {
    const exitCode = await runSteps(run, interrupts.signal);
    if (!interrupts.signal.aborted) return exitCode;
  } catch (error) {
    // What an interruption makes fail is no failure; what it leaves behind is one.
    if (!interrupts.signal.aborted || error instanceof CleanUpError) {
      complain(describe(error));
      return 1;
    }
  } finally {
    interrupts.stop();
  }
  complain('stopped');
  return EXIT_INTERRUPTED;
}

/** Resolves or rejects when everything that was started has ended. */
async function runSteps(run: LocalRun, signal: AbortSignal): Promise<number> {
  const startedAt = Date.now();
  const config = parseEnvironment(run.environment);
  if (config.localPorts === null) {
    const violation = { path: 'localPorts', wanted: 'the ports of the demo page and the edge', got: 'null' };
    throw new ConfigError('environment "local"', [violation]);
  }
  await preflight('start', complain, signal);
  const video = run.videoPath === null ? null : await readVideo(run.videoPath, config, signal);

  const session = createSession({ config: { ...config, localPorts: config.localPorts }, video, signal });
  try {
    const context = await new Listr<SessionContext>(session.steps, {
      registerSignalListeners: false,
      rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
      fallbackRendererOptions: { timer: PRESET_TIMER, logger: new StepLogger() },
    }).run();
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (run.once) return await printProof(context, { ...config, bookId: session.bookId }, seconds);

    const otherTerminal = await prepareOtherTerminal({
      ...context,
      config,
      environment: context.cloud.environment,
      outdir: outdirOf(context),
      keysDirectory: keysDirectoryOf(context),
      bookId: session.bookId,
    });
    say(`\nReady after ${seconds} s: open ${context.demoUrl}\n\n${otherTerminal}\n\n${LAST_LINE}`);
    if (!signal.aborted) await once(signal, 'abort');
    return EXIT_INTERRUPTED;
  } finally {
    await session.close().catch((cause: Error) => {
      throw new CleanUpError(`this run could not stop everything that it started: ${cause.message}`, {
        cause,
      });
    });
  }
}

/** Everything that can be wrong with a person's file is said before anything starts. */
function readVideo(path: string, config: EnvironmentConfig, signal: AbortSignal): Promise<CheckedMaster> {
  const file = { file: path, path, id: null, title: titleFromName(parse(path).name) };
  return checkMaster(file, { config, signal, env: process.env });
}

async function printProof(
  { signing, edgeUrl }: SessionContext,
  { pathPrefix, bookId, publicThumbnails }: Pick<ProofOptions, 'pathPrefix' | 'bookId' | 'publicThumbnails'>,
  seconds: number,
): Promise<number> {
  const rows = await proveAccess({ ...signing, edgeUrl, pathPrefix, bookId, publicThumbnails });
  const right = rows.filter(({ wanted, got }) => wanted === got).length;
  say(`\n${formatProof(rows)}\n`);
  say(`${right} of ${rows.length} requests were answered as expected; playing after ${seconds} s`);
  return right === rows.length ? 0 : 1;
}

/** One line for what was foreseen and written for the person at the keyboard; the stack for what was not. */
function describe(error: unknown): string {
  const foreseen = [
    CleanUpError,
    ConfigError,
    PortUnavailableError,
    PreflightError,
    PublishFailed,
    SendFailed,
    TerraformError,
    UploadRefused,
  ];
  if (!(error instanceof Error)) return String(error);
  return foreseen.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message);
}
