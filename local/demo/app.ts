/**
 * The demo's backend: what a customer's application does around private video, in one small Hono app.
 * It imports `@storytime/signer` exactly as a customer would. What only `local` has is in `break-things.ts`.
 */

import { type Signer, SignerError } from '@storytime/signer';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { Title } from '../../ops/library/title.ts';
import type { Library } from './library.ts';
import { type Origins, protect } from './protect.ts';
import type { Sessions } from './sessions.ts';
import { createUploadRoutes, MOST_PLAN_BYTES } from './upload-routes.ts';
import type { Uploads } from './uploads.ts';

export interface DemoOptions {
  /** What it is made with says how long cookies last: short, so that a copied one is soon worthless and a key soon free to go. */
  readonly signer: Signer;
  readonly sessions: Sessions;
  readonly library: Library;
  /** Folder of titles: `HLS_PATH_PREFIX` on AWS. */
  readonly pathPrefix: string;
  readonly uploads: Uploads;
  /** Where browsers reach the edge and the uploads bucket; on AWS `https://<domain>` and S3's own address. */
  readonly origins: Origins;
}

/** Our own bodies are a few lines, but for the plan of an upload. */
const MOST_BODY_BYTES = 10_000;

export function createDemoApp({
  signer,
  sessions,
  library,
  pathPrefix,
  uploads,
  origins,
}: DemoOptions): Hono {
  const app = new Hono();

  // Causes are for our log, not for viewers. Retrying is theirs: Secrets Manager may answer the next time.
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse();
    console.error(error instanceof SignerError ? `demo: ${error.code}: ${error.message}` : error);
    if (!(error instanceof SignerError)) return refuse(context, 500, 'the backend failed');
    return refuse(context, 503, 'the backend cannot sign at the moment; try again soon');
  });
  protect(app, origins);
  const limit = bodyLimit({ maxSize: MOST_BODY_BYTES });
  const limitOfPlan = bodyLimit({ maxSize: MOST_PLAN_BYTES });
  app.use('/api/*', (context, next) =>
    (context.req.path === '/api/uploads' ? limitOfPlan : limit)(context, next),
  );

  app.get('/api/session', (context) => context.json({ signedIn: sessions.of(context) !== undefined }));

  // A real backend asks for a password here.
  app.post('/api/session', (context) => {
    sessions.start(context);
    return context.json({ signedIn: true });
  });

  app.delete('/api/session', (context) => {
    for (const bookId of sessions.of(context)?.granted ?? []) addCookies(context, clearedFor(bookId));
    sessions.end(context);
    return context.json({ signedIn: false });
  });

  app.get('/api/library', async (context) => {
    const { uploadContentTypes, uploadMaxBytes, longestMasterSeconds } = uploads.rules;
    const mine = [...(sessions.of(context)?.uploads.values() ?? [])];
    return context.json({
      books: await Promise.all((await library.titles()).map(forViewer)),
      uploads: {
        contentTypes: uploadContentTypes,
        maxBytes: uploadMaxBytes,
        longestSeconds: longestMasterSeconds,
        // What a page that was reloaded goes on to show: nobody sends it any more, and its job runs.
        underWay: mine
          .filter((upload) => /^(?:checking|transcoding)$/.test(uploads.stateOf(upload).status))
          .map(({ id, name }) => ({ id, name })),
      },
    });
  });

  app.get('/api/books/:id', async (context) => {
    const title = await library.find(context.req.param('id'));
    return title ? context.json(await forViewer(title)) : refuse(context, 404, 'there is no such title');
  });

  // A real backend asks here whether this user may watch this book: at the start, and at each renewal.
  app.post('/api/books/:id/cookies', async (context) => {
    const session = sessions.of(context);
    if (!session) return refuse(context, 401, 'you are signed out: sign in first');
    const title = await library.find(context.req.param('id'));
    if (!title) return refuse(context, 404, 'there is no such title');
    const {
      setCookie: lines,
      cookies,
      expiresIn,
      expiresAt,
    } = await signer.signCookies(`/${pathPrefix}/${title.id}/*`);
    session.granted.add(title.id);
    addCookies(context, lines);
    return context.json({ expiresIn, expiresAt, keyPairId: cookies['CloudFront-Key-Pair-Id'] });
  });

  app.route('/', createUploadRoutes({ uploads, sessions, forViewer }));

  return app;

  function clearedFor(bookId: string): string[] {
    return signer.clearCookies(`/${pathPrefix}/${bookId}/*`);
  }

  /** A poster is signed by itself, since the library shows it before any cookie is there. */
  async function forViewer({ id, title, playlistPath, posterPath }: Title) {
    const book = { id, title, playlistUrl: `${origins.playback}/${playlistPath}` };
    if (posterPath === null) return book;
    const { url } = await signer.signUrl(`/${posterPath}`);
    const { pathname, search } = new URL(url);
    // Signed for CloudFront's name, addressed to where the local edge listens; on AWS both are the same.
    return { ...book, posterUrl: `${origins.playback}${pathname}${search}` };
  }
}

function addCookies(context: Context, lines: readonly string[]): void {
  for (const line of lines) context.header('Set-Cookie', line, { append: true });
}

function refuse(context: Context, status: 401 | 404 | 500 | 503, error: string): Response {
  return context.json({ error }, status);
}
