/** Which pages may call a handler, and which may read its answers. */

import { refused } from '../arguments.ts';

const ALLOWED_HEADERS = 'Authorization, Content-Type, X-Video-Token';
/** Seconds for which a browser need not ask again. */
const PREFLIGHT_SECONDS = 600;

/** @throws PlaybackError `ERR_ARGUMENT` for what is no origin as browsers send it */
export function readOrigins(origins: readonly string[]): ReadonlySet<string> {
  const isOrigin = (text: unknown) =>
    typeof text === 'string' &&
    URL.canParse(text) &&
    /^https?:$/.test(new URL(text).protocol) &&
    new URL(text).origin === text;
  if (!Array.isArray(origins) || !origins.every(isOrigin)) {
    throw refused(
      '"origins" must be a list of origins such as https://app.example.com, without a path or a "/" at the end',
    );
  }
  return new Set(origins);
}

/**
 * Whether a request that changes something may come from where it comes from. A browser says where: `Origin` with every POST,
 * `Sec-Fetch-Site` with every request. What says neither is no browser, and sends nobody's cookies but its own.
 *
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function isFromOwnPage(request: Request, origins: ReadonlySet<string>): boolean {
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  if (origin !== null && origins.has(origin)) return true;
  // Behind a proxy the address of a request is often not what the browser sees: the browser's own word comes first.
  if (site !== null) return site === 'same-origin' || (site === 'none' && origin === null);
  return origin === null || origin === new URL(request.url).origin;
}

/** Only the very page that was named may read an answer, and with its cookies. */
export function addCorsHeaders(headers: Headers, request: Request, origins: ReadonlySet<string>): void {
  headers.append('vary', 'Origin');
  const origin = request.headers.get('origin');
  if (origin === null || !origins.has(origin)) return;
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-allow-credentials', 'true');
  headers.set('access-control-expose-headers', 'Retry-After');
}

/** The answer to OPTIONS, which a browser sends before a request with `X-Video-Token` or JSON from another origin. */
export function preflight(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      allow: methods.join(', '),
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    },
  });
}
