/**
 * Presigned GET, PUT and so on: expiry and signature, which moto does not look at.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import type { IncomingHttpHeaders } from 'node:http';
import { splitTarget } from '../api-request.ts';
import { AwsError } from '../aws-error.ts';
import { type CredentialScope, parseCredential } from '../credential-scope.ts';
import { isSignatureOf, parseAmzDate, sha256Hex } from './sigv4.ts';

const MAX_EXPIRES_SECONDS = 604_800;

interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** @throws AwsError as S3 answers a presigned request that is expired, malformed or signed otherwise */
export function requireValidPresignedQuery(request: SignedRequest, now: Date): void {
  const { query } = splitTarget(request.target);
  const scope = parseCredential(query.get('X-Amz-Credential') ?? '');
  const signedAt = parseAmzDate(query.get('X-Amz-Date') ?? '');
  const expiresSeconds = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (
    scope === null ||
    signedAt === null ||
    !(expiresSeconds >= 1 && expiresSeconds <= MAX_EXPIRES_SECONDS)
  ) {
    throw new AwsError(
      400,
      'AuthorizationQueryParametersError',
      'the X-Amz-* query parameters are missing or malformed',
    );
  }
  if (now.getTime() >= signedAt.getTime() + expiresSeconds * 1000) {
    throw new AwsError(403, 'AccessDenied', 'Request has expired');
  }
  if (isSignatureOf(query.get('X-Amz-Signature') ?? '', stringToSign(request, scope), scope)) return;
  const message = 'The request signature we calculated does not match the signature you provided.';
  throw new AwsError(403, 'SignatureDoesNotMatch', message);
}

function stringToSign(request: SignedRequest, scope: CredentialScope): string {
  const { path, query } = splitTarget(request.target);
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const canonicalRequest = [
    request.method,
    path,
    canonicalQuery(query),
    ...signedHeaders.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    signedHeaders.join(';'),
    query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const credentialScope = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  return ['AWS4-HMAC-SHA256', query.get('X-Amz-Date'), credentialScope, sha256Hex(canonicalRequest)].join(
    '\n',
  );
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
