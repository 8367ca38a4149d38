/** `@storytime/signer/testing`, as a backend's tests use it. */

import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createSigner, verbatim } from '../../signer/src/index.ts';
import { expectAllowed, testKey } from '../../signer/src/testing/index.ts';
import { cookieHeader, ec, failureOf, signerWith, trusting } from './fixtures.ts';

const signer = createSigner({ key: testKey(), domain: 'media.example.com' });

describe('testKey', () => {
  it('is one key, at hand for synchronous calls, with the same signature for the same policy', async () => {
    const other = createSigner({ key: testKey(), domain: 'media.example.com' });
    const expiresAt = new Date(Date.now() + 60_000);
    expect(signer.signUrlSync('/a.mp4', { expiresAt })).toEqual(await other.signUrl('/a.mp4', { expiresAt }));
  });

  it('has an id that says what it is and that CloudFront gives no key', () => {
    const { keyPairId } = testKey();
    expect(keyPairId).toContain('TEST');
    // CloudFront's are capitals and digits.
    expect(keyPairId).not.toMatch(/^[A-Z0-9]+$/);
  });

  it('shows no private key when it is printed', () => {
    const shown = inspect(testKey(), { depth: 9, showHidden: true }) + JSON.stringify(testKey());
    expect(shown).toContain('BEGIN PUBLIC KEY');
    expect(shown).not.toMatch(/PRIVATE|MII[BEC]v/);
  });
});

describe('expectAllowed', () => {
  it('gives the verdict on a good URL, and on a plain one with cookies as record or header', async () => {
    const { url } = await signer.signUrl('/a.mp4');
    expect(expectAllowed(url)).toMatchObject({ policy: { resource: 'https://media.example.com/a.mp4' } });
    const { cookies } = await signer.signCookies('/books/42/*');
    const page = 'https://media.example.com/books/42/index.m3u8';
    expect(expectAllowed(page, { cookies }).via).toBe('cookies');
    expect(expectAllowed(page, { cookies: cookieHeader(cookies) }).via).toBe('cookies');
  });

  it('says why a request would be denied, without its signature', async () => {
    const { url } = await signer.signUrl('/a.mp4', { ipAddress: '203.0.113.7' });
    expect(expectAllowed(url, { ip: '203.0.113.7' }).allowed).toBe(true);
    const later = new Date(Date.now() + 86_400_000);
    const denied: [string, Parameters<typeof expectAllowed>[1], string][] = [
      [url, {}, 'ip-mismatch'],
      [url, { ip: '203.0.113.7', now: later }, 'expired'],
      [url.replace('/a.mp4', '/b.mp4'), { ip: '203.0.113.7' }, 'resource-mismatch'],
      ['https://media.example.com/a.mp4', {}, 'unsigned'],
      ['not a URL', {}, 'malformed-url'],
      [(await signerWith(ec).signUrl('/a.mp4')).url, {}, 'unknown-key'],
    ];
    for (const [asked, options, reason] of denied) {
      const { error, message } = await failureOf(() => expectAllowed(asked, options));
      expect(error).toBeInstanceOf(AssertionError);
      expect(error).toMatchObject({ actual: reason, expected: 'allowed' });
      expect(message).toContain(reason);
      const signature = new URLSearchParams(asked.split('?')[1]).get('Signature');
      if (signature) expect(inspect(error)).not.toContain(signature);
    }
  });

  it.each([
    ['an option of another name', { nwo: new Date(0) }, 'ERR_ARGUMENT_UNKNOWN'],
    ['options that inherit', Object.create({ now: new Date(0) }), 'ERR_ARGUMENT_TYPE'],
    ['a Map', new Map([['now', new Date(0)]]), 'ERR_ARGUMENT_TYPE'],
    ['null', null, 'ERR_ARGUMENT_TYPE'],
    ['cookies of null', { cookies: null }, 'ERR_ARGUMENT_TYPE'],
    ['cookies in a list', { cookies: 7 }, 'ERR_ARGUMENT_TYPE'],
  ])('does not pass for want of an option: %s', async (_, options, code) => {
    const { url } = await signer.signUrl('/a.mp4');
    expect((await failureOf(() => expectAllowed(url, options as never))).code).toBe(code);
  });

  it('trusts other keys where it is told so', async () => {
    const { url } = await signerWith(ec, { now: () => new Date() }).signUrl(verbatim('/a//b'));
    expect(expectAllowed(url, { trustedKeys: trusting(ec) }).allowed).toBe(true);
  });
});
