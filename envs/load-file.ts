/**
 * Loads an environment's file. Commands load environments before they run, so a mistake in the file's syntax would end each
 * of them with a stack trace of the compiler: instead, this prints one line that says where the mistake is.
 */
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, describeSafely } from './config-error.ts';
import { printableLine } from './printable.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** `/…/envs/dev.ts:12:17: ERROR: Unexpected "="`, as esbuild has it, which compiles for tsx. */
const OF_COMPILER = /^(\/.+|[A-Za-z]:.+?):(\d+):\d+: ERROR: (.+)$/m;
/** `file:///…/envs/dev.ts:12:17` in a stack, `file:///…/envs/dev.ts:12` above what Node cannot link. */
const IN_STACK = /(file:\/\/\/[^\s?:)]+\.ts|\/[^\s:()]+\.ts)(?:\?[^\s:)]*)?:(\d+)/;

/** What the file exports; ends the process with exit code 1 where it cannot be loaded. */
export async function loaded<T>(load: () => T | Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const line = loadFailure(error);
    if (line === null) throw error;
    process.stderr.write(`${line}\n`);
    process.exit(1);
  }
}

/** `envs/dev.ts:12: unexpected "="`; null for an error that says no place. What was typed there is shown if it is harmless. */
function loadFailure(error: unknown): string | null {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return null;
  const compiled = OF_COMPILER.exec(error.message);
  if (compiled) return lineOf(compiled[1], compiled[2], compiled[3]);
  const at = IN_STACK.exec(error.stack ?? '');
  return at && lineOf(at[1], at[2], error.message);
}

function lineOf(file = '', line = '', what = ''): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const plain = what.replaceAll(/"([^"]*)"/g, (_quoted, typed: string) => describeSafely(typed));
  const [first = ''] = plain.split('\n');
  return printableLine(
    `${relative(ROOT, resolve(path))}:${line}: ${first.charAt(0).toLowerCase()}${first.slice(1)}`,
  );
}
