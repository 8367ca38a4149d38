/**
 * A Next.js route handler, or any other `Request` to `Response`. In `app/api/books/[bookId]/playback/route.ts`:
 *
 *   const key = secretsManagerKey({ secretId: 'storytime/prod/cloudfront_private_key' });
 *   const signer = createSigner({ key, domain: 'media.example.com', cookieDomain: 'example.com' });
 *   export const { POST, DELETE } = createPlaybackRoute({ signer, mediaHost: 'media.example.com', mayWatch });
 *
 * It needs Next's Node.js runtime, which is its default.
 */

import type { Signer } from '@storytime/signer';

interface Playback {
  readonly signer: Signer;
  readonly mediaHost: string;
  /** Your own rule: may the sender of this Authorization header watch this book? */
  readonly mayWatch: (authorization: string | undefined, bookId: string) => Promise<boolean>;
}

interface RouteContext {
  readonly params: Promise<{ readonly bookId: string }>;
}

type RouteHandler = (request: Request, context: RouteContext) => Promise<Response>;

export function createPlaybackRoute({ signer, mediaHost, mayWatch }: Playback): {
  POST: RouteHandler;
  DELETE: RouteHandler;
} {
  return {
    async POST(request, { params }) {
      const { bookId } = await params;
      if (!(await mayWatch(request.headers.get('authorization') ?? undefined, bookId))) {
        return Response.json({ error: 'not your book' }, { status: 403 });
      }
      const folder = `/books/${encodeURIComponent(bookId)}`;
      const { setCookie, refreshAfter } = await signer.signCookies(`${folder}/*`, { expiresIn: '1h' });
      return Response.json(
        { playlist: `https://${mediaHost}${folder}/index.m3u8`, refreshAfter },
        { headers: toHeaders(setCookie) },
      );
    },

    async DELETE(_request, { params }) {
      const { bookId } = await params;
      const lines = signer.clearCookies(`/books/${encodeURIComponent(bookId)}/*`);
      return new Response(null, { status: 204, headers: toHeaders(lines) });
    },
  };
}

/** One header per cookie: an object could hold only one. */
function toHeaders(lines: readonly string[]): [string, string][] {
  return lines.map((line) => ['set-cookie', line]);
}
