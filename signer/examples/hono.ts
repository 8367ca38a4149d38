/**
 * Hono, on Node, Bun or anything else that has node:crypto: a viewer who may watch a book gets cookies for it.
 *
 *   const key = secretsManagerKey({ secretId: 'storytime/prod/cloudfront_private_key' });
 *   const signer = createSigner({ key, domain: 'media.example.com', cookieDomain: 'example.com' });
 *   export default createApp({ signer, mediaHost: 'media.example.com', mayWatch });
 */

import type { Signer } from '@storytime/signer';
import { Hono } from 'hono';

interface Playback {
  readonly signer: Signer;
  readonly mediaHost: string;
  /** Your own rule: may the sender of this Authorization header watch this book? */
  readonly mayWatch: (authorization: string | undefined, bookId: string) => Promise<boolean>;
}

export function createApp({ signer, mediaHost, mayWatch }: Playback): Hono {
  const app = new Hono();

  app.post('/api/books/:bookId/playback', async (context) => {
    const bookId = context.req.param('bookId');
    if (!(await mayWatch(context.req.header('authorization'), bookId))) {
      return context.json({ error: 'not your book' }, 403);
    }
    const folder = `/books/${encodeURIComponent(bookId)}`;
    const { setCookie, refreshAfter } = await signer.signCookies(`${folder}/*`, { expiresIn: '1h' });
    for (const line of setCookie) context.header('Set-Cookie', line, { append: true });
    return context.json({ playlist: `https://${mediaHost}${folder}/index.m3u8`, refreshAfter });
  });

  app.delete('/api/books/:bookId/playback', (context) => {
    const lines = signer.clearCookies(`/books/${encodeURIComponent(context.req.param('bookId'))}/*`);
    for (const line of lines) context.header('Set-Cookie', line, { append: true });
    return context.body(null, 204);
  });

  return app;
}
