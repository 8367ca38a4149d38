/**
 * Express 5: a viewer who may watch a book gets cookies for that book.
 *
 *   const key = secretsManagerKey({ secretId: 'storytime/prod/cloudfront_private_key' });
 *   const signer = createSigner({ key, domain: 'media.example.com', cookieDomain: 'example.com' });
 *   createApp({ signer, mediaHost: 'media.example.com', mayWatch }).listen(3000);
 */

import type { Signer } from '@storytime/signer';
import express, { type Express } from 'express';

interface Playback {
  readonly signer: Signer;
  readonly mediaHost: string;
  /** Your own rule: may the sender of this Authorization header watch this book? */
  readonly mayWatch: (authorization: string | undefined, bookId: string) => Promise<boolean>;
}

export function createApp({ signer, mediaHost, mayWatch }: Playback): Express {
  const app = express();

  app.post('/api/books/:bookId/playback', async (request, response) => {
    const { bookId } = request.params;
    if (!(await mayWatch(request.headers.authorization, bookId))) {
      response.status(403).json({ error: 'not your book' });
      return;
    }
    const folder = `/books/${encodeURIComponent(bookId)}`;
    const { setCookie, refreshAfter } = await signer.signCookies(`${folder}/*`, { expiresIn: '1h' });
    response.append('Set-Cookie', setCookie);
    response.json({ playlist: `https://${mediaHost}${folder}/index.m3u8`, refreshAfter });
  });

  app.delete('/api/books/:bookId/playback', (request, response) => {
    const lines = signer.clearCookies(`/books/${encodeURIComponent(request.params.bookId)}/*`);
    response.append('Set-Cookie', lines).status(204).end();
  });

  return app;
}
