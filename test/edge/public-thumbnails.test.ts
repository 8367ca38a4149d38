/** The edge for an environment whose thumbnails are public: pictures need no signature, and nothing else goes without. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributionFromStack } from '../../edge/index.ts';
import { prod } from '../envs/examples.ts';
import { synthesized } from '../envs/synthesized.ts';
import { ask, bodyOf, memoryOrigin, signerFor, trustedKey } from './fixture.ts';

const keys = { active: '2026-11-a', generations: { '2026-11-a': trustedKey.publicPem }, inKms: {} };
const publicKeys = new Map([[trustedKey.id, trustedKey.publicPem]]);
const host = prod.domainName ?? '';
const distributionOf = (publicThumbnails: boolean) =>
  distributionFromStack(synthesized({ ...prod, publicThumbnails }, keys), { publicKeys }).distribution;
const [open, closed] = [distributionOf(true), distributionOf(false)];

const THUMBNAIL = '/books/42/thumbnails/thumb.0000000.jpg';
const PRIVATE = [
  '/books/42/index.m3u8',
  '/books/42/index_360p.m3u8',
  '/books/42/index_360p_00001.ts',
  '/books/42/index_360p_00001.m4s',
  '/books/42/index_360p.cmfv',
  '/books/42/index.vtt',
  '/books/42/thumbnails.jpg',
  '/books/42/thumbnails',
  '/books/thumbnails/index.m3u8',
  '/books/thumbnails/index_360p_00001.ts',
  '/books/42/thumbnails/index.m3u8',
  '/books/42/Thumbnails/thumb.0000000.jpg',
  '/lessons/42/thumbnails/thumb.0000000.jpg',
  '/thumbnails/thumb.0000000.jpg',
  '/anything',
];
const objects = Object.fromEntries(
  [THUMBNAIL, ...PRIVATE].map((path) => [path, { body: `body of ${path}` }]),
);

describe('public thumbnails', () => {
  it('play without a signature, to HEAD and from the cache too', async () => {
    for (const method of ['GET', 'HEAD']) {
      const handled = await ask(THUMBNAIL, {
        distribution: open,
        host,
        method,
        origin: memoryOrigin(objects),
      });
      expect(handled.response.status).toBe(200);
      expect(handled.judgement).toMatchObject({ outcome: 'allowed', signature: null });
    }
  });

  it('play with a signature of any kind that came along: nobody looks at it', async () => {
    const { url } = await signerFor(trustedKey, { domain: host }).signUrl(THUMBNAIL);
    for (const query of [new URL(url).search, '?Expires=1&Signature=x&Key-Pair-Id=KOTHER']) {
      const handled = await ask(`${THUMBNAIL}${query}`, {
        distribution: open,
        host,
        origin: memoryOrigin(objects),
      });
      expect(await bodyOf(handled)).toBe(`body of ${THUMBNAIL}`);
    }
  });

  it('name the pages that play in CORS, and are readable by no other page', async () => {
    const [origin = ''] = prod.playbackOrigins;
    const answer = async (page: string) => {
      const headers = { origin: page };
      const handled = await ask(THUMBNAIL, {
        distribution: open,
        host,
        headers,
        origin: memoryOrigin(objects),
      });
      return handled.response.headers['access-control-allow-origin'];
    };
    expect(await answer(origin)).toBe(origin);
    expect(await answer('https://elsewhere.example')).toBeUndefined();
  });

  it.each(PRIVATE)('open nothing else: %s', async (path) => {
    const handled = await ask(path, { distribution: open, host, origin: memoryOrigin(objects) });
    expect(handled.judgement).toMatchObject({ outcome: 'denied', denied: { reason: 'unsigned' } });
    expect(handled.response.status).toBe(403);
  });

  it('are private in an environment that does not say so', async () => {
    const handled = await ask(THUMBNAIL, { distribution: closed, host, origin: memoryOrigin(objects) });
    expect(handled.judgement).toMatchObject({ outcome: 'denied', denied: { reason: 'unsigned' } });
  });

  it('open no private object under any spelling of its path', async () => {
    const spelling = fc
      .tuple(
        fc.constantFrom(...PRIVATE),
        fc.array(
          fc.constantFrom('%2e%2e/', '../', './', '/', '%2F', 'thumbnails/', 'x/', 'x/thumbnails/../../'),
        ),
        fc.array(fc.nat({ max: 40 })),
        fc.nat({ max: 40 }),
      )
      .map(([path, inserted, encoded, at]) => {
        const characters = [...path].map((character, index) =>
          index > 0 && encoded.includes(index)
            ? `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`
            : character,
        );
        characters.splice(1 + (at % characters.length), 0, ...inserted);
        return characters.join('');
      });
    await fc.assert(
      fc.asyncProperty(spelling, async (path) => {
        const origin = memoryOrigin({});
        await ask(path, { distribution: open, host, origin });
        // S3 looks for the key as it was sent, decoded: dots and double slashes are part of it.
        const keysAsked = origin.asked.map((asked) => decodeURIComponent(asked.path));
        expect(PRIVATE.filter((key) => keysAsked.includes(key))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
