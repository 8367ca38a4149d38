/** `verbatim`: signed as it stands, wildcards included; what is refused all the same; and who cannot make one. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verbatim } from '../../signer/src/index.ts';
import { cookieHeader, DOMAIN, ec, failureOf, fromWire, judge, NOW, signerWith } from './fixtures.ts';

const signer = signerWith(ec);
const HOST = `https://${DOMAIN}`;
const policyResource = (policy: string) => JSON.parse(fromWire(policy).toString()).Statement[0].Resource;

/** Whether cookies for a verbatim resource open a URL. */
async function opens(resource: string, url: string, allowWholeHost = false): Promise<boolean> {
  const { cookies } = await signer.signCookies(verbatim(resource), { allowWholeHost });
  return judge(ec, { url, cookies: cookieHeader(cookies) }).allowed;
}

const pathOf = (setCookie: readonly string[]) => /; Path=([^;]*)/.exec(setCookie[0] ?? '')?.[1];

describe('a verbatim file', () => {
  it.each([
    ['an encoded question mark', `/${encodeURIComponent("What's new?.mp4")}`],
    ['an encoded star', `/${encodeURIComponent('a*b').replace('*', '%2A')}.mp4`],
    ['an encoded backslash', `/${encodeURIComponent('a\\b.mp4')}`],
    ['an encoded slash', '/a%2Fb.mp4'],
    ['an empty segment', '/legacy//a.mp4'],
    ['a query string without a value', '/a.mp4?download'],
    ['a slash in a query string', '/a.mp4?next=/b'],
    ['a second question mark', '/videos/a.mp4?x=1?y'],
    ['bytes that are not UTF-8', '/%FF.mp4'],
    ['a percent sign that starts no escape', '/100%.mp4'],
    ['a star of its own name', '/videos/a*b.mp4'],
  ])('is signed with %s, canned too where it holds no star', async (_, resource) => {
    for (const policy of resource.includes('*') ? (['custom'] as const) : (['custom', 'canned'] as const)) {
      const { url } = await signer.signUrl(verbatim(resource), { policy });
      expect(url.startsWith(`${HOST}${resource}${resource.includes('?') ? '&' : '?'}`)).toBe(true);
      expect(new URL(url).href).toBe(url);
      expect(judge(ec, { url })).toMatchObject({ allowed: true, policy: { resource: `${HOST}${resource}` } });
    }
  });

  it('that is a whole URL is signed for its own host', async () => {
    const two = signerWith(ec, { domain: ['media.example.com', DOMAIN] });
    const { url } = await two.signUrl(verbatim(`${HOST}//a.mp4`));
    expect(url.startsWith(`${HOST}//a.mp4?Policy=`)).toBe(true);
    expect((await two.signUrl(verbatim('/a.mp4?x'))).url).toContain('https://media.example.com/a.mp4?x&');
  });

  it('opens its own directory by scope', async () => {
    const { url } = await signer.signUrl(verbatim('/legacy//42/a%3F.m3u8'), { scope: 'directory' });
    const other = url.replace('a%3F.m3u8', '720p/s1.ts');
    expect([judge(ec, { url }).allowed, judge(ec, { url: other }).allowed]).toEqual([true, true]);
    expect(judge(ec, { url: other.replace('//42/', '//43/') }).allowed).toBe(false);
  });

  it('shares its signature with an equal one under reuse, and with no other', async () => {
    const reusing = signerWith(ec, { reuse: '5m' });
    const sign = async (resource: string) => (await reusing.signUrl(verbatim(resource))).url;
    expect(await sign('/a//b.mp4')).toBe(await sign('/a//b.mp4'));
    expect(await sign('/a//c.mp4')).toContain('/a//c.mp4?');
    expect((await failureOf(() => reusing.signUrl('/a//b.mp4'))).code).toBe('ERR_RESOURCE_EMPTY_SEGMENT');
  });
});

