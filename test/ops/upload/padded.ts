/** Large masters that are quickly transcoded: a clip, and a box that players skip. */
import { open } from 'node:fs/promises';

const CHUNK_BYTES = 2 ** 20;

/**
 * Writes an MP4 of exactly so many bytes.
 *
 * @param options.seed - byte that fills the box: another one makes another content
 * @see ISO/IEC 14496-12, 8.1.2: free space box
 */
export async function writePadded(
  path: string,
  { clip, bytes, seed }: { readonly clip: Buffer; readonly bytes: number; readonly seed: number },
): Promise<void> {
  const boxBytes = bytes - clip.length;
  const header = Buffer.alloc(8);
  header.writeUInt32BE(boxBytes, 0);
  header.write('free', 4, 'latin1');
  const file = await open(path, 'w');
  try {
    await file.writeFile(Buffer.concat([clip, header]));
    const chunk = Buffer.alloc(CHUNK_BYTES, seed);
    for (let left = boxBytes - header.length; left > 0; left -= CHUNK_BYTES) {
      await file.writeFile(chunk.subarray(0, Math.min(left, CHUNK_BYTES)));
    }
  } finally {
    await file.close();
  }
}
