/** The address that a viewer asked for, read as CloudFront would: as it was sent, never normalised. Pure. */
import type { Distribution } from '../../aws/cloudfront/distribution.ts';
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import { optionError } from '../terraform/targets.ts';

/** Holds a signed query: never printed. */
export interface ViewerUrl {
  readonly protocol: 'http' | 'https';
  /** Lower case, without port. */
  readonly host: string;
  readonly port: string;
  /** Starts with `/`. */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
}

const ADDRESS =
  /^(?:(https?):\/\/)?([^/?#\s:@]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?(\/[^?#\s]*)?(?:\?([^#\s]*))?(?:#.*)?$/i;

/** @throws UsageError for what is no address; it is not quoted, since it may hold a signature */
export function parseViewerUrl(text: string): ViewerUrl {
  const url = readViewerUrl(text);
  if (url !== null) return url;
  throw optionError('the URL', 'expected https://<host>/<path> of a playlist or segment, in single quotes');
}

/** Null for what is no address of a server: `blob:…`, `data:…`. */
export function readViewerUrl(text: string): ViewerUrl | null {
  const [, protocol = 'https', host, port = '', path = '/', query = ''] = ADDRESS.exec(text.trim()) ?? [];
  if (host === undefined || !(host.includes('.') || isLoopbackHost(host))) return null;
  return {
    protocol: protocol.toLowerCase() as 'http' | 'https',
    host: host.toLowerCase(),
    port,
    path,
    query,
  };
}

/**
 * The address that CloudFront judges. On `local` the loopback address stands for the first alias or the distribution's own
 * name over TLS, unless it is that of the listener that stands for port 80.
 */
export function judgedUrl(
  url: ViewerUrl,
  { aliases, domainName }: Pick<Distribution, 'aliases' | 'domainName'>,
  edgeHttpPort: number | null = null,
): ViewerUrl {
  if (!isLoopbackHost(url.host)) return url;
  const host = (aliases[0] ?? domainName).toLowerCase();
  const protocol = edgeHttpPort !== null && url.port === String(edgeHttpPort) ? 'http' : 'https';
  return { ...url, host, port: '', protocol };
}

/** Without the query, which may open the video. */
export function shownUrl({ protocol, host, port, path }: ViewerUrl): string {
  return `${protocol}://${host}${port && `:${port}`}${path}`;
}

/** For `explain`, and for nobody's eyes. */
export function wholeUrl(url: ViewerUrl): string {
  return `${url.protocol}://${url.host}${url.path}${url.query && `?${url.query}`}`;
}