describe('a verbatim pattern', () => {
  it.each([
    ['/out/lecture1*', '/out/', '/out/lecture1/720p/s1.ts', '/out/lecture2/a.ts'],
    ['/videos/42/*.ts', '/videos/42/', '/videos/42/720p/s1.ts', '/videos/42/index.m3u8'],
    ['/videos/*/720p/*', '/videos/', '/videos/42/720p/s1.ts', '/videos/42/1080p/s1.ts'],
    ['/videos/s??.ts', '/videos/', '/videos/s01.ts', '/videos/s1.ts'],
    ['/videos//42/*', '/videos//42/', '/videos//42/a.ts', '/videos/42/a.ts'],
    ['/videos/42/', '/videos/42/', '/videos/42/', '/videos/42/a.ts'],
    ['/videos/a.mp4?download', '/videos/', '/videos/a.mp4?download', '/videos/a.mp4?x'],
    ['/books/42/*', '/books/42/', '/books/42/a.ts', '/books/43/a.ts'],
  ])('%s is signed as it stands, with the cookie Path %s', async (resource, path, inside, outside) => {
    const { cookies, setCookie } = await signer.signCookies(verbatim(resource));
    expect(policyResource(cookies['CloudFront-Policy'] ?? '')).toBe(`${HOST}${resource}`);
    expect(setCookie.map((line) => pathOf([line]))).toEqual([path, path, path]);
    expect(pathOf(signer.clearCookies(verbatim(resource)))).toBe(path);
    expect(await opens(resource, `${HOST}${inside}`)).toBe(true);
    expect(await opens(resource, `${HOST}${outside}`)).toBe(false);
  });

  it('takes a Path above it and none below', async () => {
    const sign = (path: string) => signer.signCookies(verbatim('/videos/*/720p/*'), { path });
    expect(pathOf((await sign('/')).setCookie)).toBe('/');
    expect((await failureOf(() => sign('/videos/42/'))).code).toBe('ERR_COOKIE_PATH');
  });

  it('is no canned file with a star, whose bytes would open every match as a custom policy', async () => {
    const failure = await failureOf(() => signer.signUrl(verbatim('/b/a*'), { policy: 'canned' }));
    expect(failure).toMatchObject({ code: 'ERR_CANNED_WILDCARD' });
  });

  it('has no directory where a "/" behind the "?" cuts its path short', async () => {
    const failure = await failureOf(() =>
      signer.signUrl(verbatim('/books/4?/index.m3u8'), { scope: 'directory' }),
    );
    expect(failure).toMatchObject({ code: 'ERR_RESOURCE_QUERY' });
  });

  it('has no canned policy', async () => {
    const failure = await failureOf(() => signer.signCookies(verbatim('/v/*/a.ts'), { policy: 'canned' }));
    expect(failure.code).toBe('ERR_CANNED_WILDCARD');
  });

  it('opens what the table of AWS’s matching rules says, for every row that a signer takes', async () => {
    const file = new URL('../vectors/resource-matching.json', import.meta.url);
    const { rows } = JSON.parse(readFileSync(file, 'utf8')) as {
      rows: { resource: string; url: string; matches: boolean }[];
    };
    let signed = 0;
    for (const { resource, url, matches } of rows) {
      const host = /^https:\/\/([a-z0-9.-]+)\/.*[^?]$/.exec(resource)?.[1];
      if (host === undefined) continue;
      const of = signerWith(ec, { domain: host });
      const given = await of.signCookies(verbatim(resource), { allowWholeHost: true, path: '/' }).then(
        ({ cookies }) => cookieHeader(cookies),
        () => null,
      );
      if (given === null) continue;
      signed += 1;
      expect([resource, url, judge(ec, { url, cookies: given }).allowed]).toEqual([resource, url, matches]);
    }
    expect(signed).toBeGreaterThanOrEqual(15);
  });

  it('opens what CloudFront’s wildcards match, written as regular expressions, and nothing else', async () => {
    const glob = fc.array(fc.constantFrom('a', 'b', '/', '*', '?', '.ts', '='), { maxLength: 8 });
    const asked = fc.array(fc.constantFrom('a', 'b', '/', '.ts', '='), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(glob, asked, asked, async (parts, path, query) => {
        const pattern = `/v/${parts.join('')}`;
        const url = `/v/${path.join('')}${query.length === 0 ? '' : `?${query.join('')}`}`;
        const [ownPath = '', ownQuery = ''] = url.split('?');
        const regular = (text: string) =>
          new RegExp(`^${text.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`);
        const marks = [...pattern].flatMap((one, index) => (one === '?' ? [index] : []));
        const wanted =
          (regular(pattern).test(ownPath) && (ownQuery === '' || pattern.endsWith('*'))) ||
          marks.some(
            (at) =>
              regular(pattern.slice(0, at)).test(ownPath) && regular(pattern.slice(at + 1)).test(ownQuery),
          );
        expect(await opens(pattern, `${HOST}${url}`)).toBe(wanted);
      }),
      { numRuns: 600 },
    );
  });
});

