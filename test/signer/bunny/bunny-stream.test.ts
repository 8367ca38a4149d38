/** The Stream API's client, against a server of this test that answers as Bunny's schema says, or as nobody should. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { BunnyVideoStatus, bunnyStream } from '@storytime/signer/bunny';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../fixtures.ts';
import { API_KEY, VIDEO } from './fixtures.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** By Bunny's VideoModel: more than what is read of it. */
const MODEL = {
  videoLibraryId: 759,
  guid: VIDEO.toUpperCase(),
  title: 'Lecture 1',
  dateUploaded: '2026-11-20T12:00:00',
  status: 4,
  encodeProgress: 100,
  length: 61,
  availableResolutions: '240p,720p',
  thumbnailFileName: 'thumbnail.jpg',
};

let server: Server;
let endpoint = '';
let seen: Seen[] = [];
let answer: (response: ServerResponse) => void = () => {};
const json = (value: unknown, status = 200) => {
  answer = (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
};

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body });
      answer(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const stream = (options = {}) => bunnyStream({ libraryId: 759, apiKey: API_KEY, endpoint, ...options });
const video = {
  videoId: VIDEO,
  title: 'Lecture 1',
  status: BunnyVideoStatus.Finished,
  encodeProgressPercent: 100,
  lengthSeconds: 61,
  availableResolutions: ['240p', '720p'],
  raw: MODEL,
};

describe('a call', () => {
  it('creates a video', async () => {
    json(MODEL);
    const created = await stream().createVideo({
      title: 'Lecture 1',
      collectionId: 'c1',
      thumbnailTimeMs: 2000,
    });
    expect(created).toEqual(video);
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/library/759/videos',
        headers: expect.objectContaining({ accesskey: API_KEY, 'content-type': 'application/json' }),
        body: '{"title":"Lecture 1","collectionId":"c1","thumbnailTime":2000}',
      },
    ]);
  });

  it('reads a video', async () => {
    json(MODEL);
    expect(await stream().getVideo(VIDEO)).toEqual(video);
    expect(seen).toMatchObject([{ method: 'GET', url: `/library/759/videos/${VIDEO}`, body: '' }]);
    expect(seen[0]?.headers).toMatchObject({ accesskey: API_KEY, accept: 'application/json' });
  });

  it('reads a video that has no file yet, and one with a state that is new', async () => {
    json({ guid: VIDEO, status: 0, title: null, availableResolutions: null });
    expect(await stream().getVideo(VIDEO)).toMatchObject({
      status: BunnyVideoStatus.Created,
      title: '',
      availableResolutions: [],
      lengthSeconds: 0,
    });
    json({ ...MODEL, status: 42 });
    expect((await stream().getVideo(VIDEO)).status).toBe(42);
  });

  it('deletes a video', async () => {
    json({ success: true, message: 'OK', statusCode: 200 });
    expect(await stream().deleteVideo(VIDEO)).toBeUndefined();
    expect(seen).toMatchObject([{ method: 'DELETE', url: `/library/759/videos/${VIDEO}` }]);
  });

  it('has Bunny fetch a file', async () => {
    json({ id: VIDEO, success: true, message: 'OK', statusCode: 200 });
    const fetched = await stream().fetchVideo({
      url: 'https://example.com/a.mp4?token=x',
      headers: { authorization: 'Bearer y' },
      title: 'Lecture 1',
      collectionId: 'c 1',
      thumbnailTimeMs: 0,
    });
    expect(fetched).toEqual({ videoId: VIDEO });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/library/759/videos/fetch?collectionId=c+1&thumbnailTime=0',
        body: '{"url":"https://example.com/a.mp4?token=x","headers":{"authorization":"Bearer y"},"title":"Lecture 1"}',
      },
    ]);
    json({ success: true, message: 'OK', statusCode: 200 });
    expect(await stream().fetchVideo({ url: 'http://example.com/a.mp4' })).toEqual({ videoId: undefined });
  });
});

/** Everything a log could show of an error. */
const shown = (error: Error) =>
  `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}${error.stack}`;

