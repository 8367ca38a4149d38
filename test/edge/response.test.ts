import { describe, expect, it } from 'vitest';
import type { ResponseHeadersPolicy } from '../../aws/cloudfront/distribution.ts';
import { OriginError } from '../../edge/origin.ts';
import { ask, behaviour, bodyOf, distribution, memoryOrigin, PLAYER_ORIGIN } from './fixture.ts';

const PLAYLIST = '/books/42/index.m3u8';

function askWith(responseHeaders: ResponseHeadersPolicy | null, origin?: string) {
  const open = distribution({ behaviours: [behaviour({ trustedKeys: null, responseHeaders })] });
  const objects = {
    [PLAYLIST]: { body: '#EXTM3U\n', headers: { 'x-amz-request-id': 'R', server: 'AmazonS3' } },
  };
  return ask(PLAYLIST, {
    distribution: open,
    origin: memoryOrigin(objects),
    headers: origin === undefined ? {} : { origin },
  });
}

const exact: ResponseHeadersPolicy = {
  cors: {
    allowOrigins: [PLAYER_ORIGIN],
    allowCredentials: true,
    exposeHeaders: ['Content-Length', 'Content-Range'],
  },
  headers: [],
  removedHeaders: [],
};

describe('CORS', () => {
  it('names the one origin and allows credentials', async () => {
    expect((await askWith(exact, PLAYER_ORIGIN)).response.headers).toMatchObject({
      'access-control-allow-origin': PLAYER_ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Content-Length,Content-Range',
      vary: 'Origin',
    });
  });

  it.each([
    'http://localhost:4401',
    'https://localhost:4400',
    'http://localhost:4400.evil.example',
    'http://LOCALHOST:4400',
    'null',
  ])('says nothing to %s', async (origin) => {
    const { response } = await askWith(exact, origin);
    expect(response.status).toBe(200);
    expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it("never passes on the origin's own", async () => {
    expect((await askWith(null, PLAYER_ORIGIN)).response.headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });

  it('covers only one part of a name with a star', async () => {
    const wild = {
      ...exact,
      cors: { allowOrigins: ['https://*.example.com'], allowCredentials: true, exposeHeaders: [] },
    };
    const allowed = async (origin: string) =>
      'access-control-allow-origin' in (await askWith(wild, origin)).response.headers;
    expect(await allowed('https://app.example.com')).toBe(true);
    expect(await allowed('https://.example.com')).toBe(false);
    expect(await allowed('https://evil.test/.example.com')).toBe(false);
  });
});

describe("the origin's headers", () => {
  it('reach the viewer only where they describe the object', async () => {
    const { headers } = (await askWith(null)).response;
    expect(headers).toMatchObject({ etag: '"abc"', 'content-type': 'video/MP2T', 'content-length': '8' });
    expect(headers).not.toHaveProperty('x-amz-request-id');
  });

  it('yield to the policy only where it overrides', async () => {
    const { headers } = (
      await askWith({
        cors: null,
        headers: [
          { name: 'ETag', value: '"policy"', override: false },
          { name: 'Content-Type', value: 'text/plain', override: true },
          { name: 'X-Frame-Options', value: 'DENY', override: false },
        ],
        removedHeaders: ['last-modified'],
      })
    ).response;
    expect(headers).toMatchObject({ etag: '"abc"', 'content-type': 'text/plain', 'x-frame-options': 'DENY' });
    expect(headers).not.toHaveProperty('last-modified');
  });
});

describe('trouble at the origin', () => {
  const failing = (error: Error) => ({ fetch: () => Promise.reject(error), close: () => undefined });
  const open = distribution({ behaviours: [behaviour({ trustedKeys: null })] });

  it.each([
    ['Unreachable', 502],
    ['Timeout', 504],
    ['InvalidUri', 400],
  ] as const)('%s answers %i in HTML', async (code, status) => {
    const handled = await ask(PLAYLIST, {
      distribution: open,
      origin: failing(new OriginError(code, 'test')),
    });
    expect(handled.response).toMatchObject({ status, headers: { 'content-type': 'text/html' } });
  });

  it("passes S3's own 403 through as it comes, request id and all", async () => {
    const handled = await ask('/books/42/missing.ts', { distribution: open, origin: memoryOrigin({}) });
    expect(handled.response).toMatchObject({ status: 403, headers: { 'content-type': 'application/xml' } });
    expect(await bodyOf(handled)).toContain('<RequestId>');
  });
});
