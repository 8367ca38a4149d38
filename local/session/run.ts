/** A whole run as a person sees it: preflight, the steps shown live, then the page or the proof, and a clean end. */

import { Listr, ListrLogger, ListrLogLevels, PRESET_TIMER } from 'listr2';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { ConfigError } from '../../envs/config-error.ts';
import { printable } from '../../envs/printable.ts';
import { formatProof, proveAccess } from '../../ops/proof/index.ts';
import { TerraformError } from '../../ops/terraform/run.ts';
import { TranscodeFailedError } from '../demo/transcoding.ts';
import { PreflightError, preflight } from '../preflight.ts';
import { probeVideo, VideoRefusedError } from '../transcoder/probe.ts';
import { PortTakenError } from './held-port.ts';
import { createSession, outdirOf, type SessionContext } from './index.ts';
import { ContainerRefusedError, contentTypeOf, type Video } from './ingest.ts';
import { prepareOtherTerminal } from './other-terminal.ts';

export interface LaptopRun {
  /** The values of `envs/local.ts`, parsed here. */
  readonly environment: unknown;
  /** Where the public half of the run's key goes. */
  readonly keysDirectory: string;
  /** The person's own video, or null for the test clip. */
  readonly videoPath: string | null;
  /** Prove the path and end, instead of serving until Ctrl-C. */
  readonly once: boolean;
}

/** Names the step that failed and its parents; why is said once, at the end. */
class StepLogger extends ListrLogger<ListrLogLevels> {
  override log(...[level, message, options]: Parameters<ListrLogger<ListrLogLevels>['log']>): void {
    super.log(level, message, level === ListrLogLevels.FAILED ? undefined : options);
  }
}

/** 128 + SIGINT, as a shell reports it. */
const EXIT_INTERRUPTED = 130;

/** Gives back the exit code: 0 proved, 1 failed, 130 interrupted. Errors are printed here, in one line where they were foreseen. */
export async function runLaptop(run: LaptopRun): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    // A second Ctrl-C does not wait for anything.
    if (interrupt.signal.aborted) process.exit(EXIT_INTERRUPTED);
    process.stderr.write('\nstopping what this run has started…\n');
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await runSteps(run, interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
    process.stderr.write(`${printable(describe(error))}\n`);
    return 1;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function runSteps(run: LaptopRun, signal: AbortSignal): Promise<number> {
  const startedAt = Date.now();
  const config = parseEnvironment(run.environment);
  if (config.laptop === null) {
    const violation = { path: 'laptop', wanted: 'the ports of the demo page and the edge', got: 'null' };
    throw new ConfigError('environment "local"', [violation]);
  }
  await preflight('start', (line) => process.stderr.write(`${line}\n`));
  const video = run.videoPath === null ? null : await readVideo(run.videoPath, config, signal);

  const session = createSession({
    config: { ...config, laptop: config.laptop },
    keysDirectory: run.keysDirectory,
    video,
    signal,
  });
  try {
    const context = await new Listr<SessionContext>(session.steps, {
      registerSignalListeners: false,
      rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
      fallbackRendererOptions: { timer: PRESET_TIMER, logger: new StepLogger() },
    }).run();
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (run.once) return await printProof(context, session.bookId, seconds);

    const otherTerminal = await prepareOtherTerminal({
      ...context,
      environment: context.cloud.environment,
      outdir: outdirOf(context),
      bookId: session.bookId,
    });
    process.stdout.write(
      `\nReady after ${seconds} s: open ${context.demoUrl}\nCtrl-C stops everything.\n\n${otherTerminal}\n`,
    );
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return EXIT_INTERRUPTED;
  } finally {
    await session.close();
  }
}

/** Everything that can be wrong with a person's file is said before anything starts. */
async function readVideo(
  path: string,
  { uploadContentTypes, longestMasterSeconds: longestSeconds }: EnvironmentConfig,
  signal: AbortSignal,
): Promise<Video> {
  const video = { path, probed: await probeVideo(path, { longestSeconds, signal }) };
  contentTypeOf(video, uploadContentTypes);
  return video;
}

async function printProof(context: SessionContext, bookId: string, seconds: number): Promise<number> {
  const rows = await proveAccess({ ...context.signing, edgeUrl: context.edgeUrl, bookId });
  const right = rows.filter(({ wanted, got }) => wanted === got).length;
  process.stdout.write(`\n${formatProof(rows)}\n\n`);
  process.stdout.write(
    `${right} of ${rows.length} requests answered as wanted; playing after ${seconds} s\n`,
  );
  return right === rows.length ? 0 : 1;
}

/** One line for what was foreseen and written for the person at the keyboard; the stack for what was not. */
function describe(error: unknown): string {
  const foreseen = [
    ConfigError,
    ContainerRefusedError,
    PortTakenError,
    PreflightError,
    TerraformError,
    TranscodeFailedError,
    VideoRefusedError,
  ];
  if (!(error instanceof Error)) return String(error);
  return foreseen.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message);
}