describe('an answer that is a refusal', () => {
  it.each([
    [400, 'ERR_BUNNY_REFUSED', 'check what was passed'],
    [401, 'ERR_BUNNY_CREDENTIALS', "this library's API key"],
    [403, 'ERR_BUNNY_CREDENTIALS', 'no permission'],
    [404, 'ERR_BUNNY_NOT_FOUND', 'no such video'],
    [429, 'ERR_BUNNY_CALL', 'try again'],
    [500, 'ERR_BUNNY_CALL', 'try again'],
    [503, 'ERR_BUNNY_CALL', 'try again'],
  ])('%s has its code, and repeats nothing of the answer', async (status, code, words) => {
    json({ success: false, message: `denied for ${API_KEY}`, statusCode: status }, status);
    for (const call of [
      () => stream().createVideo({ title: 'x' }),
      () => stream().getVideo(VIDEO),
      () => stream().deleteVideo(VIDEO),
      () => stream().fetchVideo({ url: 'https://example.com/a.mp4' }),
    ]) {
      const { code: got, message, error } = await failureOf(call);
      expect(got).toBe(code);
      expect(message).toContain(`HTTP status ${status}`);
      expect(message).toContain(words);
      expect(error.cause).toMatchObject({ httpStatusCode: status });
      expect(shown(error)).not.toContain(API_KEY);
    }
  });

  it.each([
    ['no JSON', (response: ServerResponse) => response.end(`<html>${API_KEY}</html>`)],
    ['a JSON list', (response: ServerResponse) => response.end(`["${API_KEY}"]`)],
    ['null', (response: ServerResponse) => response.end('null')],
    ['nothing', (response: ServerResponse) => response.writeHead(204).end()],
    ['no video', (response: ServerResponse) => response.end('{"success":true}')],
    [
      'a video without an id',
      (response: ServerResponse) => response.end(JSON.stringify({ ...MODEL, guid: null })),
    ],
    [
      'a video whose id is none',
      (response: ServerResponse) => response.end(JSON.stringify({ ...MODEL, guid: '../x' })),
    ],
  ])('%s is told from a video', async (_, give) => {
    answer = (response) => void give(response);
    const { code, error } = await failureOf(() => stream().getVideo(VIDEO));
    expect(code).toBe('ERR_BUNNY_ANSWER');
    expect(shown(error)).not.toContain(API_KEY);
  });

  it('reads no answer of more than a megabyte to its end', async () => {
    let sent = 0;
    answer = (response) => {
      const chunk = Buffer.alloc(64_000, 'x');
      const more = () => {
        while (!response.destroyed && sent < 500_000_000 && response.write(chunk)) sent += chunk.length;
        response.once('drain', more);
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      more();
    };
    expect(await failureOf(() => stream().getVideo(VIDEO))).toMatchObject({ code: 'ERR_BUNNY_CALL' });
    expect(sent).toBeLessThan(100_000_000);
  });

  it('a redirect is not followed, so the key stays here', async () => {
    answer = (response) => response.writeHead(302, { location: `${endpoint}/elsewhere` }).end();
    expect(await failureOf(() => stream().getVideo(VIDEO))).toMatchObject({ code: 'ERR_BUNNY_CALL' });
    expect(seen.map(({ url }) => url)).toEqual([`/library/759/videos/${VIDEO}`]);
  });
});

describe('no answer', () => {
  it('ends at the deadline, as a time-out', async () => {
    answer = () => {};
    const { code, message, error } = await failureOf(() => stream({ timeoutSeconds: 1 }).getVideo(VIDEO));
    expect([code, message]).toEqual([
      'ERR_BUNNY_CALL',
      'reading the video failed: TimeoutError; try again later, or raise "timeoutSeconds"',
    ]);
    expect(error.cause).toMatchObject({ name: 'TimeoutError' });
    expect(shown(error)).not.toContain(API_KEY);
  });

  it('ends at the deadline when the body does not end', async () => {
    answer = (response) => response.writeHead(200).write('{"guid":');
    const { error } = await failureOf(() => stream({ timeoutSeconds: 1 }).getVideo(VIDEO));
    expect(error.cause).toMatchObject({ name: 'TimeoutError' });
  });

  it('ends when the signal fires, and no further call is made', async () => {
    const controller = new AbortController();
    const own = stream({ signal: controller.signal });
    answer = () => controller.abort();
    const message =
      'reading the video failed: AbortError; it was aborted by "signal"; pass a signal that has not fired';
    expect(await failureOf(() => own.getVideo(VIDEO))).toMatchObject({ code: 'ERR_BUNNY_CALL', message });
    expect(await failureOf(() => own.getVideo(VIDEO))).toMatchObject({ code: 'ERR_BUNNY_CALL', message });
    expect(seen).toHaveLength(1);
  });

  it('says how the connection failed', async () => {
    answer = (response) => response.destroy();
    const reset = await failureOf(() => stream().getVideo(VIDEO));
    expect(reset).toMatchObject({ code: 'ERR_BUNNY_CALL' });
    expect(shown(reset.error)).not.toContain(API_KEY);

    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const refused = await failureOf(() => stream({ endpoint: `http://127.0.0.1:${port}` }).getVideo(VIDEO));
    expect(refused.error.cause).toMatchObject({ name: 'ECONNREFUSED' });
    expect(refused.message).toBe(
      'reading the video failed: ECONNREFUSED; check "endpoint" and whether this machine reaches it, or try again later',
    );
  });
});

describe('is refused before anything is sent', () => {
  it.each([
    ['an invalid library', { libraryId: '759/videos/x' }, 'ERR_BUNNY_LIBRARY_ID'],
    ['a key with a line break', { apiKey: `${API_KEY}\r\nx: y` }, 'ERR_BUNNY_KEY'],
    ['a key that is not text', { apiKey: undefined }, 'ERR_ARGUMENT_TYPE'],
    ['a time-out of nothing', { timeoutSeconds: 0 }, 'ERR_EXPIRY_INVALID'],
    ['an invalid signal', { signal: {} }, 'ERR_ARGUMENT_TYPE'],
    ['another http host', { endpoint: 'http://video.bunnycdn.com' }, 'ERR_ARGUMENT_TYPE'],
    [
      'an http host that only begins like this machine',
      { endpoint: 'http://localhost.example.com' },
      'ERR_ARGUMENT_TYPE',
    ],
    ['an endpoint with a path', { endpoint: 'https://video.bunnycdn.com/library' }, 'ERR_ARGUMENT_TYPE'],
    ['an endpoint with a user', { endpoint: 'https://a:b@video.bunnycdn.com' }, 'ERR_ARGUMENT_TYPE'],
    ['an endpoint of another scheme', { endpoint: 'ftp://127.0.0.1' }, 'ERR_ARGUMENT_TYPE'],
    ['an invalid endpoint', { endpoint: 'video.bunnycdn.com' }, 'ERR_ARGUMENT_TYPE'],
    ['an option of the client that does not exist', { library: 759 }, 'ERR_ARGUMENT_UNKNOWN'],
  ])('%s', async (_, options, code) => {
    const failure = await failureOf(() => stream(options));
    expect(failure.code).toBe(code);
    expect(failure.message).not.toContain(API_KEY);
  });

  it.each([
    ['no title', () => stream().createVideo({} as never), 'ERR_ARGUMENT_TYPE'],
    ['an empty title', () => stream().createVideo({ title: ' ' }), 'ERR_ARGUMENT_TYPE'],
    [
      'a time in parts',
      () => stream().createVideo({ title: 'x', thumbnailTimeMs: 0.5 }),
      'ERR_ARGUMENT_TYPE',
    ],
    [
      'a collection that is not text',
      () => stream().createVideo({ title: 'x', collectionId: 1 as never }),
      'ERR_ARGUMENT_TYPE',
    ],
    [
      'an option of the call that does not exist',
      () => stream().createVideo({ title: 'x', name: 'y' } as never),
      'ERR_ARGUMENT_UNKNOWN',
    ],
    ['an id that leaves the library', () => stream().getVideo('../760/videos/x'), 'ERR_RESOURCE_VIDEO_ID'],
    ['an invalid id', () => stream().deleteVideo(''), 'ERR_RESOURCE_VIDEO_ID'],
    ['a file of this machine', () => stream().fetchVideo({ url: 'file:///etc/passwd' }), 'ERR_ARGUMENT_TYPE'],
    ['a path for a URL', () => stream().fetchVideo({ url: '/a.mp4' }), 'ERR_ARGUMENT_TYPE'],
    [
      'headers that are not texts',
      () => stream().fetchVideo({ url: 'https://example.com/a.mp4', headers: { a: 1 } as never }),
      'ERR_ARGUMENT_TYPE',
    ],
  ])('%s', async (_, call, code) => {
    expect(await failureOf(call)).toMatchObject({ code });
    expect(seen).toEqual([]);
  });
});

it('shows no key when the client is inspected', () => {
  expect(inspect(stream(), { depth: 9, showHidden: true })).not.toContain(API_KEY);
});
