/** The file that is sent: opened once, so that it is the one that was looked at even where another takes its name. */
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Part } from '../parts.ts';
import { UploadRefused, unreadableFile } from '../refused.ts';

/** What was checked, and how the file looked then. */
export interface MasterOnDisk {
  /** As people know it. */
  readonly file: string;
  /** What is read. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** What one part in flight takes of memory, a few times over. */
const BYTES_AT_ONCE = 256 * 1024;

export class MasterFile {
  readonly #master: MasterOnDisk;
  readonly #handle: FileHandle;

  private constructor(master: MasterOnDisk, handle: FileHandle) {
    this.#master = master;
    this.#handle = handle;
  }

  /** @throws UploadRefused where it cannot be read, or has changed since it was checked */
  static async open(master: MasterOnDisk): Promise<MasterFile> {
    const handle = await open(master.path).catch((cause: NodeJS.ErrnoException) => {
      throw unreadableFile(master.file, cause);
    });
    const file = new MasterFile(master, handle);
    try {
      await file.requireUnchanged();
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** @throws UploadRefused FILE_CHANGED */
  async requireUnchanged(): Promise<void> {
    const { size, mtimeMs } = await this.#handle.stat();
    if (size !== this.#master.bytes || mtimeMs !== this.#master.modifiedMs) throw this.#changed();
  }

  /**
   * Reads a part that S3 found damaged once more: programs that map a file into memory change it without a new date.
   *
   * @throws UploadRefused FILE_CHANGED
   */
  async requireSamePart(part: Part, signal: AbortSignal): Promise<void> {
    await this.requireUnchanged();
    let [sum, bytes] = [0, 0];
    for await (const chunk of this.read(part, { signal }) as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      bytes += chunk.length;
    }
    if (sum !== part.crc32 || bytes !== part.bytes) throw this.#changed();
  }

  /**
   * A part's bytes, as they are asked for. Fails with UploadRefused where they cannot be read.
   *
   * @param options.onBytes - hears of every chunk that was taken
   */
  read(
    { offset, bytes }: Pick<Part, 'offset' | 'bytes'>,
    options: { readonly signal: AbortSignal; readonly onBytes?: (bytes: number) => void },
  ): Readable {
    const { file } = this.#master;
    const handle = this.#handle;
    let position = offset;
    const end = offset + bytes;
    return new Readable({
      highWaterMark: BYTES_AT_ONCE,
      signal: options.signal,
      read() {
        const length = Math.min(BYTES_AT_ONCE, end - position);
        if (length === 0) {
          this.push(null);
          return;
        }
        handle.read(Buffer.allocUnsafe(length), 0, length, position).then(
          ({ bytesRead, buffer }) => {
            // A file that was made shorter ends early; the request would wait for the rest.
            if (bytesRead === 0) {
              this.destroy(changed(file));
              return;
            }
            position += bytesRead;
            options.onBytes?.(bytesRead);
            this.push(buffer.subarray(0, bytesRead));
          },
          (cause: NodeJS.ErrnoException) => this.destroy(unreadableFile(file, cause)),
        );
      },
    });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #changed(): UploadRefused {
    return changed(this.#master.file);
  }
}

function changed(file: string): UploadRefused {
  return new UploadRefused(
    'FILE_CHANGED',
    `${JSON.stringify(file)} changed after it was checked: wait until nothing writes to it, then run the same command again`,
  );
}
