/** Reads what must not be on the command line: from a file, or from standard input for `-`. */

import { readFile } from 'node:fs/promises';
import { MisuseError, type Terminal } from './command.ts';

/** @throws MisuseError when `place` cannot be read; `what` says what was looked for */
export async function readText(
  place: string,
  what: string,
  { stdin }: Pick<Terminal, 'stdin'>,
): Promise<string> {
  if (place === '-') return readAll(stdin);
  try {
    return await readFile(place, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an unknown error';
    // The place is not repeated: what was meant to be in the file may have been typed instead of its name.
    throw new MisuseError(`${what} cannot be read: ${code}; pass a file name, or - for standard input`);
  }
}

async function readAll(stream: Terminal['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
