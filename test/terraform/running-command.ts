/** A command that a test interferes with while it runs, in a process group of its own as a shell would start it. */
import { spawn } from 'node:child_process';
import type { CommandResult } from '../ops/run-command.ts';
import { descendants } from '../support/descendants.ts';

export interface RunningCommand {
  readonly pid: number;
  /** Resolves when its output has the pattern; rejects with all of it if it ends before. */
  readonly says: (pattern: RegExp) => Promise<void>;
  /** As at its terminal, or into its stdin. */
  readonly type: (text: string) => void;
  readonly ended: Promise<CommandResult>;
}

/** @param env - on top of this process's own */
export function startCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): RunningCommand {
  const child = spawn(command, args, {
    env: { ...process.env, NO_COLOR: '1', ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const heard = new Set<() => void>();
  const hear = (stream: keyof typeof output) => (chunk: Buffer) => {
    output[stream] += chunk;
    for (const look of heard) look();
  };
  child.stdout.on('data', hear('stdout'));
  child.stderr.on('data', hear('stderr'));
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
  // A command that ended has nobody to read what is typed.
  child.stdin.on('error', () => {});
  return {
    type: (text) => void child.stdin.write(text),
    pid: child.pid ?? 0,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => pattern.test(output.stdout + output.stderr) && resolve();
        heard.add(look);
        look();
        ended.then(
          () => reject(new Error(`ended before saying ${pattern}:\n${output.stdout}${output.stderr}`)),
          reject,
        );
      }),
  };
}

/** Waits for what happens while the command runs; rejects with what it wrote when it ends before. */
export async function meanwhile(happening: Promise<void>, { ended }: RunningCommand): Promise<void> {
  const early = ended.then(({ stdout, stderr }) => {
    throw new Error(`ended before that:\n${stdout}${stderr}`);
  });
  await Promise.race([happening, early]);
}

/** A process and all that it started, wherever they put themselves. */
export function family(ancestor: number): number[] {
  return [ancestor, ...descendants(ancestor).map(({ pid }) => pid)];
}
