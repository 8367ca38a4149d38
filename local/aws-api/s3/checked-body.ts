/**
 * The body of a request on its way to moto: decoded, and its last piece held back until the whole is known to be what the
 * request says. moto takes nothing of a body without an end, so what was stored before stays.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { MOST_BYTES_AT_ONCE } from '../../../aws/values/s3-limits.ts';
import { type ApiRequest, contentMismatch, declaredHash, readApiRequest } from '../api-request.ts';
import { AwsError } from '../aws-error.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import {
  algorithmOfHeader,
  badDigest,
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  checksumIn,
  type HeaderValue,
  invalidRequest,
  startChecksum,
} from './checksums.ts';

export interface CheckedBody {
  /** In order: the request's body goes in at the first and comes out at the last. */
  readonly streams: readonly Transform[];
  /** For moto in place of the request's own; undefined for one that it is not to have. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Which checksum the request gives of its body, in a header or after it. */
  readonly algorithm: ChecksumAlgorithm | null;
  /** Of the whole body, by that algorithm or the one asked for; known when all of it has passed. */
  readonly checksum: () => string | null;
}

/** What is compared when all of the body has passed. */
interface Check {
  update(chunk: Buffer): void;
  /** The failure, or null. */
  verify(): AwsError | null;
}

/**
 * @param options.header of the request or its presigned query
 * @param options.wanted what to compute where the request gives no checksum
 * @param options.before called when the body has come and been checked, before moto has the end of it; may throw
 */
export function checkedBody(
  headers: IncomingHttpHeaders,
  options: {
    readonly header: HeaderValue;
    readonly wanted?: ChecksumAlgorithm | undefined;
    readonly before?: () => void;
  },
): CheckedBody {
  const chunked = chunkedBytes(headers);
  const decoder = chunked === null ? null : decodeAwsChunked(chunked);
  const given = checksumIn(options.header);
  const trailing = decoder === null ? null : trailingAlgorithm(headers);
  if (given !== null && trailing !== null) {
    throw invalidRequest('Expecting a single x-amz-checksum- header');
  }
  const algorithm = given?.algorithm ?? trailing;
  const computed = algorithm ?? options.wanted;
  const running = computed === undefined ? null : startChecksum(computed);
  let value: string | null = null;
  const compare = (): AwsError | null => {
    value = running?.value() ?? null;
    const expected = given?.value ?? (trailing && (decoder?.trailers.get(checksumHeader(trailing)) ?? ''));
    if (expected === null || expected === value) return null;
    return badDigest(algorithm ?? '');
  };
  const checks = [
    ...(running === null ? [] : [{ update: (chunk: Buffer) => running.update(chunk), verify: compare }]),
    ...hashChecks(headers, options.header),
  ];
  return {
    algorithm,
    checksum: () => value,
    streams: [...(decoder === null ? [] : [decoder.stream]), holdingBack(checks, options.before)],
    headers: {
      'content-md5': undefined,
      'x-amz-content-sha256': undefined,
      ...(chunked !== null && {
        'content-encoding': otherEncodings(headers),
        'content-length': String(chunked),
        'transfer-encoding': undefined,
        'x-amz-decoded-content-length': undefined,
        'x-amz-trailer': undefined,
      }),
    },
  };
}

/** Reads a small body whole, such as a list of objects to delete, and checks it. */
export async function readChecked(incoming: IncomingMessage): Promise<ApiRequest> {
  const request = await readApiRequest(incoming);
  const header: HeaderValue = (name) => request.headers[name]?.toString();
  const given = checksumIn(header);
  const checks = [...(given === null ? [] : [checksumCheck(given)]), ...hashChecks(request.headers, header)];
  for (const check of checks) {
    check.update(Buffer.from(request.body));
    const failure = check.verify();
    if (failure !== null) throw failure;
  }
  return request;
}

/**
 * S3 wants to know the size of what it is to keep before it comes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
 */
export function requireSize(headers: IncomingHttpHeaders): void {
  const text = headers['x-amz-decoded-content-length']?.toString() ?? headers['content-length'];
  if (text === undefined) {
    throw new AwsError(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  if (Number(text) <= MOST_BYTES_AT_ONCE) return;
  throw new AwsError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: text,
    MaxSizeAllowed: String(MOST_BYTES_AT_ONCE),
  });
}

/** The size of the content that the chunks hold; null for a body that is not `aws-chunked`. */
function chunkedBytes(headers: IncomingHttpHeaders): number | null {
  const isStreaming = headers['x-amz-content-sha256']?.toString().startsWith('STREAMING-') ?? false;
  if (!isStreaming && !encodingsOf(headers).includes('aws-chunked')) return null;
  const text = headers['x-amz-decoded-content-length']?.toString() ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AwsError(
    411,
    'MissingContentLength',
    'You must provide the x-amz-decoded-content-length header.',
  );
}

function encodingsOf(headers: IncomingHttpHeaders): readonly string[] {
  return (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim());
}

function otherEncodings(headers: IncomingHttpHeaders): string | undefined {
  const others = encodingsOf(headers).filter((encoding) => encoding !== 'aws-chunked' && encoding !== '');
  return others.length === 0 ? undefined : others.join(',');
}

function trailingAlgorithm(headers: IncomingHttpHeaders): ChecksumAlgorithm | null {
  const name = headers['x-amz-trailer']?.toString().trim();
  return name === undefined ? null : algorithmOfHeader(name);
}

function checksumCheck({ algorithm, value }: Checksum): Check {
  const running = startChecksum(algorithm);
  return {
    update: (chunk) => running.update(chunk),
    verify: () => (running.value() === value ? null : badDigest(algorithm)),
  };
}

/** `Content-MD5` and `x-amz-content-sha256`. */
function hashChecks(headers: IncomingHttpHeaders, header: HeaderValue): readonly Check[] {
  const sha256 = declaredHash(headers);
  const md5 = header('content-md5');
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16) {
    throw new AwsError(400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.');
  }
  return [
    ...(sha256 === null ? [] : [hashCheck('sha256', 'hex', sha256, contentMismatch)]),
    ...(md5 === undefined ? [] : [hashCheck('md5', 'base64', md5, () => badDigest('Content-MD5'))]),
  ];
}

function hashCheck(
  algorithm: string,
  encoding: 'hex' | 'base64',
  expected: string,
  failure: () => AwsError,
): Check {
  const hash = createHash(algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    verify: () => (hash.digest(encoding) === expected ? null : failure()),
  };
}

/** Passes a body on, its last piece not before all checks have been passed. */
function holdingBack(checks: readonly Check[], before: (() => void) | undefined): Transform {
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      for (const check of checks) check.update(chunk);
      const ready = held;
      held = chunk;
      done(null, ready.length === 0 ? undefined : ready);
    },
    flush(done) {
      try {
        for (const check of checks) {
          const failure = check.verify();
          if (failure !== null) throw failure;
        }
        before?.();
        done(null, held.length === 0 ? undefined : held);
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
