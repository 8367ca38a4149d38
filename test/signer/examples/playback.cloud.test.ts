/** The examples of the package, run in their frameworks, and what they hand out played through the edge. */

import { createSigner } from '@storytime/signer';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BACKENDS, type Backend } from './backends.ts';
import { SECRET_NAME, usePlaybackEdge } from './playback-edge.ts';
import { Viewer } from './viewer.ts';

const playbackEdge = usePlaybackEdge();

describe.each(BACKENDS)('the example for %s', (framework, start) => {
  /** Express and Fastify answer with the status that an error carries; the others know none. */
  const uncaught = ['Express 5', 'Fastify 5'].includes(framework) ? 400 : 500;
  let backend: Backend;
  let viewer: Viewer;

  beforeAll(async () => {
    const { cloud, domain } = playbackEdge();
    const key = secretsManagerKey({ secretId: SECRET_NAME, config: cloud.clientConfig() });
    backend = await start({
      signer: createSigner({ key, domain }),
      mediaHost: domain,
      // Careless about the id on purpose: what a wildcard would open is not left to this rule.
      mayWatch: async (authorization) => authorization === 'Bearer reader',
    });
  });
  afterAll(() => backend?.close());
  beforeEach(() => {
    viewer = new Viewer(playbackEdge());
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const ask = (method: string, bookId: string, authorization = 'Bearer reader') =>
    fetch(`${backend.url}/api/books/${bookId}/playback`, { method, headers: { authorization } });

  it('plays a book down to its first segment, with the cookies it set', async () => {
    const answer = await ask('POST', '42');
    viewer.accept(answer);
    const { playlist, refreshAfter } = (await answer.json()) as Record<string, string>;
    expect(answer.status).toBe(200);
    expect(await viewer.play(playlist ?? '')).toBe('the first six seconds');
    expect(Date.parse(refreshAfter ?? '')).toBeGreaterThan(Date.now());
  });

  it('opens that book alone', async () => {
    viewer.accept(await ask('POST', '42'));
    const other = `https://${playbackEdge().domain}/books/43/index.m3u8`;
    expect(await viewer.play(other)).toBe('403 MissingKey');
  });

  it('sets no cookie for a viewer who may not watch', async () => {
    const answer = await ask('POST', '42', 'Bearer stranger');
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    expect(await viewer.play(`https://${playbackEdge().domain}/books/42/index.m3u8`)).toBe('403 MissingKey');
  });

  it('takes the cookies back, all of them', async () => {
    const answer = await ask('POST', '42');
    viewer.accept(answer);
    expect(viewer.cookieNames).toEqual([
      'CloudFront-Key-Pair-Id',
      'CloudFront-Policy',
      'CloudFront-Signature',
    ]);
    const cleared = await ask('DELETE', '42');
    viewer.accept(cleared);
    expect([cleared.status, viewer.cookieNames]).toEqual([204, []]);
  });

  it.each(['*', '4*', '%2A', '42%2F..%2F43', '%252e%252e', '4%3F'])(
    'fails and sets no cookie for the id %s, which would widen the policy',
    async (bookId) => {
      // Hono prints what a handler throws.
      vi.spyOn(console, 'error').mockReturnValue();
      const answer = await ask('POST', bookId);
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([uncaught, []]);
    },
  );
});
