/** What the frameworks' own error handlers answer where a handler lets the signer's errors through. */

import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSigner, type KeySource, SignerError, staticKey } from '@storytime/signer';
import { describe, expect, it } from 'vitest';
import { createApp as createExpressApp } from '../../signer/examples/express.ts';
import { createApp as createFastifyApp } from '../../signer/examples/fastify.ts';
import { DOMAIN, ec, failureOf, KEY_PAIR_ID, NOW } from './fixtures.ts';

const signerOf = (key: KeySource) => createSigner({ domain: DOMAIN, key, now: () => NOW });
const signer = signerOf(staticKey({ keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem }));
const broken: KeySource = {
  get: () => Promise.reject(new SignerError('ERR_SECRET_FETCH', 'no answer')),
};
const keyless = signerOf(broken);
/** By the id in the request: good, one that the signer refuses, and a failure of the server's own. */
const CASES = [
  ['a good id', '42', 200],
  ['an id with a star', '4%2A', 400],
  ['an id of two dots, encoded', '%252e%252e', 400],
  ['an id that hides a slash', '4%252F2', 400],
  ['a key that nobody gives', 'keyless', 500],
] as const;
/** As a customer writes it: the examples catch nothing. */
const playbackOf = (id: string) => ({
  signer: id === 'keyless' ? keyless : signer,
  mediaHost: DOMAIN,
  mayWatch: () => Promise.resolve(true),
});

async function askExpress(id: string): Promise<number | undefined> {
  const app = createExpressApp(playbackOf(id));
  // Else it writes each error to standard error.
  app.set('env', 'test');
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const path = `/api/books/${id}/playback`;
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST' }).end();
    const [answer] = await once(asked, 'response');
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function askFastify(id: string): Promise<number> {
  const app = createFastifyApp(playbackOf(id));
  const { statusCode } = await app.inject({ method: 'POST', url: `/api/books/${id}/playback` });
  await app.close();
  return statusCode;
}

describe('an error that nobody catches', () => {
  it.each(CASES)('is answered by Express for its cause: %s', async (_, id, status) => {
    expect(await askExpress(id)).toBe(status);
  });

  it.each(CASES)('is answered by Fastify for its cause: %s', async (_, id, status) => {
    expect(await askFastify(id)).toBe(status);
  });

  it('carries the status where it is about a resource, and no such property where it is not', async () => {
    const { error } = await failureOf(() => signer.signUrl('/a//b.mp4'));
    expect(error).toMatchObject({ code: 'ERR_RESOURCE_EMPTY_SEGMENT', status: 400 });
    const past = await failureOf(() => signer.signUrl('/a.mp4', { expiresAt: new Date(0) }));
    expect('status' in past.error).toBe(false);
  });
});
