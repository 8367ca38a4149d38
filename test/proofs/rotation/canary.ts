/**
 * Looks for private keys where none may be: every file of a run, those too that are there for a moment only (locks, saved
 * plans, state backups, temporary files), and the arguments and environments of processes while it runs.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contentsOf } from './archive.ts';
import { ANY_PRIVATE_KEY, needlesOf } from './needles.ts';

/** Longer files are the provider's binaries. */
const LONGEST_FILE_BYTES = 20_000_000;
/** What comes and goes is small; longer ones are looked at in the end. */
const LONGEST_KEPT_BYTES = 1_000_000;
const EVERY_MS = 500;

export interface Found {
  readonly keys: number;
  readonly files: number;
  /** Of archives, among either: a saved plan has several. */
  readonly members: number;
  /** Files as they were at some moment of the run. */
  readonly passing: number;
  readonly argumentLists: number;
  readonly environments: number;
  /** Where a key was: places, never the key. */
  readonly found: readonly string[];
}

export class Canary {
  readonly #folders: string[] = [];
  readonly #privateKeys = new Set<string>();
  readonly #arguments = new Set<string>();
  readonly #environments = new Set<string>();
  /** By path, size and time of the last change: what it was then. */
  readonly #passing = new Map<string, { readonly place: string; readonly bytes: Buffer }>();
  readonly #texts: { readonly place: string; readonly text: string }[] = [];
  readonly #sampling: NodeJS.Timeout;

  constructor() {
    this.#sampling = setInterval(() => this.sample(), EVERY_MS);
    // A run that fails does not search, and must end all the same.
    this.#sampling.unref();
  }

  /** All that the run writes is below such folders. */
  watch(folder: string): void {
    this.#folders.push(folder);
  }

  add(privateKey: string): void {
    this.#privateKeys.add(privateKey);
  }

  /** What is in no file: a program's output, an object in S3. */
  addText(place: string, text: string): void {
    this.#texts.push({ place, text });
  }

  /** Files that were looked at while they were there. */
  places(): string[] {
    return [...this.#passing.values()].map(({ place }) => place);
  }

  /** Looks now at what may be gone soon. */
  sample(): void {
    for (const folder of this.#folders) {
      for (const { path, size, changed } of filesBelow(folder)) {
        const version = `${path} ${size} ${changed}`;
        if (size > LONGEST_KEPT_BYTES || this.#passing.has(version)) continue;
        const bytes = ifThere(() => readFileSync(path));
        if (bytes !== null) this.#passing.set(version, { place: path, bytes });
      }
    }
    this.#sampleProcesses();
  }

  /**
   * Ends the sampling, and looks through everything.
   *
   * @param forAny - whether for anything that is a private key, besides those that are known. @default false
   * @throws Error for an archive that cannot be read
   */
  search({ forAny = false }: { readonly forAny?: boolean } = {}): Found {
    clearInterval(this.#sampling);
    this.sample();
    const known = needlesOf(this.#privateKeys);
    const has = (text: string) => known.inText(text) || (forAny && ANY_PRIVATE_KEY.inText(text));
    const files = this.#folders.flatMap(filesBelow).filter(({ size }) => size <= LONGEST_FILE_BYTES);
    const found = new Set<string>();
    let members = 0;
    for (const { path } of files) {
      const contents = contentsOf(readFileSync(path));
      members += contents.length - 1;
      if (contents.some((bytes) => has(bytes.toString('latin1')))) found.add(path);
    }
    for (const { place, bytes } of this.#passing.values()) {
      const contents = passingContents(bytes);
      members += contents.length - 1;
      if (contents.some((content) => has(content.toString('latin1')))) found.add(place);
    }
    for (const { place, text } of this.#texts) if (has(text)) found.add(place);
    if ([...this.#arguments].some(has)) found.add('the arguments of a process');
    if ([...this.#environments].some(has)) found.add('the environment of a process');
    return {
      keys: this.#privateKeys.size,
      files: files.length,
      members,
      passing: this.#passing.size,
      argumentLists: this.#arguments.size,
      environments: this.#environments.size,
      found: [...found],
    };
  }

  /** Only where the kernel shows processes as files; elsewhere the counts stay 0 and say so. */
  #sampleProcesses(): void {
    const parents = new Map<string, string>();
    const environments = new Map<string, string>();
    for (const pid of (ifThere(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name))) {
      const read = (file: string) => ifThere(() => readFileSync(`/proc/${pid}/${file}`, 'latin1')) ?? '';
      this.#arguments.add(read('cmdline'));
      parents.set(
        pid,
        read('stat')
          .replace(/^.*\) \S /s, '')
          .split(' ')[0] ?? '',
      );
      environments.set(pid, read('environ'));
    }
    const isOurs = (pid: string): boolean => {
      const parent = parents.get(pid);
      return parent === String(process.pid) || (parent !== undefined && isOurs(parent));
    };
    for (const [pid, environment] of environments) {
      // Of one whose parent was killed only its folder tells whose it is.
      const names = this.#folders.some((folder) => environment.includes(folder));
      if (names || isOurs(pid)) this.#environments.add(environment);
    }
  }
}

interface FileNow {
  readonly path: string;
  readonly size: number;
  readonly changed: number;
}

/** Links lead out, as to the provider's binary, and are not followed. */
function filesBelow(folder: string): FileNow[] {
  const entries = ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry): FileNow[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    const found = entry.isFile() ? statSync(path, { throwIfNoEntry: false }) : undefined;
    return found === undefined ? [] : [{ path, size: found.size, changed: found.mtimeMs }];
  });
}

/** What was there may have been caught half written: then its bytes are all there is. */
function passingContents(bytes: Buffer): Buffer[] {
  try {
    return contentsOf(bytes);
  } catch {
    return [bytes];
  }
}

/** Null for what has gone meanwhile, and for another person's process. */
function ifThere<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
