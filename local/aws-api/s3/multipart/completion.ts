/**
 * What CompleteMultipartUpload checks before the parts become an object. Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
import { LEAST_PART_BYTES, MOST_PARTS } from '../../../../aws/values/s3-limits.ts';
import { AwsError } from '../../aws-error.ts';
import { childrenOf, element, parseXml, textOf, type XmlNode } from '../../xml.ts';
import {
  badDigest,
  type Checksum,
  checksumIn,
  type HeaderValue,
  invalidRequest,
  objectChecksum,
} from '../checksums.ts';
import type { Part, Upload } from './upload.ts';

interface ListedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum: Checksum | null;
}

/** The parts that the client lists. @throws AwsError 400 MalformedXML, InvalidPartOrder */
export function parseCompletion(xml: string): readonly ListedPart[] {
  const parts = childrenOf(parseXml(xml), 'CompleteMultipartUpload', 'Part').map(listedPart);
  if (parts.length === 0 || parts.length > MOST_PARTS) throw malformed();
  if (parts.some(({ number }, index) => number <= (parts[index - 1]?.number ?? 0))) {
    throw invalidPartOrder(
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    );
  }
  return parts;
}

/**
 * Compares the list with the parts that are there, and with what the headers say of the whole.
 *
 * @returns the object's checksum; null for an upload without
 * @throws AwsError as S3 refuses it
 */
export function requireComplete(
  upload: Upload,
  {
    listed,
    kept,
    header,
  }: {
    readonly listed: readonly ListedPart[];
    readonly kept: ReadonlyMap<number, Part>;
    readonly header: HeaderValue;
  },
): string | null {
  const parts = listed.map((part) => requirePart(upload, part, kept.get(part.number)));
  // Needs every part's size, so it comes after each has been found.
  for (const { number, etag, bytes } of parts.slice(0, -1)) {
    if (bytes >= LEAST_PART_BYTES) continue;
    throw new AwsError(
      400,
      'EntityTooSmall',
      'Your proposed upload is smaller than the minimum allowed size',
      {
        ProposedSize: String(bytes),
        MinSizeAllowed: String(LEAST_PART_BYTES),
        PartNumber: String(number),
        ETag: etag.replaceAll('"', ''),
      },
    );
  }
  if (upload.checksums !== null && parts.some(({ number }, index) => number !== index + 1)) {
    throw invalidPartOrder('Part numbers of an upload with checksums must be consecutive and begin at 1.');
  }
  requireObjectSize(
    header('x-amz-mp-object-size'),
    parts.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  return requireObjectChecksum(upload, parts, header);
}

/** What moto is told: the same parts, and nothing that it would read otherwise. */
export function completionXml(listed: readonly ListedPart[]): string {
  const parts = listed.map(
    ({ number, etag }) => `<Part>${element('PartNumber', number)}${element('ETag', `"${etag}"`)}</Part>`,
  );
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

function listedPart(node: XmlNode): ListedPart {
  const number = textOf(node, 'PartNumber');
  const etag = textOf(node, 'ETag').replaceAll('"', '');
  if (!/^\d{1,5}$/.test(number) || etag === '') throw malformed();
  const checksum = checksumIn((name) => {
    const algorithm = name.slice('x-amz-checksum-'.length).toUpperCase();
    return textOf(node, `Checksum${algorithm}`) || undefined;
  });
  return { number: Number(number), etag, checksum };
}

function requirePart(upload: Upload, listed: ListedPart, kept: Part | undefined): Part {
  const { checksums } = upload;
  if (kept === undefined || kept.etag.replaceAll('"', '') !== listed.etag) throw invalidPart(upload, listed);
  if (checksums === null) {
    if (listed.checksum !== null) throw invalidPart(upload, listed);
    return kept;
  }
  if (listed.checksum === null) {
    if (checksums.type === 'FULL_OBJECT') return kept;
    const algorithm = checksums.algorithm.toLowerCase();
    throw invalidRequest(
      `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${listed.number} in the request.`,
    );
  }
  if (listed.checksum.algorithm !== checksums.algorithm) {
    throw badDigest(`${listed.checksum.algorithm.toLowerCase()} of part ${listed.number}`);
  }
  if (listed.checksum.value !== kept.checksum) throw invalidPart(upload, listed);
  return kept;
}

function requireObjectSize(declared: string | undefined, bytes: number): void {
  if (declared === undefined || declared === String(bytes)) return;
  throw invalidRequest(
    /^\d+$/.test(declared)
      ? `The provided 'x-amz-mp-object-size' header value ${declared} does not match what was computed: ${bytes}`
      : 'Value for x-amz-mp-object-size header is invalid.',
  );
}

function requireObjectChecksum(
  { checksums }: Upload,
  parts: readonly Part[],
  header: HeaderValue,
): string | null {
  const type = header('x-amz-checksum-type')?.toUpperCase();
  const given = checksumOfObject(header);
  if (checksums === null) {
    if (given === null && type === undefined) return null;
    // S3 passes over some of these; a client that believes its object checked is wrong then.
    throw invalidRequest(mismatchOf('null', given?.algorithm ?? type ?? ''));
  }
  if (type !== undefined && type !== checksums.type) throw badDigest('x-amz-checksum-type');
  const value = objectChecksum(
    checksums,
    parts.map(({ checksum, bytes }) => ({ checksum: checksum ?? '', bytes })),
  );
  if (given === null || (given.algorithm === checksums.algorithm && given.value === value)) return value;
  if (given.algorithm !== checksums.algorithm) {
    throw invalidRequest(mismatchOf(checksums.algorithm, given.algorithm));
  }
  const message = `The ${given.algorithm} you specified did not match the calculated checksum.`;
  throw new AwsError(400, 'BadDigest', message);
}

/** A composite one has the number of parts at its end. */
function checksumOfObject(header: HeaderValue): Checksum | null {
  let suffix = '';
  const given = checksumIn((name) => {
    const text = header(name);
    const [, value, end = ''] = /^(.*?)(-\d+)?$/.exec(text ?? '') ?? [];
    if (text !== undefined) suffix = end;
    return text === undefined ? undefined : value;
  });
  return given === null ? null : { ...given, value: given.value + suffix };
}

/** S3's words for an algorithm that is not the upload's. */
export function mismatchOf(expected: string, actual: string): string {
  return `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual.toLowerCase()}`;
}

function invalidPart({ id }: Upload, { number, etag }: ListedPart): AwsError {
  const message =
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
  const details = { UploadId: id, PartNumber: String(number), ETag: etag };
  return new AwsError(400, 'InvalidPart', message, details);
}

function invalidPartOrder(message: string): AwsError {
  return new AwsError(400, 'InvalidPartOrder', message);
}

function malformed(): AwsError {
  const message = 'The XML you provided was not well-formed or did not validate against our published schema';
  return new AwsError(400, 'MalformedXML', message);
}
