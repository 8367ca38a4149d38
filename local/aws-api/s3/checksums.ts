/**
 * The checksums that a request may carry and an upload may be created with: those that Node computes. The others are 501.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError, notImplemented } from '../aws-error.ts';
import { combineCrc32 } from './crc32-combine.ts';

/** With the bytes of a value. */
const COMPUTED = { CRC32: 4, SHA1: 20, SHA256: 32 } as const;
const NOT_COMPUTED = ['CRC32C', 'CRC64NVME', 'SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128'];
const HEADER_PREFIX = 'x-amz-checksum-';

export type ChecksumAlgorithm = keyof typeof COMPUTED;
type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export const ALGORITHMS = Object.keys(COMPUTED) as readonly ChecksumAlgorithm[];

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64. */
  readonly value: string;
}

/** What the parts of an upload are checked with, and how the object's own checksum follows from theirs. */
export interface ChecksumMode {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
}

/** A header of the request, or what stands for it in a presigned query. */
export type HeaderValue = (name: string) => string | undefined;

export interface RunningChecksum {
  update(chunk: Buffer): void;
  /** Base64; may be asked once. */
  value(): string;
}

export function checksumHeader(algorithm: string): string {
  return `${HEADER_PREFIX}${algorithm.toLowerCase()}`;
}

/** The algorithm that a header of this name, in any case, holds a checksum by. */
export function algorithmOfHeader(name: string): ChecksumAlgorithm {
  const lower = name.toLowerCase();
  if (lower.startsWith(HEADER_PREFIX)) return parseAlgorithm(lower.slice(HEADER_PREFIX.length));
  throw invalidRequest('The value specified in the x-amz-trailer header is not supported');
}

/**
 * The algorithm of this name, in any case.
 *
 * @throws AwsError 501 for one that is not computed here; 400 InvalidRequest for one that S3 does not have either
 */
function parseAlgorithm(name: string): ChecksumAlgorithm {
  const upper = name.toUpperCase();
  const algorithm = ALGORITHMS.find((each) => each === upper);
  if (algorithm !== undefined) return algorithm;
  if (NOT_COMPUTED.includes(upper)) throw notImplemented(`the checksum algorithm ${upper} of S3`);
  throw invalidRequest('Checksum algorithm provided is unsupported.');
}

/**
 * What CreateMultipartUpload asks for; null for an upload without checksums.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 */
export function checksumModeOf(header: HeaderValue): ChecksumMode | null {
  const name = header('x-amz-checksum-algorithm');
  const type = header('x-amz-checksum-type')?.toUpperCase();
  if (name === undefined) {
    if (type === undefined) return null;
    throw invalidRequest(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = parseAlgorithm(name);
  if (type !== undefined && type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw invalidRequest('Value for x-amz-checksum-type header is invalid.');
  }
  if (type === 'FULL_OBJECT' && algorithm !== 'CRC32') {
    throw invalidRequest(
      `The FULL_OBJECT checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: type ?? 'COMPOSITE' };
}

/**
 * The checksum that the request itself gives, if any.
 *
 * @param header of the names of all checksums
 * @throws AwsError 400 InvalidRequest for more than one, or for one that is no checksum of its kind; 501 for another kind
 */
export function checksumIn(header: HeaderValue): Checksum | null {
  const given = [...ALGORITHMS, ...NOT_COMPUTED].filter((name) => header(checksumHeader(name)) !== undefined);
  const [name] = given;
  if (name === undefined) return null;
  if (given.length > 1) {
    throw invalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const algorithm = parseAlgorithm(name);
  const value = header(checksumHeader(algorithm)) ?? '';
  if (isValueOf(algorithm, value)) return { algorithm, value };
  throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  if (algorithm === 'CRC32') {
    let sum = 0;
    return {
      update: (chunk) => {
        sum = crc32(chunk, sum);
      },
      value: () => base64OfCrc(sum),
    };
  }
  const hash = createHash(algorithm.toLowerCase());
  return { update: (chunk) => void hash.update(chunk), value: () => hash.digest('base64') };
}

/** The object's checksum by those of its parts, in order; a composite one ends in the number of parts. */
export function objectChecksum(
  { algorithm, type }: ChecksumMode,
  parts: readonly { readonly checksum: string; readonly bytes: number }[],
): string {
  if (type === 'FULL_OBJECT') {
    const crcs = parts.map(({ checksum, bytes }) => ({ crc: crcOf(checksum), bytes }));
    return base64OfCrc(crcs.reduce((sum, { crc, bytes }) => combineCrc32(sum, crc, bytes), 0));
  }
  const ofParts = startChecksum(algorithm);
  for (const { checksum } of parts) ofParts.update(Buffer.from(checksum, 'base64'));
  return `${ofParts.value()}-${parts.length}`;
}

export function badDigest(what: string): AwsError {
  return new AwsError(400, 'BadDigest', `The ${what} you specified did not match what we received.`);
}

export function invalidRequest(message: string): AwsError {
  return new AwsError(400, 'InvalidRequest', message);
}

/** One spelling each: reading base64 passes over what is none. */
function isValueOf(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === COMPUTED[algorithm] && bytes.toString('base64') === value;
}

function base64OfCrc(sum: number): string {
  const bytes = Buffer.alloc(COMPUTED.CRC32);
  bytes.writeUInt32BE(sum);
  return bytes.toString('base64');
}

function crcOf(value: string): number {
  return Buffer.from(value, 'base64').readUInt32BE();
}
