/** A folder as an S3 bucket: what it gives, and above all what it never gives. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDirectoryOrigin } from '../../edge/directory-origin.ts';
import type { Origin, OriginAnswer, OriginRequest } from '../../edge/origin.ts';

const LARGE = Buffer.from(Array.from({ length: 400_000 }, (_, index) => index % 251));
const MODIFIED = new Date('2026-11-20T10:00:00Z');

let folder: string;
let origin: Origin;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'storytime-directory-'));
  mkdirSync(join(folder, 'bucket/books/42'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  const put = (name: string, body: string | Buffer) => {
    writeFileSync(join(folder, name), body);
    utimesSync(join(folder, name), MODIFIED, MODIFIED);
  };
  put('bucket/books/42/index.m3u8', '#EXTM3U\n');
  put('bucket/books/42/large.ts', LARGE);
  put('bucket/books/42/ä b.vtt', 'WEBVTT\n');
  put('bucket/books/42/empty.ts', '');
  put('outside/secret.txt', 'secret');
  symlinkSync('../../../outside/secret.txt', join(folder, 'bucket/books/42/leak.txt'));
  symlinkSync('../../../outside', join(folder, 'bucket/books/42/leak'));
  symlinkSync('index.m3u8', join(folder, 'bucket/books/42/latest.m3u8'));
  origin = createDirectoryOrigin({ directory: join(folder, 'bucket') });
});

afterAll(() => rmSync(folder, { recursive: true }));

async function ask(path: string, changes: Partial<OriginRequest> = {}, from = origin): Promise<OriginAnswer> {
  return from.fetch({
    origin: { bucket: 'b', path: '', signsRequests: true },
    method: 'GET',
    path,
    headers: {},
    signal: new AbortController().signal,
    ...changes,
  });
}

async function bytesOf({ body }: OriginAnswer): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a folder as an origin', () => {
  it('gives a file with the type, size and time that S3 would say', async () => {
    const answer = await ask('/books/42/index.m3u8');
    expect([answer.status, (await bytesOf(answer)).toString()]).toEqual([200, '#EXTM3U\n']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/vnd.apple.mpegurl',
      'content-length': '8',
      'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[0-9a-f-]+"$/),
    });
  });

  it('gives large files whole, empty ones too, and names beyond ASCII', async () => {
    expect((await bytesOf(await ask('/books/42/large.ts'))).equals(LARGE)).toBe(true);
    expect((await bytesOf(await ask('/books/42/empty.ts'))).length).toBe(0);
    expect((await bytesOf(await ask('/books/42/%C3%A4%20b.vtt'))).toString()).toBe('WEBVTT\n');
  });

  it('follows a link that stays inside', async () => {
    expect((await ask('/books/42/latest.m3u8')).status).toBe(200);
  });

  it.each([
    ['a link to a file outside', '/books/42/leak.txt'],
    ['a link to a folder outside', '/books/42/leak/secret.txt'],
    ['..', '/books/42/../../../outside/secret.txt'],
    ['an encoded ..', '/books/%2e%2e/%2E%2E/outside/secret.txt'],
    ['an encoded slash', '/books%2f..%2f..%2foutside%2fsecret.txt'],
    ['.. that comes back', '/books/42/../42/index.m3u8'],
    ['an empty part', '/books//42/index.m3u8'],
    ['.', '/books/./42/index.m3u8'],
    ['a backslash', '/books\\42\\index.m3u8'],
    ['a zero byte', '/books/42/index.m3u8%00.ts'],
    ['a folder', '/books/42'],
    ['a folder with a slash', '/books/42/'],
    ['the root', '/'],
    ['nothing', '/books/42/none.ts'],
  ])('answers 403 without the right to list, and 404 with it, to %s', async (_, path) => {
    const listing = createDirectoryOrigin({
      directory: join(folder, 'bucket'),
      access: { mayRead: () => true, mayList: true },
    });
    const [denied, missing] = [await ask(path), await ask(path, {}, listing)];
    expect([denied.status, missing.status]).toEqual([403, 404]);
    expect((await bytesOf(denied)).toString()).toMatch(/<Code>AccessDenied<\/Code>.*<RequestId>/);
    expect((await bytesOf(missing)).toString()).toContain('<Code>NoSuchKey</Code>');
  });

  it('answers 403 to everything when the bucket policy lets nobody read', async () => {
    const closed = createDirectoryOrigin({
      directory: join(folder, 'bucket'),
      access: { mayRead: () => false, mayList: true },
    });
    expect((await ask('/books/42/index.m3u8', {}, closed)).status).toBe(403);
    expect((await ask('/books/42/none.m3u8', {}, closed)).status).toBe(403);
  });

  it('answers 400 to a key that is too long, and throws for a path that is not UTF-8', async () => {
    expect((await ask(`/${'a'.repeat(1025)}`)).status).toBe(400);
    await expect(ask('/%ff')).rejects.toMatchObject({ code: 'InvalidUri' });
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=399990-', 399_990, 400_000],
    ['bytes=-10', 399_990, 400_000],
    ['bytes=1000-300000', 1000, 300_001],
    ['bytes=399999-999999', 399_999, 400_000],
  ])('gives exactly the range %s', async (range, start, end) => {
    const answer = await ask('/books/42/large.ts', { headers: { range } });
    expect([answer.status, answer.headers['content-range'], answer.headers['content-length']]).toEqual([
      206,
      `bytes ${start}-${end - 1}/400000`,
      String(end - start),
    ]);
    expect((await bytesOf(answer)).equals(LARGE.subarray(start, end))).toBe(true);
  });

  it.each(['bytes=400000-', 'bytes=-0'])('answers 416 to %s', async (range) => {
    expect((await ask('/books/42/large.ts', { headers: { range } })).status).toBe(416);
  });

  it.each(['bytes=5-1', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,3-4'])(
    'serves the whole object for %s, as S3 does',
    async (range) => {
      const answer = await ask('/books/42/index.m3u8', { headers: { range } });
      expect([answer.status, (await bytesOf(answer)).length]).toEqual([200, 8]);
    },
  );

  it('judges conditions by its own ETag and time', async () => {
    const { headers } = await ask('/books/42/index.m3u8');
    const status = async (name: string, value = '') =>
      (await ask('/books/42/index.m3u8', { headers: { [name]: value } })).status;
    expect([
      await status('if-none-match', headers.etag),
      await status('if-none-match', '"another"'),
      await status('if-modified-since', headers['last-modified']),
      await status('if-match', headers.etag),
      await status('if-match', '"another"'),
      await status('if-unmodified-since', 'Thu, 19 Nov 2026 10:00:00 GMT'),
    ]).toEqual([304, 200, 304, 200, 412, 412]);
  });

  it('has another ETag when the file has changed', async () => {
    const path = join(folder, 'bucket/books/42/changing.ts');
    writeFileSync(path, 'one');
    utimesSync(path, MODIFIED, MODIFIED);
    const before = (await ask('/books/42/changing.ts')).headers.etag;
    utimesSync(path, MODIFIED, new Date(MODIFIED.getTime() + 1));
    expect((await ask('/books/42/changing.ts')).headers.etag).not.toBe(before);
  });

  it('gives the headers alone to HEAD', async () => {
    const answer = await ask('/books/42/large.ts', { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], (await bytesOf(answer)).length]).toEqual([
      200,
      '400000',
      0,
    ]);
  });

  it.each(['missing', 'bucket/books/42/index.m3u8'])('refuses %s for a folder', (name) => {
    expect(() => createDirectoryOrigin({ directory: join(folder, name) })).toThrow(
      expect.objectContaining({ name: 'OptionError', option: 'directory' }),
    );
  });
});
