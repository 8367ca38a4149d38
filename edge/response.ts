/** What CloudFront does to an origin's headers on the way out. Pure. */
import { isOriginAllowed } from '../aws/cloudfront/cors.ts';
import type { CorsPolicy, ResponseHeadersPolicy } from '../aws/cloudfront/distribution.ts';

export interface EdgeResponse {
  readonly status: number;
  /** Lower case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | (AsyncIterable<Buffer> & { destroy(error?: Error): unknown }) | null;
}

/** What of an origin's answer a viewer gets to see: S3's own CORS and connection headers stay behind. */
const PASSED_ON =
  /^(accept-ranges|cache-control|content-(disposition|encoding|language|length|range|type)|etag|expires|last-modified|x-amz-(meta-.*|server-side-encryption|storage-class|version-id|replication-status))$/;

/** The origin's headers as a viewer gets them: filtered, then the response headers policy on top. */
export function viewerHeaders(
  originHeaders: Readonly<Record<string, string>>,
  options: { readonly policy: ResponseHeadersPolicy | null; readonly viewerOrigin: string | undefined },
): Record<string, string> {
  const removed = new Set(options.policy?.removedHeaders);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(originHeaders)) {
    if (PASSED_ON.test(name) && !removed.has(name)) headers[name] = value;
  }
  for (const header of options.policy?.headers ?? []) {
    const name = header.name.toLowerCase();
    if (header.override || headers[name] === undefined) headers[name] = header.value;
  }
  if (options.policy?.cors) Object.assign(headers, corsHeaders(options.policy.cors, options.viewerOrigin));
  return headers;
}

function corsHeaders(cors: CorsPolicy, viewerOrigin: string | undefined): Record<string, string> {
  if (viewerOrigin === undefined || !isOriginAllowed(viewerOrigin, cors)) return {};
  const isAnyOrigin = cors.allowOrigins.includes('*') && !cors.allowCredentials;
  return {
    'access-control-allow-origin': isAnyOrigin ? '*' : viewerOrigin,
    ...(!isAnyOrigin && { vary: 'Origin' }),
    ...(cors.allowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(cors.exposeHeaders.length > 0 && { 'access-control-expose-headers': cors.exposeHeaders.join(',') }),
  };
}
