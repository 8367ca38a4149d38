/** Keys that a customer brings: anything that fits `KeySource` and `SigningKey`, and nothing that does not. */

import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigner, type SigningKey } from '../../signer/src/index.ts';
import { cookieHeader, DOMAIN, failureOf, judge, KEY_PAIR_ID, NOW, rsa } from './fixtures.ts';

const key: SigningKey = {
  keyPairId: KEY_PAIR_ID,
  algorithm: 'RSA-SHA256',
  sign: async (bytes) => sign('SHA256', bytes, rsa.privateKey),
};

/** Whatever the source gives, as JavaScript would. */
const signerOver = (given: unknown) =>
  createSigner({ key: { get: async () => given as SigningKey }, domain: DOMAIN, now: () => NOW });

describe('a key source of one’s own', () => {
  it('signs URLs and cookies that CloudFront allows', async () => {
    const signer = signerOver(key);
    const { url } = await signer.signUrl('/books/42/index.m3u8');
    const { cookies } = await signer.signCookies('/books/42/*');
    expect(judge(rsa, { url }).allowed).toBe(true);
    const request = { url: `https://${DOMAIN}/books/42/a.ts`, cookies: cookieHeader(cookies) };
    expect(judge(rsa, request).allowed).toBe(true);
  });

  it('may answer at once, from a key that signs at once', async () => {
    const atOnce = { ...key, sign: (bytes: Uint8Array) => sign('SHA256', bytes, rsa.privateKey) };
    const source = { get: () => atOnce } as never;
    const { url } = await createSigner({ key: source, domain: DOMAIN, now: () => NOW }).signUrl('/a.mp4');
    expect(judge(rsa, { url }).allowed).toBe(true);
  });

  it('may be called by its generation, as an edge for a stack that was not applied calls it', async () => {
    const source = { get: () => ({ ...key, keyPairId: '2026-11-a' }) } as never;
    const { url } = await createSigner({ key: source, domain: DOMAIN, now: () => NOW }).signUrl('/a.mp4');
    expect(new URL(url).searchParams.get('Key-Pair-Id')).toBe('2026-11-a');
  });

  it.each([
    ['nothing', undefined, 'ERR_ARGUMENT_TYPE', 'what the key source gives must be a SigningKey'],
    ['a text', 'PEM', 'ERR_ARGUMENT_TYPE', 'what the key source gives must be a SigningKey'],
    ['a key that cannot sign', { ...key, sign: undefined }, 'ERR_ARGUMENT_TYPE', 'must be a SigningKey'],
    ['an empty key pair id', { ...key, keyPairId: '' }, 'ERR_KEY_PAIR_ID', 'an empty string'],
    [
      'an id that would add a parameter',
      { ...key, keyPairId: 'K1&Expires=1' },
      'ERR_KEY_PAIR_ID',
      'characters that no id has',
    ],
    [
      'an id that would add a cookie attribute',
      { ...key, keyPairId: 'K1; Path=/' },
      'ERR_KEY_PAIR_ID',
      'characters that no id has',
    ],
    ['an algorithm of another service', { ...key, algorithm: 'RS256' }, 'ERR_ARGUMENT_TYPE', "'RSA-SHA1' or"],
    ['no signature', { ...key, sign: async () => undefined }, 'ERR_ARGUMENT_TYPE', 'bytes of a signature'],
    ['a text for one', { ...key, sign: async () => 'c2ln' }, 'ERR_ARGUMENT_TYPE', 'bytes of a signature'],
    ['an empty one', { ...key, sign: async () => Buffer.of() }, 'ERR_ARGUMENT_TYPE', 'bytes of a signature'],
  ])('is refused when it gives %s', async (_, given, code, words) => {
    for (const sign of [
      () => signerOver(given).signUrl('/a.mp4'),
      () => signerOver(given).signCookies('/books/42/*'),
    ]) {
      const failure = await failureOf(sign);
      expect(failure).toMatchObject({ code });
      expect(failure.message).toContain(words);
    }
  });
});
