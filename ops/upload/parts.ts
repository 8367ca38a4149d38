/**
 * Where a file is cut for a multipart upload. Pure: the size alone decides, so that every machine cuts the same parts and
 * one can go on where another stopped.
 */
import { MOST_OBJECT_BYTES, MOST_PARTS } from '../../aws/values/s3-limits.ts';

const MIB = 2 ** 20;
/** More than S3's least, for fewer requests. */
const LEAST_PART_BYTES = 8 * MIB;

/**
 * Bytes of every part but the last, in whole MiB: as few as S3's 10,000 parts allow, at least 8 MiB.
 *
 * @throws RangeError for more bytes than S3 keeps in one object
 */
export function partBytesFor(bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > MOST_OBJECT_BYTES) {
    throw new RangeError(`expected 0 to ${MOST_OBJECT_BYTES} bytes, got ${bytes}`);
  }
  return Math.max(LEAST_PART_BYTES, Math.ceil(bytes / MOST_PARTS / MIB) * MIB);
}

/** One part as it was read. */
export interface CheckedPart {
  readonly bytes: number;
  readonly crc32: number;
}

/** One part and where it is. */
export interface Part extends CheckedPart {
  /** From 1, as S3 counts. */
  readonly number: number;
  /** Of its first byte in the file. */
  readonly offset: number;
}

export function numbered(parts: readonly CheckedPart[]): Part[] {
  let offset = 0;
  return parts.map((part, index) => {
    const placed = { ...part, number: index + 1, offset };
    offset += part.bytes;
    return placed;
  });
}

/** A part that S3 has, as ListParts says. */
export interface KeptPart {
  readonly number: number;
  readonly bytes: number;
  /** As S3 writes it; undefined where it knows none. */
  readonly crc32: string | undefined;
}

/** What is still to be sent: what S3 does not have, and what it has with another size or checksum. */
export function missingParts(parts: readonly Part[], kept: readonly KeptPart[]): Part[] {
  const keptByNumber = new Map(kept.map((part) => [part.number, part]));
  return parts.filter(({ number, bytes, crc32 }) => {
    const there = keptByNumber.get(number);
    return there?.bytes !== bytes || there.crc32 !== checksumText(crc32);
  });
}

/** A CRC32 as S3 writes it: base64 of four bytes, the highest first. */
export function checksumText(crc32: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32);
  return bytes.toString('base64');
}

export function bytesOf(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}
