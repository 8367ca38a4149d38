/** What people paste, and the id that is in it. */

import { parseBunnyVideoId } from '@storytime/signer/bunny';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../fixtures.ts';
import { bunnySigner, HOST, VIDEO } from './fixtures.ts';
import { ACCEPTED, REFUSED } from './pasted.ts';

describe('the id is found in', () => {
  it.each(ACCEPTED)('%s', (text) => {
    expect(parseBunnyVideoId(text)).toBe(VIDEO);
  });

  it('what the signer itself signs', () => {
    const signer = bunnySigner();
    for (const { url } of [
      signer.signPlaylistUrl(VIDEO, { countriesAllowed: ['DE'], ipAddress: '203.0.113.7' }),
      signer.signEmbedUrl(VIDEO),
      signer.signEmbedUrl(VIDEO, { page: 'play' }),
      signer.signFileUrl(`/${VIDEO}/playlist.m3u8`),
    ]) {
      expect(parseBunnyVideoId(url)).toBe(VIDEO);
    }
  });

  it('every GUID in either case', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.boolean(), (id, isUpper) => {
        const text = isUpper ? id.toUpperCase() : id.toLowerCase();
        expect(parseBunnyVideoId(text)).toBe(id.toLowerCase());
        expect(parseBunnyVideoId(`https://${HOST}/${text}/playlist.m3u8`)).toBe(id.toLowerCase());
      }),
    );
  });
});

describe('is refused, with what was expected', () => {
  it.each(REFUSED)('%j', async (text) => {
    const { name, code, message, error } = await failureOf(() => parseBunnyVideoId(text));
    expect([name, code]).toEqual(['SignerError', 'ERR_RESOURCE_VIDEO_ID']);
    expect(error).toMatchObject({ status: 400 });
    expect(message).toBe(
      'expected a Bunny video id (a GUID), an embed or play URL of player.mediadelivery.net or iframe.mediadelivery.net, ' +
        'or a playlist URL that ends in /<id>/playlist.m3u8',
    );
  });

  it('a value that is not text', async () => {
    expect(await failureOf(() => parseBunnyVideoId(42 as never))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
    });
  });

  it('a text of a megabyte, without looking into it', async () => {
    const long = `https://${'a.'.repeat(500_000)}b-cdn.net/${VIDEO}/playlist.m3u8`;
    expect(await failureOf(() => parseBunnyVideoId(long))).toMatchObject({ code: 'ERR_RESOURCE_VIDEO_ID' });
  });
});

it('any text gives a GUID in lower case or that refusal', () => {
  const parts = fc.constantFrom(
    ...['https://', '//', 'player.mediadelivery.net', HOST, '/embed/', '759/', VIDEO, VIDEO.toUpperCase()],
    ...['/playlist.m3u8', '/bcdn_token=x', '?', '#', '/', ' ', '\n', '%2F', '..', '@', 'é', '\ud800'],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(parts, { maxLength: 9 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (pasted) => {
      try {
        expect(parseBunnyVideoId(pasted)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_RESOURCE_VIDEO_ID' });
      }
    }),
    { numRuns: 5_000 },
  );
});
