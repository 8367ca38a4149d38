/** What a command is, and what it is given. */

import type { parseArgs } from 'node:util';

/** The process, as far as commands see it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly now: () => Date;
}

type OptionTypes = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** Parsed options. A command declares the type of each, so the readers below only check what it declared. */
export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface Command {
  /** What the one positional argument is called in messages. */
  readonly subject: string;
  readonly help: string;
  readonly options: OptionTypes;
  run(subject: string, values: OptionValues, terminal: Terminal): Promise<number>;
}

export const EXIT = {
  /** Allowed, or signed. */
  ok: 0,
  denied: 1,
  /** Nothing was judged or signed: a usage error, an unreadable file, a refused resource or key. */
  misuse: 2,
  /** No fault was found, but something that the answer depends on was not checked. This does not mean allowed. */
  inconclusive: 3,
} as const;

/** A call that is wrong in itself. Its message quotes nothing that could be a secret. */
export class MisuseError extends Error {
  override readonly name = 'MisuseError';
}

export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function listOption(values: OptionValues, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
