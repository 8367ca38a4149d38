/**
 * Presigned GET, PUT and so on: expiry and signature, which moto does not look at.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import type { IncomingHttpHeaders } from 'node:http';
import { splitTarget } from '../api-request.ts';
import { AwsError } from '../aws-error.ts';
import { type CredentialScope, parseCredential } from '../credential-scope.ts';
import { parseAmzDate, requireSignature } from '../sigv4.ts';

const MAX_EXPIRES_SECONDS = 604_800;

interface PresignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** Any part of a presigned query: one that is incomplete is refused and not taken for an anonymous request. */
export function isPresigned(query: URLSearchParams): boolean {
  return ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature'].some((name) => query.has(name));
}

/**
 * The caller that signed the query.
 *
 * @throws AwsError as S3 answers a presigned request that is expired, malformed or signed otherwise
 */
export function requirePresignedQuery(
  request: PresignedRequest,
  { secretAccessKey, now }: { readonly secretAccessKey: string; readonly now: Date },
): CredentialScope {
  const { path, query } = splitTarget(request.target);
  const amzDate = query.get('X-Amz-Date') ?? '';
  const scope = parseCredential(query.get('X-Amz-Credential') ?? '');
  const signedAt = parseAmzDate(amzDate);
  const expiresSeconds = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (
    scope?.service !== 's3' ||
    signedAt === null ||
    !(expiresSeconds >= 1 && expiresSeconds <= MAX_EXPIRES_SECONDS)
  ) {
    throw new AwsError(
      400,
      'AuthorizationQueryParametersError',
      'the X-Amz-* query parameters are missing or malformed, or not for s3',
    );
  }
  if (now.getTime() >= signedAt.getTime() + expiresSeconds * 1000) {
    throw new AwsError(403, 'AccessDenied', 'Request has expired');
  }
  const signature = query.get('X-Amz-Signature') ?? '';
  const payloadHash = query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD';
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  query.delete('X-Amz-Signature');
  const signed = {
    method: request.method,
    path,
    query,
    headers: request.headers,
    signedHeaders,
    payloadHash,
    amzDate,
    scope,
  };
  requireSignature(signature, signed, secretAccessKey);
  return scope;
}
