/** Runs the package's program as a person would: a process of its own, its exit code, both its outputs. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../signer/bin/storytime-signer.js', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** @default - standard input is empty */
  readonly stdin?: string;
  /** The whole environment beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

export function run(args: readonly string[], { stdin = '', env = {} }: RunOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, args, { env: { PATH: process.env.PATH ?? '', ...env } });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
    // A program that refuses its arguments does not read what it was sent.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}
