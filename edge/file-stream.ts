/** A part of an open file as a stream, read when somebody is ready for more. */
import { close, read } from 'node:fs';
import { Readable } from 'node:stream';
import type { ByteRange } from './ranges.ts';

/** What a slow reader holds in memory, twice at most. Each piece costs the thread that sends an event, so smaller ones cost it more. */
const CHUNK_BYTES = 256 * 1024;

/**
 * The bytes from `start` to `end`; closes the file at the end, or when it is destroyed. The thread pool reads: it costs more
 * than reading at once, but it works on another core while this thread sends, and large objects go out faster for it.
 */
export function fileStream(descriptor: number, { start, end }: ByteRange): Readable {
  let position = start;
  let isReading = false;
  let onRead: (() => void) | null = null;

  return new Readable({
    // Only one chunk ahead.
    highWaterMark: 1,
    read() {
      const wanted = Math.min(CHUNK_BYTES, end - position + 1);
      if (wanted === 0) {
        this.push(null);
        return;
      }
      const bytes = Buffer.allocUnsafeSlow(wanted);
      isReading = true;
      read(descriptor, bytes, 0, wanted, position, (error, count) => {
        isReading = false;
        onRead?.();
        if (this.destroyed) return;
        if (error || count === 0) {
          this.destroy(error ?? new Error('the file became shorter while it was read'));
          return;
        }
        position += count;
        this.push(count === wanted ? bytes : bytes.subarray(0, count));
      });
    },
    destroy(error, done) {
      const closeFile = () => close(descriptor, (failure) => done(error ?? failure));
      // A number that is closed under a read may name another file before the read has begun.
      if (isReading) onRead = closeFile;
      else closeFile();
    },
  });
}
