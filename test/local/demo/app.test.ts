import { SignerError } from '@storytime/signer';
import { explain } from '@storytime/signer/verify';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DOMAIN, KEY_PAIR_ID, ORIGIN, startBackend, trustedKeys } from './backend.ts';

type Backend = ReturnType<typeof startBackend>;
let backend: Backend;
beforeEach(() => {
  backend = startBackend();
});

const opens = (path: string, cookies: string) =>
  explain({ url: `https://${DOMAIN}${path}`, cookies, trustedKeys });

describe("the demo's backend", () => {
  it('gives a signed-in user cookies for this book and no other', async () => {
    await backend.signIn();
    const answer = await backend.send('POST', '/api/books/42/cookies');

    expect(await answer.json()).toMatchObject({ expiresIn: 60, keyPairId: KEY_PAIR_ID });
    expect(opens('/books/42/index.m3u8', backend.cookies())).toMatchObject({ allowed: true, via: 'cookies' });
    expect(opens('/books/43/index.m3u8', backend.cookies())).toMatchObject({ errorCode: 'AccessDenied' });
  });

  it('gives nobody else any', async () => {
    const answer = await backend.send('POST', '/api/books/42/cookies');

    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('clears all five cookie names of every book at signing out, and the session with them', async () => {
    await backend.signIn();
    await backend.send('POST', '/api/books/42/cookies');
    const answer = await backend.send('DELETE', '/api/session');
    const cleared = answer.headers.getSetCookie().filter((line) => line.startsWith('CloudFront-'));

    expect(cleared.map((line) => line.split('=')[0]).sort()).toEqual([
      'CloudFront-Expires',
      'CloudFront-Hash-Algorithm',
      'CloudFront-Key-Pair-Id',
      'CloudFront-Policy',
      'CloudFront-Signature',
    ]);
    expect(cleared.every((line) => /Max-Age=0/.test(line) && /Path=\/books\/42\//.test(line))).toBe(true);
    expect((await backend.send('POST', '/api/books/42/cookies')).status).toBe(401);
  });

  it('keeps a session over a reload, in a cookie that scripts and other sites cannot use', async () => {
    const line = (await backend.signIn()).headers.getSetCookie().join();

    expect(line).toMatch(/HttpOnly/);
    expect(line).toMatch(/SameSite=Strict/);
    expect(await (await backend.send('GET', '/api/session')).json()).toEqual({ signedIn: true });
  });

  it('refuses to sign for a book that it does not have', async () => {
    await backend.signIn();
    const answer = await backend.send('POST', '/api/books/43/cookies');

    expect(answer.status).toBe(404);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('signs, clears and lists below the folder of titles that the environment has', async () => {
    const lessons = startBackend({ pathPrefix: 'lessons' });
    await lessons.send('POST', '/api/session');
    await lessons.send('POST', '/api/books/42/cookies');
    const library = await (await lessons.send('GET', '/api/library')).text();
    const broken = await lessons.send('POST', '/api/break/books/42/other-book');

    expect(opens('/books/42/index.m3u8', lessons.cookies())).toMatchObject({ allowed: false });
    expect(library).toContain('http://localhost:4443/lessons/42/index.m3u8');
    expect(library).toContain('http://localhost:4443/lessons/42/thumbnails/');
    expect(broken.headers.getSetCookie().every((line) => line.includes('Path=/lessons/42/'))).toBe(true);
    expect(
      (await lessons.send('DELETE', '/api/session')).headers
        .getSetCookie()
        .filter((line) => /CloudFront/.test(line)),
    ).toEqual(expect.arrayContaining([expect.stringContaining('Path=/lessons/42/')]));
  });

  it('lists the library with a poster that is signed for CloudFront and addressed to the edge', async () => {
    const answer = await backend.send('GET', '/api/library');
    const { books, uploads } = (await answer.json()) as {
      books: { playlistUrl: string; posterUrl: string }[];
      uploads: unknown;
    };
    const poster = new URL(books[0]?.posterUrl ?? '');

    expect(uploads).toEqual({ contentTypes: ['video/mp4'], maxBytes: 1000, longestSeconds: 600 });
    expect(books[0]?.playlistUrl).toBe('http://localhost:4443/books/42/index.m3u8');
    expect(poster.origin).toBe('http://localhost:4443');
    expect(
      explain({ url: `https://${DOMAIN}${poster.pathname}${poster.search}`, trustedKeys }),
    ).toMatchObject({ allowed: true, via: 'url' });
  });
});

describe('a backend in trouble', () => {
  it.each([
    [
      '503 and to try again, when nothing can be signed',
      503,
      'try again',
      new SignerError('ERR_SECRET_FETCH', 'secret x'),
    ],
    ['500, whatever else it is', 500, 'failed', new Error('secret x')],
  ])('answers %s, and keeps the cause for its log', async (_, status, said, cause) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    backend = startBackend({ key: { get: () => Promise.reject(cause) } });
    await backend.signIn();
    const answer = await backend.send('POST', '/api/books/42/cookies');
    const text = await answer.text();

    expect(answer.status).toBe(status);
    expect(text).toContain(said);
    expect(text).not.toContain('secret x');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });
});

describe('adding a video', () => {
  const hare = { title: 'The tortoise', contentType: 'video/mp4', bytes: 10 };

  it('ends in a book of the library, once its job has', async () => {
    await backend.signIn();
    const form = (await (await backend.send('POST', '/api/uploads', hare)).json()) as { bookId: string };
    expect(await titles(backend)).toEqual(['The hare']);

    const started = await backend.send('POST', `/api/books/${form.bookId}/transcode`);
    expect(started.status).toBe(202);
    await expect.poll(() => titles(backend)).toEqual(['The hare', 'The tortoise']);
  });

  it('tells how far the job is, and why it failed', async () => {
    let fail: (reason: Error) => void = () => {};
    backend = startBackend({
      ingest: {
        transcode: (_, onProgress) => {
          onProgress(37);
          return new Promise((_resolve, reject) => {
            fail = reject;
          });
        },
        reasonOf: (error) => (error as Error).message,
      },
    });
    await backend.signIn();
    const { bookId } = (await (await backend.send('POST', '/api/uploads', hare)).json()) as {
      bookId: string;
    };
    await backend.send('POST', `/api/books/${bookId}/transcode`);
    const state = async () => {
      const book = (await (await backend.send('GET', `/api/books/${bookId}`)).json()) as { state: unknown };
      return book.state;
    };

    expect(await state()).toEqual({ status: 'transcoding', percent: 37 });
    fail(new Error('"x" is not a video: give an MP4'));
    await expect.poll(state).toEqual({ status: 'failed', error: '"x" is not a video: give an MP4' });
    expect(await titles(backend)).toEqual(['The hare']);
  });

  it.each([
    ['a user who is not signed in', 401, hare, false],
    ['a file that is too large, with the remedy', 422, { ...hare, bytes: 2000 }, true],
    ['a video of no length', 400, { ...hare, durationSeconds: 0 }, true],
    ['a request without a title', 400, { ...hare, title: ' ' }, true],
    ['a request that is not JSON object', 400, 'hare', true],
  ])('is refused to %s', async (_, status, body, isSignedIn) => {
    if (isSignedIn) await backend.signIn();
    const answer = await backend.send('POST', '/api/uploads', body);

    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { error: string }).error).toMatch(/sign in|smaller|expected/);
  });

  it('is refused by the length that the browser found, before there is a form', async () => {
    const createUpload = vi.fn();
    const seen: unknown[] = [];
    backend = startBackend({
      ingest: {
        createUpload,
        refusalOf: (master) => {
          seen.push(master.durationSeconds);
          return 'the video is too long: expected at most 600 s, got 601 s; cut it into shorter videos';
        },
      },
    });
    await backend.signIn();
    const answer = await backend.send('POST', '/api/uploads', { ...hare, durationSeconds: 601 });

    expect(answer.status).toBe(422);
    expect(((await answer.json()) as { error: string }).error).toContain('expected at most 600 s, got 601 s');
    expect(seen).toEqual([601]);
    expect(createUpload).not.toHaveBeenCalled();
  });

  it('starts one job a book, and none for a book that it does not have', async () => {
    await backend.signIn();
    const { bookId } = (await (await backend.send('POST', '/api/uploads', hare)).json()) as {
      bookId: string;
    };
    await backend.send('POST', `/api/books/${bookId}/transcode`);

    expect((await backend.send('POST', `/api/books/${bookId}/transcode`)).status).toBe(409);
    expect((await backend.send('POST', '/api/books/other/transcode')).status).toBe(404);
  });

  it('refuses a body larger than any of its own requests', async () => {
    await backend.signIn();
    const answer = await backend.send('POST', '/api/uploads', { ...hare, title: 'x'.repeat(20_000) });

    expect(answer.status).toBe(413);
  });
});

describe('pages of others', () => {
  it('cannot sign anybody in: a form of another site is refused', async () => {
    const answer = await backend.app.request(`${ORIGIN}/api/session`, {
      method: 'POST',
      headers: { Origin: 'https://evil.example' },
    });

    expect(answer.status).toBe(403);
  });

  it.each([
    ['GET', '/api/library', { 'Sec-Fetch-Site': 'cross-site' }],
    ['GET', '/api/events', { 'Sec-Fetch-Site': 'same-site' }],
    ['GET', '/api/events', { Origin: 'http://localhost:4401' }],
    ['GET', '/api/session', { Origin: 'null' }],
    ['POST', '/api/break/rotation', { Origin: 'https://evil.example', 'Content-Type': 'application/json' }],
    [
      'POST',
      '/api/break/books/42/drop',
      { 'Sec-Fetch-Site': 'cross-site', 'Content-Type': 'application/json' },
    ],
    ['POST', '/api/session', { Origin: ORIGIN, 'Sec-Fetch-Site': 'cross-site' }],
    ['DELETE', '/api/session', { Origin: 'https://localhost:4400' }],
  ])('neither change nor follow anything: %s %s with %o', async (method, path, headers) => {
    const rotate = vi.fn(async () => {});
    const { app, signIn, send } = startBackend({ rotate });
    await signIn();
    const answer = await app.request(`${ORIGIN}${path}`, { method, headers });

    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await answer.json()).toEqual({ error: 'this backend serves its own page only' });
    expect(rotate).not.toHaveBeenCalled();
    expect(await (await send('GET', '/api/session')).json()).toEqual({ signedIn: true });
  });

  it('leave our own page alone, and an address that somebody types', async () => {
    for (const site of ['same-origin', 'none']) {
      const headers = { 'Sec-Fetch-Site': site };
      expect((await backend.app.request(`${ORIGIN}/api/library`, { headers })).status).toBe(200);
    }
  });

  it('are sent to localhost as 127.0.0.1, the spelling that the cookies are for, and nowhere under another name', async () => {
    const answer = await backend.app.request('http://127.0.0.1:4400/api/library?x=1');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('Location')).toBe('http://localhost:4400/api/library?x=1');

    expect((await backend.app.request('http://rebound.example:4400/api/library')).status).toBe(421);
  });

  it('may not frame the page, which loads from itself, the edge and the bucket alone', async () => {
    const { headers } = await backend.send('GET', '/api/library');
    const policy = headers.get('Content-Security-Policy') ?? '';

    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' http://localhost:4443 http://127.0.0.1:4566;");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(headers.get('Cache-Control')).toBe('no-store');
  });
});

async function titles({ send }: Backend): Promise<string[]> {
  const { books } = (await (await send('GET', '/api/library')).json()) as { books: { title: string }[] };
  return books.map(({ title }) => title);
}
