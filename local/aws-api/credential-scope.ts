/** Who calls which service, by the SigV4 credential scope. Pure. */
import type { IncomingMessage } from 'node:http';

export interface CredentialScope {
  readonly accessKeyId: string;
  /** `yyyymmdd`. */
  readonly date: string;
  readonly region: string;
  /** AWS's signing name: `s3`, `cloudfront`, … */
  readonly service: string;
}

export interface Authorization {
  readonly scope: CredentialScope;
  /** Names in lower case, in the order in which they were signed. */
  readonly signedHeaders: readonly string[];
  /** In hex. */
  readonly signature: string;
}

/**
 * An Authorization header, read in the one form that every AWS SDK writes. moto would find a service in others as well,
 * and not the same one.
 *
 * @returns null when there is no such header, or it is anything else
 */
export function parseAuthorization(header: string | undefined): Authorization | null {
  const [, credential = '', signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+), ?SignedHeaders=([a-z0-9;_.-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header ?? '',
    ) ?? [];
  const scope = parseCredential(credential);
  return scope === null ? null : { scope, signedHeaders: signedHeaders.split(';'), signature };
}

/** The scope of a request that is signed by its Authorization header; null for any other. */
export function credentialScopeOf(request: Pick<IncomingMessage, 'headers'>): CredentialScope | null {
  return parseAuthorization(request.headers.authorization)?.scope ?? null;
}

/**
 * Parses `<access key id>/<date>/<region>/<service>/aws4_request`; null when it is anything else. Names are lower case:
 * to moto `S3` is `s3` as well, and a region with dots part of a host name.
 */
export function parseCredential(credential: string): CredentialScope | null {
  const parts = /^(\w+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9.-]+)\/aws4_request$/.exec(credential);
  if (parts === null) return null;
  const [, accessKeyId = '', date = '', region = '', service = ''] = parts;
  return { accessKeyId, date, region, service };
}
