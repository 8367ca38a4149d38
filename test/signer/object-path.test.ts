/** Keys of S3 objects as paths. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectPath, verbatim } from '../../signer/src/index.ts';
import { DOMAIN, ec, failureOf, judge, signerWith } from './fixtures.ts';

const signer = signerWith(ec);

describe('objectPath', () => {
  it.each([
    ['books/42/index.m3u8', '/books/42/index.m3u8'],
    ['a b.jpg', '/a%20b.jpg'],
    ["What's new?.jpg", '/What%27s%20new%3F.jpg'],
    ['a+b&c=d.mp4', '/a%2Bb%26c%3Dd.mp4'],
    ['100%.mp4', '/100%25.mp4'],
    ['a%2Ab', '/a%252Ab'],
    ['*(1)!.ts', '/%2A%281%29%21.ts'],
    ['~a_b-c.d', '/~a_b-c.d'],
    ['back\\slash#1;2', '/back%5Cslash%231%3B2'],
    ['line\nbreak', '/line%0Abreak'],
    ['🎬.mp4', '/%F0%9F%8E%AC.mp4'],
    ['double//slash/', '/double//slash/'],
    // The same letter in two normal forms is two keys.
    ['caf\u00e9', '/caf%C3%A9'],
    ['cafe\u0301', '/cafe%CC%81'],
  ])('writes %j as %s', (key, path) => {
    expect(String(objectPath(key))).toBe(path);
    expect(`https://${DOMAIN}${objectPath(key)}`).toBe(`https://${DOMAIN}${path}`);
  });

  it('makes of every key a URL that clients send as it is, that names this key alone, and that is allowed', async () => {
    const key = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom(..."/?*'+%#&\\ .~"),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
        minLength: 1,
        maxLength: 20,
      })
      .filter((text) => !text.startsWith('/') && !text.split('/').some((segment) => /^\.\.?$/.test(segment)));
    await fc.assert(
      fc.asyncProperty(key, async (text) => {
        const { url } = await signer.signUrl(objectPath(text), { allowWholeHost: true });
        expect(new URL(url).href).toBe(url);
        // As S3 reads it.
        expect(decodeURIComponent(new URL(url).pathname.slice(1))).toBe(text);
        expect(judge(ec, { url }).allowed).toBe(true);
        const { policy } = judge(ec, { url });
        expect(policy?.resource).not.toMatch(/[*?\\]/);
      }),
      { numRuns: 300 },
    );
  });

  it('needs no leave to open the whole host, whatever the first segment holds', async () => {
    for (const key of ['*', '?', '*.mp4', '4?/a']) {
      const { url } = await signer.signUrl(objectPath(key));
      expect(judge(ec, { url }).allowed).toBe(true);
      expect(judge(ec, { url: url.replace(/%(2A|3F)/, 'x') }).allowed).toBe(false);
    }
  });

  it.each([
    ['an empty key', '', 'ERR_RESOURCE_FORM'],
    ['a key that begins with a slash', '/books/1.ts', 'ERR_RESOURCE_EMPTY_SEGMENT'],
    ['a dot segment', 'a/./b', 'ERR_RESOURCE_TRAVERSAL'],
    ['two dots', '../b', 'ERR_RESOURCE_TRAVERSAL'],
    ['a lone surrogate', 'a\ud800b', 'ERR_RESOURCE_CHARACTERS'],
    ['the other one', 'a\udc00', 'ERR_RESOURCE_CHARACTERS'],
    ['1,025 characters are a longer key than S3 has, and URLs have room', 'a'.repeat(1025), null],
    ['9,000 characters', 'a'.repeat(9_000), 'ERR_RESOURCE_LENGTH'],
  ])('never throws for a string; signing refuses what no URL can name: %s', async (_, key, code) => {
    const path = objectPath(key);
    const outcome = await signer.signUrl(path).then(
      () => null,
      (error: { code: string }) => error.code,
    );
    expect(outcome).toBe(code);
  });

  it('throws for a value that is not text', async () => {
    expect((await failureOf(() => objectPath(7 as never))).code).toBe('ERR_ARGUMENT_TYPE');
  });

  it('is its text in JSON, as in a template', () => {
    expect(JSON.stringify({ path: objectPath('a b') })).toBe('{"path":"/a%20b"}');
  });

  it('makes the directory that holds it, in the same percent-encoding', async () => {
    for (const folder of ['u/x (y)', "it's", 'What?*', 'é']) {
      const scope = `${objectPath(folder)}/*`;
      for (const directory of folder === 'What?*' ? [verbatim(scope)] : [scope, verbatim(scope)]) {
        const [one] = await signer.signUrls([objectPath(`${folder}/a b.jpg`)], { scope: directory });
        expect(judge(ec, { url: one?.url ?? '' }).allowed).toBe(true);
      }
    }
  });

  it('goes together with a directory above, and with cookies', async () => {
    const { url } = await signer.signUrl(objectPath('u/1/a b?.jpg'), { scope: '/u/1/*' });
    expect(judge(ec, { url }).allowed).toBe(true);
    const { setCookie } = await signer.signCookies(objectPath('u/1/a b?.jpg'));
    expect(setCookie[0]).toContain('Path=/u/1/a%20b%3F.jpg;');
  });
});
