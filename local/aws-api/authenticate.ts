/**
 * Whether a call is signed with this run's secret: without it every web page and every process of the machine could make
 * one. All that a service but S3 is asked is read whole first, because its signature covers the body.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import type { IncomingMessage } from 'node:http';
import { splitTarget } from './api-request.ts';
import { AwsError } from './aws-error.ts';
import { type Authorization, parseAuthorization } from './credential-scope.ts';
import { parseAmzDate, requireSignature } from './sigv4.ts';

/** How far a signature's time may be from now: AWS takes 15 minutes. */
const MAX_SKEW_MS = 15 * 60 * 1000;

export interface Authentication {
  readonly secretAccessKey: string;
  readonly now: Date;
}

/**
 * Reads the Authorization header; null for a request that has none.
 *
 * @throws AwsError 400 for one that is not a SigV4 signature
 */
export function authorizationOf({ headers }: Pick<IncomingMessage, 'headers'>): Authorization | null {
  if (headers.authorization === undefined) return null;
  const authorization = parseAuthorization(headers.authorization);
  if (authorization !== null) return authorization;
  const message = 'expected the Authorization header that AWS SDKs write for Signature Version 4';
  throw new AwsError(400, 'IncompleteSignature', message);
}

/** @throws AwsError 403 for a signature that is not this run's, has another time or does not cover everything */
export function requireAuthorized(
  incoming: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  { authorization, payloadHash }: { readonly authorization: Authorization; readonly payloadHash: string },
  { secretAccessKey, now }: Authentication,
): void {
  const { scope, signature, signedHeaders } = authorization;
  const amzDate = incoming.headers['x-amz-date']?.toString() ?? '';
  const signedAt = parseAmzDate(amzDate);
  if (signedAt === null || !amzDate.startsWith(`${scope.date}T`)) {
    const message = 'expected x-amz-date with the date of the credential scope';
    throw new AwsError(403, 'AccessDenied', message);
  }
  if (Math.abs(now.getTime() - signedAt.getTime()) > MAX_SKEW_MS) {
    const message = 'The difference between the request time and the current time is too large.';
    throw new AwsError(403, 'RequestTimeTooSkewed', message);
  }
  const signed = {
    method: incoming.method ?? 'GET',
    ...splitTarget(incoming.url ?? '/'),
    headers: incoming.headers,
    signedHeaders,
    payloadHash,
    amzDate,
    scope,
  };
  requireSignature(signature, signed, secretAccessKey);
}
