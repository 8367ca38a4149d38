/** An origin that is a folder on this machine, with S3's semantics: keys are flat, and nothing outside is ever read. */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { sep } from 'node:path';
import { OptionError } from '../aws/values/option-error.ts';
import { contentTypeOf } from './content-types.ts';
import { fileStream } from './file-stream.ts';
import { type Origin, type OriginAnswer, OriginError, type OriginRequest } from './origin.ts';
import { judgeConditions } from './preconditions.ts';
import { type ByteRange, readRanges } from './ranges.ts';
import {
  ACCESS_DENIED,
  INVALID_RANGE,
  KEY_TOO_LONG,
  NO_SUCH_KEY,
  PRECONDITION_FAILED,
  type S3Refusal,
  s3Error,
} from './s3-errors.ts';

export interface DirectoryOriginOptions {
  /** The bucket's root: `<directory>/books/42/index.m3u8` is the key `books/42/index.m3u8`. */
  readonly directory: string;
  /**
   * What the bucket policy says. `list` decides what a missing object answers: 404 with it, 403 without.
   * @default - every object may be read, and `s3:ListBucket` is not given
   */
  readonly access?: { readonly mayRead: (key: string) => boolean; readonly mayList: boolean };
}

const MAX_KEY_BYTES = 1024;
/** Not blocking: a pipe that nobody writes to would stop everything. The path is real: a link there is a new one. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
/** Up to this a file is read at once: a trip to the thread pool and a stream cost more than the copy. */
const READ_AT_ONCE_BYTES = 128 * 1024;

/**
 * A folder as a bucket. Symbolic links are followed within it; one that leads out is a missing object.
 *
 * @throws TypeError when there is no such folder
 */
export function createDirectoryOrigin({ directory, access }: DirectoryOriginOptions): Origin {
  const root = rootOf(directory);
  const known: KnownPaths = { paths: new Map(), knownUntil: 0 };
  const refuse = (refusal: S3Refusal, { method }: OriginRequest) =>
    s3Error(refusal, { method, requestId: randomBytes(8).toString('hex').toUpperCase() });

  const answer = (request: OriginRequest): OriginAnswer => {
    const key = keyOf(request);
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) return refuse(KEY_TOO_LONG, request);
    if (access && !access.mayRead(key)) return refuse(ACCESS_DENIED, request);
    const file = open(root, key, known);
    if (!file) {
      if (!access?.mayList) return refuse(ACCESS_DENIED, request);
      return refuse({ ...NO_SUCH_KEY, details: { Key: key } }, request);
    }
    let isStreamed = false;
    try {
      const headers = objectHeaders(key, file.stats);
      const condition = judgeConditions(request.headers, headers);
      if (condition === 'failed') return refuse(PRECONDITION_FAILED, request);
      if (condition === 'not-modified') return { status: 304, headers, body: Buffer.alloc(0) };
      const { size } = file.stats;
      const ranges = readRanges(request.headers.range, size);
      if (ranges === 'unsatisfiable') {
        return refuse({ ...INVALID_RANGE, details: { ActualObjectSize: String(size) } }, request);
      }
      // S3 serves one range, and the whole object for several.
      const [range] = ranges?.length === 1 ? ranges : [];
      const { start, end } = range ?? { start: 0, end: size - 1 };
      const length = end - start + 1;
      const status = range ? 206 : 200;
      const partHeaders = {
        ...headers,
        'content-length': String(length),
        ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
      };
      if (request.method === 'HEAD') return { status, headers: partHeaders, body: Buffer.alloc(0) };
      if (length <= READ_AT_ONCE_BYTES) {
        return { status, headers: partHeaders, body: readAtOnce(file.descriptor, { start, end }) };
      }
      isStreamed = true;
      const body = fileStream(file.descriptor, { start, end });
      return { status, headers: partHeaders, body };
    } finally {
      if (!isStreamed) closeSync(file.descriptor);
    }
  };
  return { fetch: async (request) => answer(request), close: () => undefined };
}

function rootOf(directory: string): string {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return realpathSync.native(directory);
  throw new OptionError('directory', `expected a folder, got ${directory}`);
}

/** @throws OriginError `InvalidUri` for what S3 answers with 400 */
function keyOf({ origin, path }: OriginRequest): string {
  try {
    return decodeURIComponent(`${origin.path}${path}`.slice(1));
  } catch (cause) {
    throw new OriginError('InvalidUri', 'the path is not valid percent-encoded UTF-8', { cause });
  }
}

/** Where keys lead, known for a moment: segments are asked for many times in a row. */
interface KnownPaths {
  readonly paths: Map<string, string>;
  knownUntil: number;
}

const KNOWN_MS = 1000;
const MOST_KNOWN_PATHS = 10_000;

/** @throws Error when there is no such file */
function realPathOf(path: string, known: KnownPaths): string {
  const now = performance.now();
  if (now >= known.knownUntil || known.paths.size >= MOST_KNOWN_PATHS) {
    known.paths.clear();
    known.knownUntil = now + KNOWN_MS;
  }
  const earlier = known.paths.get(path);
  if (earlier !== undefined) return earlier;
  const real = realpathSync.native(path);
  known.paths.set(path, real);
  return real;
}

/** Null when there is no such object: keys are flat, so `a/../b`, `a//b` and a folder are none. */
function open(
  root: string,
  key: string,
  known: KnownPaths,
): { readonly descriptor: number; readonly stats: Stats } | null {
  if (key.includes('\0') || key.includes('\\')) return null;
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) return null;
  try {
    const file = realPathOf(`${root}${sep}${key}`, known);
    if (!file.startsWith(root === sep ? sep : `${root}${sep}`)) return null;
    const descriptor = openSync(file, OPEN_FLAGS);
    const stats = fstatSync(descriptor);
    if (stats.isFile()) return { descriptor, stats };
    closeSync(descriptor);
    return null;
  } catch {
    return null;
  }
}

function objectHeaders(key: string, { size, mtimeMs }: Stats): Record<string, string> {
  return {
    'content-type': contentTypeOf(key),
    'content-length': String(size),
    // Changes with the file, as S3's does with the object; S3's is an MD5 of the bytes.
    etag: `"${size.toString(16)}-${Math.round(mtimeMs * 1000).toString(16)}"`,
    'last-modified': new Date(mtimeMs).toUTCString(),
    'accept-ranges': 'bytes',
    server: 'AmazonS3',
  };
}

function readAtOnce(descriptor: number, { start, end }: ByteRange): Buffer {
  const bytes = Buffer.allocUnsafe(end - start + 1);
  let filled = 0;
  while (filled < bytes.length) {
    const read = readSync(descriptor, bytes, filled, bytes.length - filled, start + filled);
    if (read === 0) throw new OriginError('Unreachable', 'the file became shorter while it was read');
    filled += read;
  }
  return bytes;
}
