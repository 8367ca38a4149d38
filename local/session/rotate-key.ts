/** Rotates the laptop's signing key by the command that rotates production's, in a process of its own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { RUNNING_LOCAL, runningLocalText } from '../../envs/running-local.ts';
import { PLUGIN_CACHE, withoutOtherAccounts } from './infrastructure.ts';

const COMMAND = fileURLToPath(new URL('../../ops/keys.ts', import.meta.url));

/** Lines of Terraform's that say what it does; its plan and its advice are for a terminal. */
const TERRAFORM_STEP = /^([a-z]\S+): (Creating|Modifying|Destroying|\w+ complete)/;
/** Lines of `rotate` itself. */
const COMMAND_LINE =
  /^(changed|going on|done|waiting|CloudFront accepts|every |signatures of|signers |\s+\d+ \w+( \d+ \w+)? left)/;

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
  readonly onLine: (line: string) => void;
}

/** @throws Error with the command's last words when it fails */
export async function rotateKey(options: RotateKeyOptions): Promise<void> {
  const { config, keysDirectory, outdir, environment, edgeUrl, signal, onLine } = options;
  signal.throwIfAborted();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx/esm', COMMAND, 'rotate', config.environment, '--yes', '--edge', edgeUrl],
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
    const [step] = TERRAFORM_STEP.exec(line) ?? [];
    if (step !== undefined || COMMAND_LINE.test(line)) onLine(step ?? line);
  });
  try {
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(complaints.trim() || `the rotation ended with exit code ${code}`);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}
