/** The part of the Stream API that an upload needs: create, get, delete, and fetch from an address. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { BunnyVideoStatus, BunnyWebhookStatus } from '@storytime/signer/bunny';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { type BunnyKeys, isSameSecret } from './keys.ts';
import type { Library } from './library.ts';
import { statusModel } from './status-answer.ts';

export interface StreamApiOptions extends Pick<BunnyKeys, 'apiKey' | 'readOnlyApiKey'> {
  readonly library: Library;
  /** Ends downloads. */
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
}

const MAX_BODY_BYTES = 64 * 1024;
/** How long an address may take to begin its answer. */
const FETCH_DEADLINE_MS = 30_000;
/** Where neither the request nor the address names the video. */
const UNTITLED = 'Untitled';

const createModel = z.object({
  title: z.string().min(1).max(1000),
  collectionId: z.string().nullish(),
  thumbnailTime: z.int().nonnegative().nullish(),
});
const fetchModel = z.object({
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).nullish(),
  title: z.string().max(1000).nullish(),
});

/** @see https://docs.bunny.net/api-reference/stream */
export function createStreamApi(options: StreamApiOptions): Hono {
  const { library, apiKey, readOnlyApiKey } = options;
  const app = new Hono();
  const answer = (context: Context, status: 200 | 400 | 401 | 403 | 404 | 413 | 500 | 501, message: string) =>
    context.json(statusModel({ status, message }), status);

  app.onError((error, context) => {
    options.onWarning(`the Stream API failed: ${error.stack ?? error.message}`);
    return answer(context, 500, 'the local Stream API failed: its terminal says why');
  });
  app.notFound((context) => answer(context, 404, 'expected an address below /library/{libraryId}/videos'));
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (context) => answer(context, 413, `expected at most ${MAX_BODY_BYTES} bytes`),
    }),
  );

  app.use('/library/:libraryId/*', async (context, next) => {
    const key = context.req.header('accesskey') ?? '';
    const mayRead = isSameSecret(key, apiKey) || isSameSecret(key, readOnlyApiKey);
    if (!mayRead) return answer(context, 401, "AccessKey: expected the library's API key, not the account's");
    // A key belongs to one library.
    if (context.req.param('libraryId') !== String(library.libraryId)) {
      return answer(context, 401, `the key is for library ${library.libraryId}`);
    }
    const isReading = ['GET', 'HEAD'].includes(context.req.method);
    if (!isReading && !isSameSecret(key, apiKey)) return answer(context, 403, 'the key may only read');
    return next();
  });

  app.post('/library/:libraryId/videos', async (context) => {
    const asked = createModel.safeParse(await context.req.json().catch(() => null));
    if (!asked.success) return answer(context, 400, describe(asked.error));
    return context.json(library.create(asked.data));
  });

  app.get('/library/:libraryId/videos/:videoId', (context) => {
    const video = library.get(context.req.param('videoId'));
    return video ? context.json(video) : answer(context, 404, 'there is no such video');
  });

  app.delete('/library/:libraryId/videos/:videoId', async (context) => {
    const isDeleted = await library.delete(context.req.param('videoId'));
    return isDeleted ? answer(context, 200, 'OK') : answer(context, 404, 'there is no such video');
  });

  app.post('/library/:libraryId/videos/fetch', async (context) => {
    const asked = fetchModel.safeParse(await context.req.json().catch(() => null));
    if (!asked.success) return answer(context, 400, describe(asked.error));
    const { url, headers, title } = asked.data;
    const source = await openSource(url, headers ?? {}, options.signal);
    if (source === null) return answer(context, 400, 'the address does not answer with a file');
    const collectionId = context.req.query('collectionId');
    const { guid } = library.create({
      title: title || new URL(url).pathname.split('/').at(-1) || UNTITLED,
      collectionId,
    });
    void receive(guid, source, options);
    // The id is not in the documentation's model; Bunny's own command line reads it.
    return context.json({ ...statusModel({ status: 200, message: 'OK' }), id: guid });
  });

  app.all('/library/*', (context) =>
    answer(context, 501, `the local Stream API does not support ${context.req.method} here`),
  );
  return app;
}

async function openSource(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | null> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), FETCH_DEADLINE_MS);
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.any([signal, late.signal]) });
    if (response.ok && response.body) return response.body;
    await response.body?.cancel();
    return null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

async function receive(
  guid: string,
  source: AsyncIterable<Uint8Array>,
  { library, signal, onWarning }: StreamApiOptions,
): Promise<void> {
  const path = library.fetchedPath(guid);
  try {
    await pipeline(source, createWriteStream(path), { signal });
    await library.takeIn(guid, path);
  } catch {
    if (signal.aborted || !library.get(guid)) return;
    onWarning(`video ${guid}: the address broke off`);
    library.update(guid, { status: BunnyVideoStatus.UploadFailed });
    library.tell(guid, BunnyWebhookStatus.Failed);
  } finally {
    await rm(path, { force: true });
  }
}

function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = issue?.path.join('.') || 'body';
  return `${path}: ${issue?.message ?? 'expected another value'}`;
}
