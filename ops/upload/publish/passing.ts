/** Failures that end by themselves. Pure. */

const NETWORK_CODES =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EPIPE|UND_ERR_\w+)$/;
const THROTTLED =
  /^(?:TooManyRequestsException|ThrottlingException|Throttling|RequestLimitExceeded|SlowDown|TimeoutError|RequestTimeout)$/;

/**
 * Whether the same request may succeed later without anybody's doing: the network, throttling, and AWS's own errors. Refused
 * credentials and rights are none of these.
 */
export function isPassing(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || error.name === 'AbortError' || depth > 5) return false;
  const { code, $metadata } = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  if (status === 429 || status >= 500 || THROTTLED.test(error.name)) return true;
  if (typeof code === 'string' && NETWORK_CODES.test(code)) return true;
  const attempts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...attempts].some((one) => isPassing(one, depth + 1));
}
