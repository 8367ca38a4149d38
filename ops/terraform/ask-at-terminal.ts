/** A question to the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from './targets.ts';

/** @throws UsageError without a terminal, naming `--yes` */
export async function askAtTerminal(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(`"${question}" cannot be answered without a terminal; add --yes`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
