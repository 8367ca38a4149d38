/** Uploads of a page: what it asks the backend for, while the file itself goes from the browser to S3. */

import { type Context, Hono } from 'hono';
import type { Title } from '../../ops/library/title.ts';
import { partBytesFor } from '../../ops/upload/parts.ts';
import { wordsOf } from './publications.ts';
import type { Session, Sessions } from './sessions.ts';
import { fileToAddSchema, masterToSendSchema, partsOf, refusalOf } from './upload-plan.ts';
import type { PageUpload, Uploads } from './uploads.ts';

export interface UploadRouteOptions {
  readonly uploads: Uploads;
  readonly sessions: Sessions;
  /** A title as the page shows it. */
  readonly forViewer: (title: Title) => Promise<object>;
}

/** The checksums of 10,000 parts, and a name; videos go to S3 and never through here. */
export const MOST_PLAN_BYTES = 150_000;
/** That a user's pages have at the same time; a page that has lost one plans it anew. */
const MOST_UPLOADS = 100;

const SIGNED_OUT = 'you are signed out: sign in first';
const NO_UPLOAD = 'there is no such upload: add the video again';

export function createUploadRoutes({ uploads, sessions, forViewer }: UploadRouteOptions): Hono {
  const app = new Hono();
  const { rules } = uploads;

  // Before the page reads the whole file.
  app.post('/api/uploads/check', async (context) => {
    if (!sessions.of(context)) return refuse(context, 401, SIGNED_OUT);
    const file = fileToAddSchema.safeParse(await bodyOf(context));
    if (!file.success) return refuse(context, 400, 'expected name, contentType and bytes of one file');
    const refusal = refusalOf(file.data, rules);
    if (refusal !== null) return refuse(context, 422, refusal);
    return context.json({ partBytes: partBytesFor(file.data.bytes) });
  });

  app.post('/api/uploads', async (context) => {
    const session = sessions.of(context);
    if (!session) return refuse(context, 401, SIGNED_OUT);
    const master = masterToSendSchema.safeParse(await bodyOf(context));
    if (!master.success) return refuse(context, 400, 'expected name, size and checksums of one file');
    const refusal = refusalOf(master.data, rules);
    if (refusal !== null) return refuse(context, 422, refusal);
    const parts = partsOf(master.data);
    if (parts === null) return refuse(context, 400, 'expected a checksum for each part of the file');
    const plan = await foreseen(context, () => uploads.plan(master.data, parts));
    if (plan instanceof Response) return plan;
    if ('title' in plan) return context.json({ book: await forViewer(plan.title) });
    const { upload, missing, presentBytes, endsAt } = plan;
    keep(session, upload);
    return context.json({ uploadId: upload.id, missing, presentBytes, endsAt }, 201);
  });

  app.get('/api/uploads/:id', async (context) => {
    const upload = uploadOf(context);
    if (upload instanceof Response) return upload;
    const state = uploads.stateOf(upload);
    if (state.status !== 'ready') return context.json({ state });
    return context.json({ state: { status: 'ready', book: await forViewer(state.title) } });
  });

  app.get('/api/uploads/:id/parts/:number', async (context) => {
    const upload = uploadOf(context);
    if (upload instanceof Response) return upload;
    const number = context.req.param('number');
    const part = /^[1-9]\d{0,4}$/.test(number) ? upload.parts[Number(number) - 1] : undefined;
    if (part === undefined) return refuse(context, 404, 'the file has no such part');
    const url = await uploads.addressOf(upload, part);
    return url === null ? refuse(context, 409, 'the file is in S3 already') : context.json({ url });
  });

  app.post('/api/uploads/:id/complete', async (context) => {
    const upload = uploadOf(context);
    if (upload instanceof Response) return upload;
    const outcome = await foreseen(context, () => uploads.complete(upload));
    if (outcome instanceof Response) return outcome;
    return outcome === 'publishing'
      ? context.json({ state: uploads.stateOf(upload) }, 202)
      : context.json({ error: 'parts of the file are missing', isIncomplete: true }, 409);
  });

  // The parts stay at S3: the same file continues with them, and another page may be sending to the same upload.
  app.delete('/api/uploads/:id', (context) => {
    const upload = uploadOf(context);
    if (upload instanceof Response) return upload;
    sessions.of(context)?.uploads.delete(upload.id);
    return context.body(null, 204);
  });

  return app;

  function uploadOf(context: Context): PageUpload | Response {
    const session = sessions.of(context);
    if (!session) return refuse(context, 401, SIGNED_OUT);
    return session.uploads.get(context.req.param('id') ?? '') ?? refuse(context, 404, NO_UPLOAD);
  }

  function keep({ uploads: mine }: Session, upload: PageUpload): void {
    mine.set(upload.id, upload);
    for (const { id, publication } of mine.values()) {
      if (mine.size <= MOST_UPLOADS) return;
      const status = publication?.state.status;
      if (status !== 'checking' && status !== 'transcoding') mine.delete(id);
    }
  }
}

/** What can be said to the person at the page is answered; the rest is a defect of the backend. */
async function foreseen<T>(context: Context, ask: () => Promise<T>): Promise<T | Response> {
  try {
    return await ask();
  } catch (error) {
    const words = wordsOf(error);
    if (words === null) throw error;
    return refuse(context, 409, words);
  }
}

function bodyOf(context: Context): Promise<unknown> {
  return context.req.json().catch(() => null);
}

function refuse(context: Context, status: 400 | 401 | 404 | 409 | 422, error: string): Response {
  return context.json({ error }, status);
}
