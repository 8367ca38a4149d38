/** Who calls which service, by the SigV4 credential scope. */
import type { IncomingMessage } from 'node:http';
import { splitTarget } from './api-request.ts';

export interface CredentialScope {
  readonly accessKeyId: string;
  /** `yyyymmdd`. */
  readonly date: string;
  readonly region: string;
  /** AWS's signing name: `s3`, `cloudfront`, … */
  readonly service: string;
}

/** The scope of a signed or presigned request; null for an unsigned one (a browser's form carries its own). */
export function credentialScopeOf(request: Pick<IncomingMessage, 'headers' | 'url'>): CredentialScope | null {
  const header = /\bCredential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1];
  return parseCredential(header ?? splitTarget(request.url ?? '/').query.get('X-Amz-Credential') ?? '');
}

/** Parses `<access key id>/<date>/<region>/<service>/aws4_request`; null when it is anything else. */
export function parseCredential(credential: string): CredentialScope | null {
  const [accessKeyId, date, region, service, terminator] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request') return null;
  return { accessKeyId, date, region, service };
}
