/** A command of ops/ as a process: its exit code and what it wrote. */
import { spawn } from 'node:child_process';
import { compiled } from '../support/compiled.ts';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param outdir - where it synthesizes; state files and initialized folders stay there. @default - wherever it does */
export async function runCommand(
  script: string,
  args: readonly string[],
  { outdir, env = {} }: { outdir?: string; env?: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const child = spawn(process.execPath, [await compiled(script), ...args], {
    env: { ...process.env, ...(outdir && { CDKTF_OUTDIR: outdir }), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
}
