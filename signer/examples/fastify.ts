/**
 * Fastify 5: a viewer who may watch a book gets cookies for that book.
 *
 *   const key = secretsManagerKey({ secretId: 'storytime/prod/cloudfront_private_key' });
 *   const signer = createSigner({ key, domain: 'media.example.com', cookieDomain: 'example.com' });
 *   await createApp({ signer, mediaHost: 'media.example.com', mayWatch }).listen({ port: 3000 });
 */

import type { Signer } from '@storytime/signer';
import fastify, { type FastifyInstance } from 'fastify';

interface Playback {
  readonly signer: Signer;
  readonly mediaHost: string;
  /** Your own rule: may the sender of this Authorization header watch this book? */
  readonly mayWatch: (authorization: string | undefined, bookId: string) => Promise<boolean>;
}

interface BookRoute {
  Params: { bookId: string };
}

export function createApp({ signer, mediaHost, mayWatch }: Playback): FastifyInstance {
  const app = fastify();

  app.post<BookRoute>('/api/books/:bookId/playback', async (request, reply) => {
    const { bookId } = request.params;
    if (!(await mayWatch(request.headers.authorization, bookId))) {
      return reply.code(403).send({ error: 'not your book' });
    }
    const folder = `/books/${encodeURIComponent(bookId)}`;
    const { setCookie, refreshAfter } = await signer.signCookies(`${folder}/*`, { expiresIn: '1h' });
    reply.header('set-cookie', setCookie);
    return { playlist: `https://${mediaHost}${folder}/index.m3u8`, refreshAfter };
  });

  app.delete<BookRoute>('/api/books/:bookId/playback', (request, reply) => {
    const lines = signer.clearCookies(`/books/${encodeURIComponent(request.params.bookId)}/*`);
    return reply.header('set-cookie', lines).code(204).send();
  });

  return app;
}
