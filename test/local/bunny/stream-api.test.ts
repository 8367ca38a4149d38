/** The Stream API's calls as a backend makes them, and callers that may not make them. */
import { existsSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { bunnyStream } from '@storytime/signer/bunny';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KEYS, LIBRARY, NOW, type RunningBunny, startTestBunny, VIDEO } from './fixture.ts';

let bunny: RunningBunny;

beforeAll(async () => {
  bunny = await startTestBunny();
});
afterAll(() => bunny?.close());
afterEach(() => {
  expect(bunny.warnings).toEqual([]);
});

const stream = () => bunnyStream({ libraryId: LIBRARY, apiKey: KEYS.apiKey, endpoint: bunny.apiUrl });

interface Call {
  readonly method?: string;
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function call(path: string, { method = 'GET', key = KEYS.apiKey, body, headers = {} }: Call = {}) {
  const answer = await fetch(`${bunny.apiUrl}${path}`, {
    method,
    headers: { ...(key !== null && { AccessKey: key }), 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** The target as it is, with another host. */
function rawStatus(
  path: string,
  { method = 'GET', host }: { readonly method?: string; readonly host?: string },
): Promise<number | undefined> {
  const { port } = new URL(bunny.apiUrl);
  const headers = { ...(host !== undefined && { host }), AccessKey: KEYS.apiKey };
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

const videos = `/library/${LIBRARY}/videos`;
const statusModel = (statusCode: number, message: unknown = expect.stringMatching(/./)) => ({
  status: statusCode,
  body: { success: statusCode < 400, message, statusCode },
});

describe('a video', () => {
  it('is created, read and deleted by the client of the signer', async () => {
    const { videoId, title, status } = await stream().createVideo({ title: 'Harbour' });
    expect([title, status]).toEqual(['Harbour', 0]);

    const { raw } = await stream().getVideo(videoId);
    expect(raw).toMatchObject({
      videoLibraryId: LIBRARY,
      guid: videoId,
      title: 'Harbour',
      dateUploaded: NOW.toISOString().slice(0, -1),
      status: 0,
      length: 0,
      encodeProgress: 0,
      hasOriginal: false,
    });

    await stream().deleteVideo(videoId);
    expect(await call(`${videos}/${videoId}`)).toEqual(statusModel(404));
    expect(await call(`${videos}/${videoId}`, { method: 'DELETE' })).toEqual(statusModel(404));
  });

  it('may be read with the read-only key, and not changed with it', async () => {
    const { videoId } = await stream().createVideo({ title: 'Harbour' });
    const key = KEYS.readOnlyApiKey;
    expect((await call(`${videos}/${videoId}`, { key })).status).toBe(200);
    expect(await call(`${videos}/${videoId}`, { key, method: 'DELETE' })).toEqual(statusModel(403));
    expect(await call(videos, { key, method: 'POST', body: { title: 'x' } })).toEqual(statusModel(403));
  });
});

describe('an id that is not a video', () => {
  it('names no file, wherever it leads', async () => {
    const kept = join(bunny.directory, '../kept.json');
    writeFileSync(kept, '{}');
    for (const id of ['../../../kept', '..%2f..%2f..%2fkept', '%2e%2e%2f%2e%2e%2f%2e%2e%2fkept', 'x', '.']) {
      for (const method of ['GET', 'DELETE']) {
        // As it stands: `fetch` would resolve the dots.
        const status = await rawStatus(`${videos}/${id}`, { method });
        expect([method, id, status]).toEqual([method, id, expect.toSatisfy((one: number) => one >= 400)]);
      }
    }
    expect(existsSync(kept)).toBe(true);
  });
});

describe('a call', () => {
  it.each([
    ['without a key', null],
    ['with an empty key', ''],
    ['with another key', 'f0d1b9a4-0000-4c6e-8a51-000000000000'],
    ["with the zone's token key", KEYS.tokenKey],
    ['with the embed token key', KEYS.embedTokenKey],
  ])('%s is 401', async (_, key) => {
    expect(await call(videos, { key, method: 'POST', body: { title: 'x' } })).toEqual(statusModel(401));
    expect(await call(`${videos}/${VIDEO}`, { key })).toEqual(statusModel(401));
  });

  it('for another library is 401', async () => {
    expect(await call('/library/1/videos', { method: 'POST', body: { title: 'x' } })).toEqual(
      statusModel(401),
    );
  });

  it.each([
    ['no title', {}],
    ['an empty title', { title: '' }],
    ['a title of another type', { title: 7 }],
    ['no JSON', 'title=x'],
    ['nothing', undefined],
    ['a list', []],
  ])('to create a video with %s is 400', async (_, body) => {
    expect(await call(videos, { method: 'POST', body })).toEqual(statusModel(400));
  });

  it.each([
    ['no address', {}],
    ['a file of this machine', { url: 'file:///etc/passwd' }],
    ['no address at all', { url: 'x' }],
    ['a port where nobody answers', { url: 'http://127.0.0.1:1/x.mp4' }],
    ['a page that is not there', () => ({ url: `${bunny.url}/none.mp4` })],
  ])('to fetch from %s is 400', async (_, body) => {
    expect(
      await call(`${videos}/fetch`, { method: 'POST', body: typeof body === 'function' ? body() : body }),
    ).toEqual(statusModel(400));
  });

  it('with a body that is not a call is refused before it is read', async () => {
    expect(await call(videos, { method: 'POST', body: { title: 'x'.repeat(100_000) } })).toEqual(
      statusModel(413),
    );
  });

  it.each([
    ['GET', videos],
    ['POST', `${videos}/${VIDEO}`],
    ['PUT', `${videos}/${VIDEO}`],
    ['GET', `${videos}/${VIDEO}/play`],
    ['POST', `/library/${LIBRARY}/collections`],
  ])('that Bunny has and this does not is 501: %s %s', async (method, path) => {
    expect(await call(path, { method })).toEqual(statusModel(501));
  });

  it('beside the API is 404', async () => {
    expect(await call('/')).toEqual(statusModel(404));
  });
});

describe('a web page', () => {
  it.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['that says null', { origin: 'null' }],
    ['without an Origin', { 'sec-fetch-site': 'cross-site' }],
    ['of this machine', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }],
  ])('%s calls nothing, not even with the key', async (_, headers) => {
    expect(await call(videos, { method: 'POST', body: { title: 'x' }, headers })).toEqual(statusModel(403));
    expect(await call(`${videos}/${VIDEO}`, { headers })).toEqual(statusModel(403));
  });

  it.each(['evil.example', 'evil.example:80', 'localhost', '127.0.0.1:1', '127.0.0.1.evil.example'])(
    'whose name leads here (DNS rebinding) gets nothing: %s',
    async (host) => {
      for (const path of [videos, '/tusupload', '/']) {
        expect([path, await rawStatus(path, { host })]).toEqual([path, 421]);
      }
    },
  );
});
