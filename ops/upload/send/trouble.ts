/** What can be done about an error of S3 or of the network before it. Pure. */

export type Trouble =
  /** Trying again helps. `why` is for people. */
  | { readonly kind: 'passing'; readonly why: string }
  /** What arrived has another checksum than what was sent. */
  | { readonly kind: 'damaged'; readonly why: string }
  /** The upload was completed or ended, by another process or by the bucket's rule. */
  | { readonly kind: 'upload-gone' }
  /** Anything else. */
  | { readonly kind: 'lasting' };

/** Time-outs of this code, as the SDK's own are named. */
export class StalledError extends Error {
  override readonly name = 'TimeoutError';
}

/** S3's codes for a moment of its own, beside every 5xx. */
const PASSING_CODES = new Set([
  ...['SlowDown', 'RequestTimeout', 'TooManyRequests', 'Throttling', 'ThrottlingException'],
  ...['OperationAborted', 'RequestTimeTooSkewed'],
]);
const DAMAGED_CODES = new Set(['BadDigest', 'XAmzContentSHA256Mismatch', 'InvalidDigest', 'IncompleteBody']);

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error)) return { kind: 'lasting' };
  const { name } = error;
  const status = statusOf(error);
  if (name === 'NoSuchUpload') return { kind: 'upload-gone' };
  if (DAMAGED_CODES.has(name)) return { kind: 'damaged', why: 'S3 received other bytes than were sent' };
  if (status === 429 || (status !== null && status >= 500) || PASSING_CODES.has(name)) {
    const clock = name === 'RequestTimeTooSkewed' ? ", since this machine's clock is wrong" : '';
    return { kind: 'passing', why: `S3 answered ${status ?? ''} ${name}${clock}`.replace('  ', ' ') };
  }
  if (name === 'TimeoutError') return { kind: 'passing', why: 'S3 did not answer in time' };
  // Errors of sockets and of TLS have a code of the system's or of the parser's.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isOfNetwork = /^(?:E[A-Z_]+|HPE_[A-Z_]+|UND_ERR_[A-Z_]+)$/.test(code);
  return isOfNetwork ? { kind: 'passing', why: `the network failed (${code})` } : { kind: 'lasting' };
}

/** The HTTP status of S3's answer; null where there was none. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null;
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number };
  return httpStatusCode ?? null;
}
