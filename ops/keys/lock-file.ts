/**
 * The lock beside a state in a file: a folder of numbered files. The file with the highest number says who holds the lock;
 * an empty one says that nobody does.
 */
import { randomUUID } from 'node:crypto';
import * as fileSystem from 'node:fs/promises';
import { join } from 'node:path';
import type { LockPlace } from './lock-place.ts';

/** What it asks of the file system, one call at a time: each may come between any two of another process. */
export type LockFileSystem = Pick<
  typeof fileSystem,
  'link' | 'mkdir' | 'readdir' | 'readFile' | 'rm' | 'writeFile'
>;

/**
 * A file system has no "replace this if it is still that". It has "link this name unless it is taken", so each change is
 * the next number, which one process gets. For that, no number may ever be free again: a file that has been written is
 * neither changed nor removed. That is some ten small files for each rotation, in a folder that git ignores.
 */
export function lockInFile(folder: string, files: LockFileSystem = fileSystem): LockPlace {
  const newest = async (): Promise<number> => {
    const names = await files.readdir(folder).catch((error) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    });
    return names.filter(isNumber).reduce((highest, name) => Math.max(highest, Number(name)), 0);
  };
  const contentOf = async (number: number): Promise<string> =>
    number === 0 ? '' : await files.readFile(join(folder, String(number)), 'utf8');
  /** Writes the number after the one that was seen; null when somebody has it. */
  const follow = async (seen: number, text: string): Promise<{ tag: string } | null> => {
    const number = String(seen + 1);
    await files.mkdir(folder, { recursive: true });
    const unlinked = join(folder, `.${randomUUID()}`);
    await files.writeFile(unlinked, text);
    try {
      // It is there with its whole text or not at all.
      await files.link(unlinked, join(folder, number));
      return { tag: number };
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return null;
      throw error;
    } finally {
      await files.rm(unlinked, { force: true });
    }
  };
  return {
    name: folder,
    create: async (text) => {
      const seen = await newest();
      return (await contentOf(seen)) === '' ? follow(seen, text) : null;
    },
    read: async () => {
      const seen = await newest();
      const text = await contentOf(seen);
      return text === '' ? null : { text, tag: String(seen) };
    },
    replace: (text, tag) => follow(Number(tag), text),
    remove: async (tag) => (await follow(Number(tag), '')) !== null,
  };
}

/**
 * A name that this has written. `007` is read as the file `7`, which is not there, and after 2^53 no next number can be
 * told from it: either would stop every command.
 */
function isNumber(name: string): boolean {
  return /^[1-9]\d*$/.test(name) && Number.isSafeInteger(Number(name) + 1) && String(Number(name)) === name;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
