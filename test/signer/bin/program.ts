/** The package's program without its process: its exit code, and what it writes to both outputs. */

import { runCommandLine } from '../../../signer/src/bin/command-line.ts';

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** @default - standard input is empty */
  readonly stdin?: string;
  /** @default - empty */
  readonly env?: Readonly<Record<string, string>>;
}

export async function run(args: readonly string[], { stdin = '', env = {} }: RunOptions = {}): Promise<Run> {
  let out = '';
  let err = '';
  const code = await runCommandLine(args, {
    env,
    stdin: (async function* () {
      yield stdin;
    })(),
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
    now: () => new Date(),
  });
  return { code, out, err };
}
