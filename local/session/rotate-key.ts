/** Rotates the signing key of `local` by the command that rotates production's, in a process of its own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { RUNNING_LOCAL, runningLocalText } from '../../envs/running-local.ts';
import type { TellingEvent } from '../../ops/keys/events.ts';
import { PLUGIN_CACHE, withoutOtherAccounts } from './infrastructure.ts';

const COMMAND = fileURLToPath(new URL('../../ops/keys.ts', import.meta.url));

export interface RotateKeyOptions {
  readonly config: EnvironmentConfig;
  readonly keysDirectory: string;
  /** Where the environment was applied from, with its state. */
  readonly outdir: string;
  /** The AWS_* variables of the local AWS API. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the probe of the new key goes. */
  readonly edgeUrl: string;
  /** Aborting interrupts the command, which ends Terraform as it must be ended. */
  readonly signal: AbortSignal;
  /** Gets each event of the command (`--json`) with its sentence. */
  readonly onEvent: (event: TellingEvent) => void;
}

/** @throws Error with what the command complained of when it fails */
export async function rotateKey(options: RotateKeyOptions): Promise<void> {
  const { config, keysDirectory, outdir, environment, edgeUrl, signal, onEvent } = options;
  signal.throwIfAborted();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx/esm', COMMAND, 'rotate', config.environment, '--yes', '--json', '--edge', edgeUrl],
    {
      // A terminal's Ctrl-C is ours to pass on, once.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        TF_PLUGIN_CACHE_DIR: PLUGIN_CACHE,
        ...withoutOtherAccounts(process.env),
        ...environment,
        CDKTF_OUTDIR: outdir,
        [RUNNING_LOCAL]: runningLocalText({ config, keysDirectory }),
        NO_COLOR: '1',
        TF_CLI_ARGS: '-no-color',
      },
    },
  );
  const interrupt = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', interrupt, { once: true });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = `${complaints}${text}`.slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = eventIn(line);
    if (event !== null) onEvent(event);
  });
  try {
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(complaints.trim() || `the rotation ended with exit code ${code}`);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** Null for a line that is no event: what Node.js or a library prints must not end the demo. */
function eventIn(line: string): TellingEvent | null {
  try {
    const parsed: unknown = JSON.parse(line);
    const isEvent = typeof parsed === 'object' && parsed !== null && 'event' in parsed && 'message' in parsed;
    return isEvent ? (parsed as TellingEvent) : null;
  } catch {
    return null;
  }
}
