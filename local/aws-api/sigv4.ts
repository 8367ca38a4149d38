/** Signature Version 4 as the receiving end checks it. Pure. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.ts';
import type { CredentialScope } from './credential-scope.ts';

/** What a signature covers, wherever the request carries it: in the Authorization header or in the query. */
export interface SignedRequest {
  readonly method: string;
  /** Undecoded, without the query. */
  readonly path: string;
  /** Without `X-Amz-Signature`. */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Names in lower case, in the order in which they were signed. */
  readonly signedHeaders: readonly string[];
  /** Hash of the body (hex), or the words that stand for it. */
  readonly payloadHash: string;
  /** `yyyymmddThhmmssZ`. */
  readonly amzDate: string;
  readonly scope: CredentialScope;
}

/** Whether `signature` (64 hexadecimal digits in lower case, as AWS takes it) is that of `text` under the key derived from the secret for this scope. */
export function isSignatureOf(
  signature: string,
  text: string,
  { scope, secretAccessKey }: { readonly scope: CredentialScope; readonly secretAccessKey: string },
): boolean {
  const expected = hmac(signingKey(scope, secretAccessKey), text);
  // Reading hex stops silently at the first other character: one spelling is a signature, and nothing may follow it.
  return /^[0-9a-f]{64}$/.test(signature) && timingSafeEqual(Buffer.from(signature, 'hex'), expected);
}

/**
 * @throws AwsError 403 SignatureDoesNotMatch; 403 AccessDenied when the host or a header that says something to AWS is
 * not signed, since anybody on the way could have added it
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function requireSignature(signature: string, request: SignedRequest, secretAccessKey: string): void {
  const signed = new Set(request.signedHeaders);
  const isLoose = (name: string) => name === 'host' || name.startsWith('x-amz-');
  if (
    !signed.has('host') ||
    Object.keys(request.headers).some((name) => isLoose(name) && !signed.has(name))
  ) {
    throw new AwsError(
      403,
      'AccessDenied',
      'There were headers present in the request which were not signed',
    );
  }
  const { scope } = request;
  if (isSignatureOf(signature, stringToSign(request), { scope, secretAccessKey })) return;
  throw signatureDoesNotMatch();
}

export function signatureDoesNotMatch(): AwsError {
  const message = 'The request signature we calculated does not match the signature you provided.';
  return new AwsError(403, 'SignatureDoesNotMatch', message);
}

export function sha256Hex(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** `yyyymmddThhmmssZ` as an instant; null when it is anything else. */
export function parseAmzDate(text: string): Date | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hours, minutes, seconds] = parts;
  const date = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

function stringToSign(request: SignedRequest): string {
  const { scope, signedHeaders, headers } = request;
  const canonicalRequest = [
    request.method,
    // S3 alone signs the path as it is sent; the others encode it once more.
    scope.service === 's3' ? request.path : request.path.split('/').map(encode).join('/'),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(headers[name])}`),
    '',
    signedHeaders.join(';'),
    request.payloadHash,
  ].join('\n');
  const credentialScope = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  return ['AWS4-HMAC-SHA256', request.amzDate, credentialScope, sha256Hex(canonicalRequest)].join('\n');
}

function canonicalValue(value: string | string[] | undefined): string {
  return String(value ?? '')
    .trim()
    .replace(/ +/g, ' ');
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
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

function signingKey(scope: CredentialScope, secretAccessKey: string): Buffer {
  return [scope.date, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