describe('verbatim is refused', () => {
  it.each([
    ['another host', 'https://evil.example/a//b', 'ERR_RESOURCE_HOST'],
    ['a host in a wildcard', `https://*.cloudfront.net/a`, 'ERR_RESOURCE_HOST'],
    ['every URL', '*', 'ERR_RESOURCE_FORM'],
    ['another scheme', `http://${DOMAIN}/a//b`, 'ERR_RESOURCE_SCHEME'],
    ['any scheme', `http*://${DOMAIN}/a`, 'ERR_RESOURCE_SCHEME'],
    ['no scheme', '//a.mp4', 'ERR_RESOURCE_EMPTY_SEGMENT'],
    ['a relative path', 'a.mp4', 'ERR_RESOURCE_FORM'],
    ['a line break', '/a\n.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['a fragment', '/a.mp4#x', 'ERR_RESOURCE_FRAGMENT'],
    ['a space', '/My Video.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['a letter beyond ASCII', '/é.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['a bare apostrophe in a query string', "/a.mp4?x='", 'ERR_RESOURCE_CHARACTERS'],
    ['a backslash', '/a\\b.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['a backslash in a query string', '/a.mp4?x=\\?/', 'ERR_RESOURCE_CHARACTERS'],
    ['a dot-dot segment', '/a/../b.mp4', 'ERR_RESOURCE_TRAVERSAL'],
    ['an encoded dot-dot segment', '/a/%2E%2e/b.mp4', 'ERR_RESOURCE_TRAVERSAL'],
    ['a reserved name', '/a.mp4?x&Policy=1', 'ERR_RESOURCE_RESERVED_QUERY'],
    ['a reserved name encoded', '/a.mp4?Key%2DPair-Id=1', 'ERR_RESOURCE_RESERVED_QUERY'],
    ['a length that CloudFront does not take', `/${'a'.repeat(8_192)}`, 'ERR_RESOURCE_LENGTH'],
  ] as const)('with %s', async (_, resource, code) => {
    for (const call of ['signUrl', 'signCookies', 'clearCookies'] as const) {
      const failure = await failureOf(() => signer[call](verbatim(resource)));
      expect([call, failure.code]).toEqual([call, code]);
    }
  });

  it('as a URL that ends in a bare question mark', async () => {
    expect((await failureOf(() => signer.signUrl(verbatim('/v/a.mp4?')))).code).toBe('ERR_RESOURCE_QUERY');
  });

  it.each(['/*', '/v*', '/*/a.mp4', '/?/a.mp4', '/v?/*', '/??*', '/a?*', '/v?deo/a?b=c', '/*.mp4', '/a?b?'])(
    'without allowWholeHost where its first segment has a wildcard: %s',
    async (resource) => {
      const failure = await failureOf(() => signer.signCookies(verbatim(resource)));
      expect(failure.code).toBe('ERR_RESOURCE_WHOLE_HOST');
      expect(failure.message).toContain('allowWholeHost: true');
      const { cookies } = await signer.signCookies(verbatim(resource), { allowWholeHost: true });
      expect(policyResource(cookies['CloudFront-Policy'] ?? '')).toBe(`${HOST}${resource}`);
    },
  );

  it.each(['/*.mp4', '/v*/a.mp4'])('as a file without allowWholeHost: %s', async (resource) => {
    for (const scope of ['file', 'directory'] as const) {
      const failure = await failureOf(() => signer.signUrl(verbatim(resource), { scope }));
      expect(failure.code).toBe('ERR_RESOURCE_WHOLE_HOST');
    }
  });

  it('only there: a query string of a file at the top opens nothing else', async () => {
    for (const resource of ['/a.mp4?download', '/a.mp4?v=*', '/a.mp4?next=/x', '/?x=1']) {
      expect(await opens(resource, `${HOST}${resource.replace('*', '1')}`)).toBe(true);
    }
  });
});

describe('verbatim is a value that no JSON holds', () => {
  const made = verbatim('/videos/*/720p/*');

  it('and its own JSON is a string, which is checked as every string', async () => {
    const text = JSON.parse(JSON.stringify(made));
    expect(text).toBe('/videos/*/720p/*');
    expect((await failureOf(() => signer.signCookies(text))).code).toBe('ERR_RESOURCE_WILDCARD');
  });

  it.each<[string, unknown]>([
    ['an object with its fields', { resource: '/videos/*', path: '/videos/*' }],
    ['a copy', { ...made }],
    ['a structured clone', structuredClone({ ...made })],
    ['what inherits from it', Object.create(made)],
    ['an object of its class by prototype', Object.setPrototypeOf({}, Object.getPrototypeOf(made))],
    ['a proxy of it', new Proxy(made, {})],
    ['a String object', Object('/videos/*')],
  ])('and %s is none', async (_, value) => {
    for (const call of ['signUrl', 'signCookies', 'clearCookies'] as const) {
      expect((await failureOf(() => signer[call](value as never))).code).toBe('ERR_ARGUMENT_TYPE');
    }
  });

  it.each<[string, unknown]>([
    ['a number', 1],
    ['nothing', undefined],
    ['another verbatim', made],
  ])('and is not made of %s', async (_, value) => {
    expect((await failureOf(() => verbatim(value as never))).code).toBe('ERR_ARGUMENT_TYPE');
  });

  it('whose text nobody changes', () => {
    expect(Object.isFrozen(made)).toBe(true);
  });
});

describe('the same as a string', () => {
  it.each([
    ['signUrl', '/What%3F.mp4'],
    ['signUrl', '/a//b.mp4'],
    ['signUrl', '/a.mp4?download'],
    ['signUrl', '/a.mp4?next=/b'],
    ['signUrl', '/a.mp4?x=*'],
    ['signUrl', '/videos/42/*'],
    ['signCookies', '/out/lecture1*'],
    ['signCookies', '/videos/42/*.ts'],
  ] as const)('is refused, and the message names verbatim: %s of %s', async (call, resource) => {
    const { code, message } = await failureOf(() => signer[call](resource));
    expect(code).toMatch(/^ERR_RESOURCE_/);
    expect(message).toContain('verbatim(…)');
    expect(message).toContain('no id from outside');
  });
});

it('signs whatever it is given as it is, or refuses it by name', async () => {
  const text = fc.array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '*',
        '?',
        '&',
        '=',
        '%2F',
        '%3f',
        '%ff',
        '%',
        '\\',
        '..',
        "'",
        'é',
        ' ',
        '#',
        'v',
      ),
      fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    ),
    { maxLength: 9 },
  );
  await fc.assert(
    fc.asyncProperty(text, async (parts) => {
      const resource = `/v${parts.join('')}`;
      for (const policy of ['custom', 'canned'] as const) {
        try {
          const { url } = await signer.signUrl(verbatim(resource), { policy, allowWholeHost: true });
          expect(new URL(url).href).toBe(url);
          expect(url.startsWith(`${HOST}${resource}`)).toBe(true);
          expect(judge(ec, { url, now: NOW })).toMatchObject({ allowed: true });
        } catch (error) {
          expect((error as { code?: unknown }).code).toMatch(/^ERR_RESOURCE_|^ERR_CANNED_WILDCARD$/);
        }
      }
    }),
    { numRuns: 2_000, examples: [[['?', '\\', '?', '/']]] },
  );
});
