import { generateKeyPairSync } from 'node:crypto';
import { createSigner, staticKey } from '@storytime/signer';
import { explain } from '@storytime/signer/verify';
import { describe, expect, it } from 'vitest';
import { createDemoApp } from '../../../local/demo/app.ts';
import { RequestFeed } from '../../../local/demo/request-feed.ts';
import type { EdgeLogEntry } from '../../../local/edge/index.ts';

const KEY_PAIR_ID = 'K2EXAMPLEKEY01';
const DOMAIN = 'd111111abcdef8.cloudfront.net';
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const trustedKeys = new Map([[KEY_PAIR_ID, pair.publicKey]]);

const app = createDemoApp({
  signer: createSigner({
    key: staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pair.privateKey }),
    domain: DOMAIN,
  }),
  books: [{ id: '42', title: 'The hare' }],
  playbackOrigin: 'http://localhost:4443',
  requests: new RequestFeed<EdgeLogEntry>(),
});

describe("the demo's backend", () => {
  it('signs a viewer in with cookies that open this book and no other', async () => {
    const answer = await app.request('http://localhost:4400/api/books/42/session', { method: 'POST' });
    const cookies = answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');

    expect(explain({ url: `https://${DOMAIN}/books/42/index.m3u8`, cookies, trustedKeys })).toMatchObject({
      allowed: true,
      via: 'cookies',
    });
    expect(explain({ url: `https://${DOMAIN}/books/43/index.m3u8`, cookies, trustedKeys })).toMatchObject({
      allowed: false,
      errorCode: 'AccessDenied',
    });
  });

  it('clears all five cookie names on the way out', async () => {
    const answer = await app.request('http://localhost:4400/api/books/42/session', { method: 'DELETE' });
    const cleared = answer.headers.getSetCookie();

    expect(answer.status).toBe(204);
    expect(cleared.map((line) => line.split('=')[0]).sort()).toEqual([
      'CloudFront-Expires',
      'CloudFront-Hash-Algorithm',
      'CloudFront-Key-Pair-Id',
      'CloudFront-Policy',
      'CloudFront-Signature',
    ]);
    expect(cleared.every((line) => /Max-Age=0/.test(line) && /Path=\/books\/42\//.test(line))).toBe(true);
  });

  it('refuses to sign for a book that it does not have', async () => {
    const answer = await app.request('http://localhost:4400/api/books/43/session', { method: 'POST' });

    expect(answer.status).toBe(404);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('lists the library with a poster that is signed for CloudFront and addressed to the edge', async () => {
    const answer = await app.request('http://localhost:4400/api/library');
    const { books } = (await answer.json()) as { books: { playlistUrl: string; posterUrl: string }[] };
    const poster = new URL(books[0]?.posterUrl ?? '');

    expect(books[0]?.playlistUrl).toBe('http://localhost:4443/books/42/index.m3u8');
    expect(poster.origin).toBe('http://localhost:4443');
    expect(
      explain({ url: `https://${DOMAIN}${poster.pathname}${poster.search}`, trustedKeys }),
    ).toMatchObject({
      allowed: true,
      via: 'url',
    });
  });

  it('sends a page opened as 127.0.0.1 to localhost, the spelling that the cookies are for', async () => {
    const answer = await app.request('http://127.0.0.1:4400/api/library?x=1');

    expect(answer.status).toBe(302);
    expect(answer.headers.get('Location')).toBe('http://localhost:4400/api/library?x=1');
  });
});
