/** Everything that identifies a file's content, in one pass over it. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type CheckedPart, partBytesFor } from '../parts.ts';

export interface FileHashes {
  /** Read, and so hashed. */
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Of the whole. */
  readonly crc32: number;
  /** In the order of the file; one for an empty one. */
  readonly parts: readonly CheckedPart[];
}

const READING = { autoClose: false, highWaterMark: 2 ** 20, start: 0 };

export interface HashOptions {
  readonly signal: AbortSignal;
  /** Hears of every chunk that was read. @default - nobody does */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Reads the file once, whatever its size with a few MiB of memory.
 *
 * @throws RangeError for a file larger than S3's objects; the signal's reason; what the file system throws
 */
export async function hashFile(path: string, { signal, onBytes }: HashOptions): Promise<FileHashes> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const partBytes = partBytesFor(size);
    const whole = createHash('sha256');
    const parts: CheckedPart[] = [];
    let wholeCrc = 0;
    let part: CheckedPart = { bytes: 0, crc32: 0 };
    let bytes = 0;
    // To where it ended at first: a file that grows is found by its size, and could grow for ever.
    const chunks = size === 0 ? [] : file.createReadStream({ ...READING, end: size - 1 });
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      whole.update(chunk);
      wholeCrc = crc32(chunk, wholeCrc);
      bytes += chunk.length;
      onBytes?.(chunk.length);
      for (let rest = chunk; rest.length > 0; ) {
        const taken = rest.subarray(0, partBytes - part.bytes);
        part = { bytes: part.bytes + taken.length, crc32: crc32(taken, part.crc32) };
        rest = rest.subarray(taken.length);
        if (part.bytes < partBytes) continue;
        parts.push(part);
        part = { bytes: 0, crc32: 0 };
      }
    }
    if (part.bytes > 0 || parts.length === 0) parts.push(part);
    return { bytes, sha256: whole.digest('hex'), crc32: wholeCrc, parts };
  } finally {
    await file.close();
  }
}
