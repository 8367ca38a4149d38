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

    expect(uploads).toEqual({
      ...{ contentTypes: ['video/mp4'], maxBytes: 1000, longestSeconds: 600, underWay: [] },
    });
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
  const file = { name: 'The tortoise.mp4', contentType: 'video/mp4', bytes: 10 };
  const master = { ...file, sha256: 'a'.repeat(64), crc32: 1, partCrc32s: [1] };

  it('is allowed before it is read, with the size of its parts', async () => {
    await backend.signIn();
    const answer = await backend.send('POST', '/api/uploads/check', file);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ partBytes: 8 * 2 ** 20 });
  });

  it.each([
    ['a user who is not signed in', 401, {}, false],
    ['a file that is too large, with the remedy', 422, { bytes: 2000 }, true],
    ['a kind of file that is not taken', 422, { contentType: 'image/png' }, true],
    ['a video that the browser found too long', 422, { durationSeconds: 601 }, true],
    ['a video of no length', 400, { durationSeconds: 0 }, true],
    ['a file without a name', 400, { name: ' ' }, true],
    ['a file of a part of a byte', 400, { bytes: 1.5 }, true],
    ['a request that names a key', 400, { key: 'titles/42.json' }, true],
  ])('is refused to %s, before and after it is read', async (_, status, fields, isSignedIn) => {
    if (isSignedIn) await backend.signIn();
    for (const [path, body] of [
      ['/api/uploads/check', { ...file, ...fields }],
      ['/api/uploads', { ...master, ...fields }],
    ] as const) {
      const answer = await backend.send('POST', path, body);

      expect(answer.status, path).toBe(status);
      expect(((await answer.json()) as { error: string }).error).toMatch(
        /sign in|smaller|export it as|expected/,
      );
    }
  });

  it.each([
    ['a body that is no object', 'hare'],
    ['a hash that is no hash', { ...master, sha256: '../../titles/42.json' }],
    ['a hash in capitals, which would be another key', { ...master, sha256: 'A'.repeat(64) }],
    ['a hash with a line after it', { ...master, sha256: `${'a'.repeat(64)}\n` }],
    ['an upload of S3', { ...master, uploadId: 'upload-1' }],
    ['no checksum of a part', { ...master, partCrc32s: [] }],
    ['more checksums than the file has parts', { ...master, partCrc32s: [1, 2] }],
    ['a checksum of 33 bits', { ...master, partCrc32s: [2 ** 32] }],
    ['a checksum below nothing', { ...master, crc32: -1 }],
  ])('is refused to %s', async (_, body) => {
    await backend.signIn();

    expect((await backend.send('POST', '/api/uploads', body)).status).toBe(400);
  });

  it('refuses a body larger than any of its own requests, but takes 10,000 checksums', async () => {
    await backend.signIn();
    const partCrc32s = new Array(10_000).fill(2 ** 32 - 1);
    const status = async (path: string, body: unknown) => (await backend.send('POST', path, body)).status;

    expect(await status('/api/uploads/check', { ...file, name: 'x'.repeat(20_000) })).toBe(413);
    expect(await status('/api/uploads', { ...master, name: 'x'.repeat(150_000) })).toBe(413);
    // Read, and refused for their number.
    expect(await status('/api/uploads', { ...master, partCrc32s })).toBe(400);
  });

  it.each([
    ['GET', ''],
    ['GET', '/parts/1'],
    ['POST', '/complete'],
    ['DELETE', ''],
  ])('knows no upload that the user has not begun: %s %s', async (method, path) => {
    await backend.signIn();
    for (const id of ['42', '__proto__', 'constructor', '..%2f..%2ftitles', 'a'.repeat(36)]) {
      const answer = await backend.send(method, `/api/uploads/${id}${path}`);

      expect(answer.status).toBe(404);
    }
    await backend.send('DELETE', '/api/session');
    expect((await backend.send(method, `/api/uploads/42${path}`)).status).toBe(401);
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
