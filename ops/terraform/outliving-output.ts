/** Where a child may go on writing after we are gone. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

export interface OutlivingOutput {
  /** For the child's `stdio`. */
  readonly fd: number;
  /** Hands over the rest and ends; the child must have ended before. */
  readonly end: () => void;
}

const EVERY_MS = 50;
const CHUNK_BYTES = 65_536;

/**
 * A file without a name, read as it grows. With a pipe, a child would end at its next line when we are killed (SIGPIPE),
 * and Terraform halfway through an apply, with a resource that no state has.
 *
 * @param take - gets what was written, as it comes; a chunk is no line
 */
export function outlivingOutput(take: (text: string) => void): OutlivingOutput {
  const folder = mkdtempSync(join(tmpdir(), 'storytime-output-'));
  const fd = openSync(join(folder, 'output'), 'ax+', 0o600);
  rmSync(folder, { recursive: true });
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let position = 0;
  const read = (): void => {
    for (;;) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, position);
      if (length === 0) return;
      position += length;
      take(decoder.write(chunk.subarray(0, length)));
    }
  };
  const timer = setInterval(read, EVERY_MS);
  return {
    fd,
    end: () => {
      clearInterval(timer);
      read();
      closeSync(fd);
    },
  };
}

/** Cuts text that comes in chunks into lines; `end` hands over what has no line break behind it. */
export function lines(take: (line: string) => void): {
  readonly add: (text: string) => void;
  readonly end: () => void;
} {
  let rest = '';
  return {
    add: (text) => {
      const parts = (rest + text).split(/\r?\n/);
      rest = parts.pop() ?? '';
      for (const line of parts) take(line);
    },
    end: () => {
      if (rest !== '') take(rest);
    },
  };
}
