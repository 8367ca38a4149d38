/** Runs a Node.js handler out of its zip file, in a process of its own with its own variables and nothing of ours. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { findPython } from '../../../../local/aws-api/python.ts';

export interface HandlerRun {
  /** The zip file. */
  readonly code: Buffer;
  /** `nodejs22.x`, … */
  readonly runtime: string;
  /** `notify.handler`: file without its ending, and the name that it exports. */
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** JSON. */
  readonly event: string;
}

/** Finds the file as Lambda does, and calls what it exports with the event from standard input. */
const CALL = `
  import { existsSync } from 'node:fs';
  import { text } from 'node:stream/consumers';
  import { pathToFileURL } from 'node:url';
  const [folder, file, name] = process.argv.slice(1);
  const path = ['.mjs', '.js', '.cjs'].map((ending) => folder + '/' + file + ending).find(existsSync);
  const module = await import(pathToFileURL(path).href);
  await module[name](JSON.parse(await text(process.stdin)), {});
`;

/** Null once the handler has ended well, else why it has not. */
export async function runHandler({ code, ...run }: HandlerRun): Promise<string | null> {
  if (!run.runtime.startsWith('nodejs')) return `functions with ${run.runtime} are not run here`;
  const folder = await mkdtemp(join(tmpdir(), 'storytime-lambda-'));
  try {
    const zip = join(folder, 'package.zip');
    await writeFile(zip, code);
    const python = (await findPython()) ?? 'python3';
    const unpacked = await exitOf(python, ['-m', 'zipfile', '-e', zip, folder], {});
    if (unpacked.exitCode !== 0) return 'its package is no zip file';
    const [, file = '', name = ''] = /^(.+)\.([^.]+)$/.exec(run.handler) ?? [];
    const { exitCode, stderr } = await exitOf(
      process.execPath,
      ['--input-type=module', '--eval', CALL, folder, file, name],
      { env: run.variables, input: run.event, timeout: run.timeoutSeconds * 1000 },
    );
    if (exitCode === 0) return null;
    return exitCode === null
      ? `timed out after ${run.timeoutSeconds} s`
      : `it failed: ${/^\w*Error.*$/m.exec(stderr)?.[0] ?? stderr}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function exitOf(
  command: string,
  args: readonly string[],
  { env, input = '', timeout }: { env?: Readonly<Record<string, string>>; input?: string; timeout?: number },
): Promise<{ exitCode: number | null; stderr: string }> {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(timeout !== undefined && { timeout }),
  });
  // One that ends without reading has nobody to write to.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stderr, [exitCode]] = await Promise.all([buffer(child.stderr), once(child, 'close')]);
  return { exitCode: exitCode as number | null, stderr: stderr.toString() };
}
