/**
 * Encrypts the finished segments of picture and sound in place, and writes the key's address into their playlists.
 *
 * This is done here and not by ffmpeg, which reads keys from files: the key stays in the memory of the worker, and all that
 * is measured of a segment is measured before, while it is clear. Captions stay clear.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-5.2 for the initialization vectors
 */
import { createCipheriv } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentsOf } from './master-playlist.ts';

export interface StreamEncryption {
  /** 16 bytes. */
  readonly key: Buffer;
  /** What players ask for the key. */
  readonly keyUrl: string;
}

export interface StreamFiles {
  readonly directory: string;
  /** Playlists whose segments are files of their own. */
  readonly playlists: readonly string[];
  /** Playlists of byte ranges in segments of the others. */
  readonly iFramePlaylists: readonly string[];
}

const VECTOR_BYTES = 16;

export async function encryptStream(
  { directory, playlists, iFramePlaylists }: StreamFiles,
  { key, keyUrl }: StreamEncryption,
): Promise<void> {
  const vectors = new Map<string, Buffer>();
  for (const fileName of playlists) {
    const text = await readFile(join(directory, fileName), 'utf8');
    for (const [name, vector] of vectorsOf(text)) {
      const path = join(directory, name);
      await writeFile(path, encrypt(await readFile(path), key, vector));
      vectors.set(name, vector);
    }
  }
  for (const fileName of [...playlists, ...iFramePlaylists]) {
    const path = join(directory, fileName);
    await writeFile(path, withKeys(await readFile(path, 'utf8'), keyUrl, vectors));
  }
}

/** By the media sequence number, which is the number in the segment's name: no two of a playlist are the same. */
function vectorsOf(playlist: string): [name: string, vector: Buffer][] {
  const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)$/m.exec(playlist)?.[1] ?? 0);
  return segmentsOf(playlist).map(({ name }, index) => {
    const vector = Buffer.alloc(VECTOR_BYTES);
    vector.writeUInt32BE(first + index, VECTOR_BYTES - 4);
    return [name, vector];
  });
}

function encrypt(content: Buffer, key: Buffer, vector: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-cbc', key, vector);
  return Buffer.concat([cipher.update(content), cipher.final()]);
}

/**
 * Every segment after its own vector. I-frames are listed by where they are in the clear segment: a player loads the 16-byte
 * blocks around the range, and the one before it in place of the vector.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-6.3.6
 */
function withKeys(playlist: string, keyUrl: string, vectors: ReadonlyMap<string, Buffer>): string {
  let last = '';
  return playlist.replace(/^#EXTINF:[^\n]*\n(?:#[^\n]*\n)*([^#\n]+)$/gm, (entry, name: string) => {
    const vector = vectors.get(name)?.toString('hex') ?? '';
    const isSame = vector === last;
    last = vector;
    return isSame ? entry : `#EXT-X-KEY:METHOD=AES-128,URI="${keyUrl}",IV=0x${vector}\n${entry}`;
  });
}
