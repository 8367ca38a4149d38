/** The files that are meant by the files and folders on a command line. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { lookup } from 'mime-types';
import { callersFile } from '../../terraform/callers-file.ts';
import { UploadRefused, unreadableFile } from '../refused.ts';

export interface FoundFile {
  /** As people know it: as it was given, or below the folder that was given. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
}

export interface FoundFiles {
  /** Each once; of a folder in the order of their names. A path that is not there is among them, to be refused by name. */
  readonly files: readonly FoundFile[];
  /** In folders, but by their names no videos: pictures, captions, documents. */
  readonly ignored: readonly string[];
  /** Folders that cannot be listed, and files whose name cannot be read; the others are found. */
  readonly refused: readonly RefusedFile[];
}

interface RefusedFile {
  readonly file: string;
  readonly refusal: UploadRefused;
}

export interface FindFilesOptions {
  /** Of this process: relative paths are meant from the caller's folder. */
  readonly env: NodeJS.ProcessEnv;
  /** Only files in folders whose name ends so, in capitals or not. @default - all that may be videos */
  readonly suffix?: string | null;
}

/** Files are taken whatever their names; folders whole, without hidden files and folders, and following links once. */
export async function findFiles(given: readonly string[], options: FindFilesOptions): Promise<FoundFiles> {
  const search: Search = {
    files: new Map(),
    ignored: [],
    refused: [],
    folders: new Set(),
    suffix: options.suffix ?? null,
  };
  for (const file of given) {
    const path = callersFile(file, options.env);
    const kind = await kindOf(path);
    if (kind?.isDirectory()) await addFolder(search, { file, path });
    else await addFile(search, { file, path });
  }
  const { ignored, refused } = search;
  return { files: [...search.files.values()], ignored, refused };
}

interface Search {
  /** By their real paths. */
  readonly files: Map<string, FoundFile>;
  readonly ignored: string[];
  readonly refused: RefusedFile[];
  /** Real paths: a link to a folder above would lead on for ever. */
  readonly folders: Set<string>;
  readonly suffix: string | null;
}

async function addFolder(search: Search, folder: FoundFile): Promise<void> {
  // Where it vanished meanwhile, listing it says so.
  const real = await realpath(folder.path).catch(() => folder.path);
  if (search.folders.has(real)) return;
  search.folders.add(real);
  for (const name of await namesIn(search, folder)) {
    const entry = { file: join(folder.file, name), path: join(folder.path, name) };
    const kind = await kindOf(entry.path);
    if (kind === null && name.includes(UNDECODED)) search.refused.push(undecoded(entry.file));
    else if (kind?.isDirectory()) await addFolder(search, entry);
    // What cannot be looked at, such as a link into nothing, is refused by its name as a file.
    else if (kind === null || kind.isFile()) {
      if (search.suffix !== null && !name.toLowerCase().endsWith(search.suffix.toLowerCase())) continue;
      if (search.suffix === null && isSomethingElse(name)) search.ignored.push(entry.file);
      else await addFile(search, entry);
    }
  }
}

async function namesIn({ refused }: Search, { file, path }: FoundFile): Promise<string[]> {
  try {
    const names = await readdir(path);
    return names.filter((name) => !name.startsWith('.')).sort(byName);
  } catch (cause) {
    refused.push({ file, refusal: unreadableFile(file, cause as NodeJS.ErrnoException) });
    return [];
  }
}

/** What Node.js makes of bytes that are not UTF-8, and by which no file is found. */
const UNDECODED = '\ufffd';

function undecoded(file: string): RefusedFile {
  const message = `${JSON.stringify(file)} has a name that is not UTF-8: rename it`;
  return { file, refusal: new UploadRefused('UNREADABLE', message) };
}

async function addFile({ files }: Search, found: FoundFile): Promise<void> {
  const real = await realpath(found.path).catch(() => found.path);
  if (!files.has(real)) files.set(real, found);
}

/** Null for what is not there, as a link into nothing. */
function kindOf(path: string) {
  return stat(path).catch(() => null);
}

/** What is a video for some program although its type says application. */
const VIDEO_APPLICATIONS = new Set([
  ...['application/mxf', 'application/mp4', 'application/ogg', 'application/octet-stream'],
  'application/vnd.rn-realmedia',
]);
/** Files that are found beside videos and that no list of types knows, or knows as something else. */
const SIDECARS = new Set([
  ...['.ass', '.ssa', '.idx', '.sup', '.dfxp', '.scc', '.stl', '.sbv', '.lrc'],
  ...['.db', '.edl', '.url', '.lnk', '.md5', '.sha1', '.sha256', '.sfv', '.thm', '.xmp', '.log', '.bif'],
]);

/** By its name obviously no video; all others are looked into. */
function isSomethingElse(name: string): boolean {
  if (SIDECARS.has(extname(name).toLowerCase())) return true;
  const type = lookup(basename(name)) || 'unknown';
  if (/^(?:image|text|font|model|message)\//.test(type)) return true;
  // Ogg may hold a picture.
  if (type.startsWith('audio/')) return type !== 'audio/ogg';
  return type.startsWith('application/') && !VIDEO_APPLICATIONS.has(type);
}

/** The same on every machine, and 2 before 10. */
function byName(one: string, other: string): number {
  return ORDER.compare(one, other) || (one < other ? -1 : 1);
}

const ORDER = new Intl.Collator('en', { numeric: true });
