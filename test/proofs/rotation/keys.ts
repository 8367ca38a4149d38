/** The key commands as a person runs them: processes of their own, read line by line, and killed where a proof wants it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PLUGIN_CACHE, withoutOtherAccounts } from '../../../local/session/infrastructure.ts';
import { family } from '../../terraform/running-command.ts';
import type { LocalRun } from './local-run.ts';

const COMMAND = fileURLToPath(new URL('../../ops/keys/run-keys.ts', import.meta.url));
/** What Terraform may take to end by itself. */
const LONGEST_APPLY_SECONDS = 120;

export interface KeysRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The line at which it was killed; null when it ended by itself. */
  readonly killedAt: string | null;
}

export interface RunKeysOptions {
  /** Where probes go. */
  readonly edgeUrl: string;
  readonly onLine?: (line: string) => void;
  /** Whether to kill it, that process and no other, as soon as it has printed a line. @default - it lives */
  readonly killAt?: (line: string) => boolean;
}

/** `npm run keys -- <args>`, or `plan` and Terraform's flags; a killed one has ended with everything that it started. */
export async function runKeys(
  localRun: LocalRun,
  args: readonly string[],
  { edgeUrl, onLine = () => {}, killAt = () => false }: RunKeysOptions,
): Promise<KeysRun> {
  mkdirSync(PLUGIN_CACHE, { recursive: true });
  const child = spawn(process.execPath, ['--import', 'tsx', COMMAND, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      TF_PLUGIN_CACHE_DIR: PLUGIN_CACHE,
      ...withoutOtherAccounts(process.env),
      ...localRun.environment,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      NO_COLOR: '1',
      TF_CLI_ARGS: '-no-color',
      CDKTF_OUTDIR: localRun.outdir,
      KEYS_DIRECTORY: localRun.keysDirectory,
      STORYTIME_EDGE_URL: edgeUrl,
      ENVIRONMENT_CONFIG: JSON.stringify(localRun.config),
    },
  });
  const interrupt = (): void => void child.kill('SIGINT');
  localRun.signal.addEventListener('abort', interrupt, { once: true });
  const said = { stdout: '', stderr: '' };
  let killedAt: string | null = null;
  let orphans: number[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', (line) => {
      said[stream] += `${line}\n`;
      localRun.log(line);
      if (killedAt !== null) return;
      onLine(line);
      if (!killAt(line)) return;
      killedAt = line;
      // Stands still while we look whom it has started.
      child.kill('SIGSTOP');
      orphans = family(child.pid ?? 0).slice(1);
      child.kill('SIGKILL');
    });
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  localRun.signal.removeEventListener('abort', interrupt);
  await ended(orphans);
  return { exitCode, ...said, killedAt };
}

/** Terraform continues without the process that started it, and there may be no parent to reap it. */
async function ended(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + LONGEST_APPLY_SECONDS * 1000;
  while (runningOf(pids).length > 0) {
    if (Date.now() > deadline) {
      throw new Error(`still there after ${LONGEST_APPLY_SECONDS} s: ${runningOf(pids).join(', ')}`);
    }
    await sleep(200);
  }
}

function runningOf(pids: readonly number[]): number[] {
  const running = execFileSync('ps', ['-A', '-o', 'pid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, state = '']) => !state.startsWith('Z'))
    .map(([pid]) => Number(pid));
  return pids.filter((pid) => running.includes(pid));
}
