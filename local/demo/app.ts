/**
 * The demo's backend: what a customer's application does around private video, in one small Hono app.
 * It imports `@storytime/signer` exactly as a customer would. What only `local` has is in `break-things.ts`.
 */

import { randomUUID } from 'node:crypto';
import { type Signer, SignerError } from '@storytime/signer';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import type { Ingest } from './ingest.ts';
import type { Book, Library } from './library.ts';
import { type Origins, protect } from './protect.ts';
import type { Sessions } from './sessions.ts';

export interface DemoOptions {
  /** What it is made with says how long cookies last: short, so that a copied one is soon worthless and a key soon free to go. */
  readonly signer: Signer;
  readonly sessions: Sessions;
  readonly library: Library;
  /** Folder of titles: `HLS_PATH_PREFIX` on AWS. */
  readonly pathPrefix: string;
  readonly ingest: Ingest;
  /** Where browsers reach the edge and the uploads bucket; on AWS `https://<domain>` and S3's own address. */
  readonly origins: Origins;
}

/** Our own bodies are a few lines; videos go to S3 and never through here. */
const MOST_BODY_BYTES = 10_000;

const newUpload = z.object({
  title: z.string().trim().min(1).max(120),
  contentType: z.string(),
  bytes: z.number().int().nonnegative(),
  durationSeconds: z.number().positive().optional(),
});

export function createDemoApp({ signer, sessions, library, pathPrefix, ingest, origins }: DemoOptions): Hono {
  const app = new Hono();

  // Causes are for our log, not for viewers. Retrying is theirs: Secrets Manager may answer the next time.
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse();
    console.error(error instanceof SignerError ? `demo: ${error.code}: ${error.message}` : error);
    if (!(error instanceof SignerError)) return refuse(context, 500, 'the backend failed');
    return refuse(context, 503, 'the backend cannot sign at the moment; try again soon');
  });
  protect(app, origins);
  app.use('/api/*', bodyLimit({ maxSize: MOST_BODY_BYTES }));

  app.get('/api/session', (context) => context.json({ signedIn: sessions.of(context) !== undefined }));

  // A real backend asks for a password here.
  app.post('/api/session', (context) => {
    sessions.start(context);
    return context.json({ signedIn: true });
  });

  app.delete('/api/session', (context) => {
    for (const bookId of sessions.of(context) ?? []) addCookies(context, clearedFor(bookId));
    sessions.end(context);
    return context.json({ signedIn: false });
  });

  app.get('/api/library', async (context) =>
    context.json({
      books: await Promise.all(library.books().filter(isListed).map(forViewer)),
      uploads: {
        contentTypes: ingest.contentTypes,
        maxBytes: ingest.maxBytes,
        longestSeconds: ingest.longestSeconds,
      },
    }),
  );

  app.get('/api/books/:id', async (context) => {
    const book = library.find(context.req.param('id'));
    return book ? context.json(await forViewer(book)) : refuse(context, 404, 'there is no such title');
  });

  // A real backend asks here whether this user may watch this book: at the start, and at each renewal.
  app.post('/api/books/:id/cookies', async (context) => {
    const granted = sessions.of(context);
    if (!granted) return refuse(context, 401, 'you are signed out: sign in first');
    const book = library.find(context.req.param('id'));
    if (book?.state.status !== 'ready') return refuse(context, 404, 'there is no such title');
    const {
      setCookie: lines,
      cookies,
      expiresIn,
      expiresAt,
    } = await signer.signCookies(`/${pathPrefix}/${book.id}/*`);
    granted.add(book.id);
    addCookies(context, lines);
    return context.json({ expiresIn, expiresAt, keyPairId: cookies['CloudFront-Key-Pair-Id'] });
  });

  // The answer is a form for S3: the file itself goes from the browser straight to the bucket.
  app.post('/api/uploads', async (context) => {
    if (!sessions.of(context)) return refuse(context, 401, 'you are signed out: sign in first');
    const asked = newUpload.safeParse(await context.req.json().catch(() => null));
    if (!asked.success) return refuse(context, 400, 'expected title, contentType and bytes of one file');
    const refusal = ingest.refusalOf(asked.data);
    if (refusal !== null) return refuse(context, 422, refusal);
    const bookId = randomUUID();
    const { url, fields } = await ingest.createUpload({ ...asked.data, bookId });
    library.add({ id: bookId, title: asked.data.title, state: { status: 'uploading' } });
    return context.json({ bookId, url, fields }, 201);
  });

  app.post('/api/books/:id/transcode', (context) => {
    if (!sessions.of(context)) return refuse(context, 401, 'you are signed out: sign in first');
    const book = library.find(context.req.param('id'));
    if (!book) return refuse(context, 404, 'there is no such title');
    if (book.state.status !== 'uploading') return refuse(context, 409, 'this title has its master already');
    library.update(book.id, { status: 'transcoding', percent: 0 });
    void ingest
      .transcode(book, (percent) => library.update(book.id, { status: 'transcoding', percent }))
      .then(() => library.update(book.id, { status: 'ready' }))
      .catch((error: unknown) =>
        library.update(book.id, { status: 'failed', error: ingest.reasonOf(error) }),
      );
    return context.json({ bookId: book.id }, 202);
  });

  return app;

  function clearedFor(bookId: string): string[] {
    return signer.clearCookies(`/${pathPrefix}/${bookId}/*`);
  }

  /** A thumbnail is signed by itself, since the library shows it before any cookie is there. */
  async function forViewer(book: Book) {
    if (book.state.status !== 'ready') return book;
    const { url } = await signer.signUrl(`/${pathPrefix}/${book.id}/thumbnails/thumb.0000000.jpg`);
    const { pathname, search } = new URL(url);
    return {
      ...book,
      playlistUrl: `${origins.playback}/${pathPrefix}/${book.id}/index.m3u8`,
      // Signed for CloudFront's name, addressed to where the local edge listens; on AWS both are the same.
      posterUrl: `${origins.playback}${pathname}${search}`,
    };
  }
}

/** An upload form that was not used is not listed, and a failed title is found by its id only. */
function isListed({ state }: Book): boolean {
  return state.status === 'ready' || state.status === 'transcoding';
}

function addCookies(context: Context, lines: readonly string[]): void {
  for (const line of lines) context.header('Set-Cookie', line, { append: true });
}

function refuse(context: Context, status: 400 | 401 | 404 | 409 | 422 | 500 | 503, error: string): Response {
  return context.json({ error }, status);
}
