/** Looks for private keys where none may be: files of the run, and the arguments of every process while it runs. */
import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Longer files are the provider's binaries. */
const LONGEST_FILE_BYTES = 20_000_000;

export class Canary {
  readonly #privateKeys = new Set<string>();
  readonly #arguments = new Set<string>();
  readonly #sampling: NodeJS.Timeout;
  #files = 0;

  constructor() {
    this.#sampling = setInterval(() => this.#sample(), 500);
    // A run that fails does not search, and must end all the same.
    this.#sampling.unref();
  }

  add(privateKey: string): void {
    this.#privateKeys.add(privateKey);
  }

  /** How much was looked through, and where a key was: places, never the key. */
  search(folders: readonly string[]): {
    keys: number;
    files: number;
    argumentLists: number;
    found: string[];
  } {
    clearInterval(this.#sampling);
    const needles = [...this.#privateKeys].flatMap(spellings);
    const has = (text: string) => needles.some((needle) => text.includes(needle));
    const found = folders
      .flatMap((folder) => this.#filesBelow(folder))
      .filter((file) => has(readFileSync(file, 'latin1')));
    if ([...this.#arguments].some(has)) found.push('the arguments of a process');
    return {
      keys: this.#privateKeys.size,
      files: this.#files,
      argumentLists: this.#arguments.size,
      found,
    };
  }

  /** Only where the kernel shows processes as files; elsewhere the count stays 0 and says so. */
  #sample(): void {
    let processes: string[];
    try {
      processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    } catch {
      return;
    }
    for (const pid of processes) {
      try {
        this.#arguments.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  #filesBelow(folder: string): string[] {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => statSync(file).size <= LONGEST_FILE_BYTES);
    this.#files += files.length;
    return files;
  }
}

/** Lines of its PEM, and the number that is the secret, as bytes and in hexadecimal. */
function spellings(privateKey: string): string[] {
  const lines = privateKey.split('\n').filter((line) => !line.startsWith('-----') && line.length > 30);
  const secret = createPrivateKey(privateKey).export({ format: 'jwk' }).d ?? '';
  const bytes = Buffer.from(secret, 'base64url');
  // The first line says what kind of key it is, and is the same for all of a kind.
  const own = lines.length > 2 ? lines.slice(1) : lines;
  return [...own, secret, bytes.toString('hex'), bytes.toString('latin1')].filter((text) => text !== '');
}
