/** A part of an open file as a stream, read when somebody is ready for more. */
import { closeSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { ByteRange } from './ranges.ts';

/** What a slow reader holds in memory, twice at most; from 128 KiB on allocators map each piece anew, which costs more. */
const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes from `start` to `end`; closes the file at the end, or when it is destroyed. Reading is at once, as the system
 * has read ahead: the thread pool costs several times what the copy does.
 */
export function fileStream(descriptor: number, { start, end }: ByteRange): Readable {
  let position = start;
  return new Readable({
    // One chunk and no more ahead.
    highWaterMark: 1,
    read() {
      const wanted = Math.min(CHUNK_BYTES, end - position + 1);
      if (wanted === 0) {
        this.push(null);
        return;
      }
      try {
        const bytes = Buffer.allocUnsafeSlow(wanted);
        const read = readSync(descriptor, bytes, 0, wanted, position);
        if (read === 0) throw new Error('the file became shorter while it was read');
        position += read;
        this.push(read === wanted ? bytes : bytes.subarray(0, read));
      } catch (error) {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    },
    destroy(error, done) {
      closeSync(descriptor);
      done(error);
    },
  });
}
