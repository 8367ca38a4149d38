/** `signUrl` with a directory above the file: one signature for many files. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verbatim } from '../../signer/src/index.ts';
import { DOMAIN, ec, failureOf, judge, signerWith } from './fixtures.ts';

const OTHER = 'media.example.com';
const signer = signerWith(ec, { domain: [DOMAIN, OTHER] });

describe('signUrl with a directory as scope', () => {
  it('opens everything below it by one query string, and nothing beside it', async () => {
    const { url } = await signer.signUrl('/u/1/photos/a.jpg', { scope: '/u/1/*' });
    expect(new URL(url).pathname).toBe('/u/1/photos/a.jpg');
    const { search } = new URL(url);
    for (const path of ['/u/1/photos/a.jpg', '/u/1/b.jpg', '/u/1/x/y/z.ts']) {
      expect(judge(ec, { url: `https://${DOMAIN}${path}${search}` }).allowed).toBe(true);
    }
    for (const path of ['/u/10/b.jpg', '/u/2/b.jpg', '/u/1', '/u/']) {
      expect(judge(ec, { url: `https://${DOMAIN}${path}${search}` }).allowed).toBe(false);
    }
  });

  it('is on the file’s host, or is a whole URL of it', async () => {
    for (const scope of [
      '/u/*',
      `https://${OTHER}/u/*`,
      verbatim('/u/*'),
      verbatim(`https://${OTHER}/u/*`),
    ]) {
      const { url } = await signer.signUrl(`https://${OTHER}/u/1/a.jpg`, { scope });
      expect(judge(ec, { url }).allowed).toBe(true);
    }
  });

  it('is the same as "directory" where it is the file’s own', async () => {
    const { signUrlSync } = signerWith(ec, { reuse: '1h' });
    expect(signUrlSync('/u/1/a.jpg', { scope: '/u/1/*' })).toEqual(
      signUrlSync('/u/1/a.jpg', { scope: 'directory' }),
    );
  });

  it('takes the whole host only when that is asked for', async () => {
    const failure = await failureOf(() => signer.signUrl('/u/1/a.jpg', { scope: '/*' }));
    expect(failure.code).toBe('ERR_RESOURCE_WHOLE_HOST');
    const { url } = await signer.signUrl('/u/1/a.jpg', { scope: '/*', allowWholeHost: true });
    expect(judge(ec, { url }).allowed).toBe(true);
  });

  it.each([
    ['a directory beside the file', '/u/2/*', 'ERR_RESOURCE_SCOPE'],
    ['one whose name begins alike', '/u/1*', 'ERR_RESOURCE_SCOPE'],
    ['a directory below', '/u/1/photos/*', 'ERR_RESOURCE_SCOPE'],
    ['a file', '/u/1/a.jpg', 'ERR_RESOURCE_SCOPE'],
    ['a directory without its star', '/u/1/', 'ERR_RESOURCE_SCOPE'],
    ['a star in the middle', '/u/*/a/*', 'ERR_RESOURCE_WILDCARD'],
    ['dots', '/u/1/../*', 'ERR_RESOURCE_TRAVERSAL'],
    ['the same on another host', `https://${OTHER}/u/1/*`, 'ERR_RESOURCE_SCOPE'],
    ['a host that is not ours', 'https://example.com/u/1/*', 'ERR_RESOURCE_HOST'],
    ['//', '//u/1/*', 'ERR_RESOURCE_SCHEME'],
    ['a query string', '/u/1/*?a=b', 'ERR_RESOURCE_QUERY'],
    ['another word', 'folder', 'ERR_ARGUMENT_TYPE'],
    ['no text', 7, 'ERR_ARGUMENT_TYPE'],
    ['null', null, 'ERR_ARGUMENT_TYPE'],
    ['a verbatim pattern with another wildcard', verbatim('/u/?/*'), 'ERR_RESOURCE_SCOPE'],
    ['a verbatim pattern that is not a directory', verbatim('/u/1*'), 'ERR_RESOURCE_SCOPE'],
    ['a verbatim directory beside the file', verbatim('/u/2/*'), 'ERR_RESOURCE_SCOPE'],
  ])('refuses %s', async (_, scope, code) => {
    expect((await failureOf(() => signer.signUrl('/u/1/a.jpg', { scope: scope as never }))).code).toBe(code);
  });

  it('always opens the file it was asked for, or is refused', async () => {
    const segment = fc.constantFrom('u', '1', 'a.b', '%C3%A9', "it's");
    const path = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((parts) => `/${parts.join('/')}` as const);
    await fc.assert(
      fc.asyncProperty(path, path, async (file, directory) => {
        const scope = `${directory}/*` as const;
        const holds = file.startsWith(`${directory}/`);
        const signed = await signer.signUrl(file, { scope }).catch(() => null);
        expect(signed !== null).toBe(holds);
        if (signed) expect(judge(ec, { url: signed.url }).allowed).toBe(true);
      }),
    );
  });
});
