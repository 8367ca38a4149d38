/**
 * The demo's backend: what a customer's application does around private video, in one small Hono app.
 * It imports `@storytime/signer` exactly as a customer would.
 */

import type { Signer } from '@storytime/signer';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { EdgeLogEntry } from '../edge/index.ts';
import type { RequestFeed } from './request-feed.ts';

interface Book {
  /** The id in `books/<id>/`. */
  readonly id: string;
  readonly title: string;
}

export interface DemoOptions {
  /** What it is made with says how long cookies last: short, so that a copied one is soon worthless and a key soon free to go. */
  readonly signer: Signer;
  readonly books: readonly Book[];
  /** Where browsers reach the edge, for example `http://localhost:4443`; on AWS this is `https://<domain>`. */
  readonly playbackOrigin: string;
  /** Every request that the edge has judged, for the page's live panel. */
  readonly requests: RequestFeed<EdgeLogEntry>;
}

export function createDemoApp({ signer, books, playbackOrigin, requests }: DemoOptions): Hono {
  const app = new Hono();
  const findBook = (id: string): Book | undefined => books.find((book) => book.id === id);

  // Cookies and CORS know only one spelling of this host.
  app.use(async (context, next) => {
    const url = new URL(context.req.url);
    if (url.hostname !== '127.0.0.1') return next();
    url.hostname = 'localhost';
    return context.redirect(url.href);
  });

  app.get('/api/library', async (context) => {
    const library = books.map(async (book) => ({
      ...book,
      playlistUrl: `${playbackOrigin}/books/${book.id}/index.m3u8`,
      posterUrl: await signedUrl(`/books/${book.id}/thumbnails/thumb.0000000.jpg`),
    }));
    return context.json({ books: await Promise.all(library) });
  });

  // A real backend asks here whether this user may watch this book: at the start, and at each renewal.
  app.post('/api/books/:id/session', async (context) => {
    const book = findBook(context.req.param('id'));
    if (!book) return context.json({ error: 'no such book' }, 404);
    const { setCookie, expiresIn, expiresAt } = await signer.signCookies(`/books/${book.id}/*`);
    for (const cookie of setCookie) context.header('Set-Cookie', cookie, { append: true });
    return context.json({ expiresIn, expiresAt });
  });

  app.delete('/api/books/:id/session', (context) => {
    const book = findBook(context.req.param('id'));
    if (!book) return context.json({ error: 'no such book' }, 404);
    for (const cookie of signer.clearCookies(`/books/${book.id}/*`)) {
      context.header('Set-Cookie', cookie, { append: true });
    }
    return context.body(null, 204);
  });

  app.get('/api/requests', (context) =>
    streamSSE(context, async (stream) => {
      for await (const entry of requests.follow(context.req.raw.signal)) {
        await stream.writeSSE({ event: 'request', data: JSON.stringify(entry) });
      }
    }),
  );

  return app;

  /** Signed for CloudFront's name, addressed to where the laptop's edge listens: on AWS the two are one. */
  async function signedUrl(path: string): Promise<string> {
    const { url } = await signer.signUrl(path);
    const signed = new URL(url);
    return `${playbackOrigin}${signed.pathname}${signed.search}`;
  }
}
