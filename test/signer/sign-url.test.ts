import { describe, expect, it } from 'vitest';
import { verbatim } from '../../signer/src/index.ts';
import {
  DOMAIN,
  ec,
  failureOf,
  fromWire,
  judge,
  KEY_PAIR_ID,
  NOW,
  NOW_SECONDS,
  rsa,
  signerWith,
} from './fixtures.ts';

const signer = signerWith(rsa);
const policyOf = (url: string) => fromWire(new URL(url).searchParams.get('Policy') ?? '').toString();

describe('signUrl', () => {
  it('appends Policy, Signature and Key-Pair-Id, in this order, to the URL of the first domain', async () => {
    const { url } = await signer.signUrl('/books/42/index.m3u8');
    expect(url.startsWith(`https://${DOMAIN}/books/42/index.m3u8?Policy=`)).toBe(true);
    expect([...new URL(url).searchParams.keys()]).toEqual(['Policy', 'Signature', 'Key-Pair-Id']);
    expect(new URL(url).searchParams.get('Key-Pair-Id')).toBe(KEY_PAIR_ID);
  });

  it('lives four hours unless told otherwise', async () => {
    const signed = await signer.signUrl('/a.mp4');
    expect(signed.expiresIn).toBe(14_400);
    expect(signed.expiresAt).toEqual(new Date(NOW.getTime() + 14_400_000));
    expect(policyOf(signed.url)).toBe(
      `{"Statement":[{"Resource":"https://${DOMAIN}/a.mp4","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW_SECONDS + 14_400}}}}]}`,
    );
  });

  it.each([
    [90, 90],
    ['90s', 90],
    ['30m', 1_800],
    ['4h', 14_400],
    ['2d', 172_800],
  ])('takes %s as expiresIn', async (expiresIn, seconds) => {
    expect((await signer.signUrl('/a.mp4', { expiresIn })).expiresIn).toBe(seconds);
  });

  it('takes expiresAt as a Date and cuts parts of a second off', async () => {
    const { expiresAt, expiresIn } = await signer.signUrl('/a.mp4', {
      expiresAt: new Date(NOW.getTime() + 60_999),
    });
    expect(expiresAt).toEqual(new Date(NOW.getTime() + 60_000));
    expect(expiresIn).toBe(60);
  });

  it('puts the second before startsAt into the policy, for CloudFront excludes it', async () => {
    const startsAt = new Date(NOW.getTime() + 60_000);
    const { url } = await signer.signUrl('/a.mp4', { startsAt });
    expect(policyOf(url)).toContain(`"DateGreaterThan":{"AWS:EpochTime":${NOW_SECONDS + 59}}`);
    expect(judge(rsa, { url, now: startsAt }).allowed).toBe(true);
  });

  it('spells a single viewer address as a /32', async () => {
    const { url } = await signer.signUrl('/a.mp4', { ipAddress: '203.0.113.7' });
    expect(policyOf(url)).toContain('"IpAddress":{"AWS:SourceIp":"203.0.113.7/32"}');
  });

  it('keeps the caller’s query string in front, and signs it', async () => {
    const { url } = await signer.signUrl('/a.mp4?download=my%20file.mp4&x');
    expect(url.startsWith(`https://${DOMAIN}/a.mp4?download=my%20file.mp4&x&Policy=`)).toBe(true);
    expect(judge(rsa, { url }).allowed).toBe(true);
    expect(judge(rsa, { url: url.replace('my%20file', 'your%20file') })).toMatchObject({
      reason: 'resource-mismatch',
    });
  });

  it('opens all that stands before the "?" of an id, as the README warns; an encoded one is refused', async () => {
    const id = '42.mp4?x=';
    const { url } = await signer.signUrl(`/audio/${id}-preview.mp4`);
    expect(new URL(url).pathname).toBe('/audio/42.mp4');
    expect(judge(rsa, { url }).allowed).toBe(true);
    for (const encoded of [id, '4?', '4*', '..', '4/5', '4%3f', '4%252a', '4\\5'].map(encodeURIComponent)) {
      const isDot = encoded === '..';
      const failure = await failureOf(() =>
        signer.signUrl(`/audio/${encoded}${isDot ? '/' : '-'}preview.mp4`),
      );
      expect([encoded, failure.code]).toEqual([encoded, expect.stringMatching(/^ERR_RESOURCE_/)]);
    }
    for (const call of [
      () => signer.signCookies(`/books/${id}/*`),
      () => signer.signCookies(`/books/*?x=1`),
      () => signer.signCookies(`/audio/42?x=*`),
      () => signer.signUrl(`/audio/${id}/preview.mp4`),
      () => signer.signUrl(`/audio/${id}?v=1`),
      () => signer.signCookies('/audio/42.mp4', { path: '/audio/42.mp4?x=1' }),
    ]) {
      expect((await failureOf(call)).code).toMatch(/^ERR_(?:RESOURCE_|COOKIE_PATH)/);
    }
  });

  it('gives a canned URL on request: Expires instead of Policy', async () => {
    const { url } = await signer.signUrl('/a.mp4?x=1', { policy: 'canned', expiresIn: 60 });
    expect([...new URL(url).searchParams.keys()]).toEqual(['x', 'Expires', 'Signature', 'Key-Pair-Id']);
    expect(new URL(url).searchParams.get('Expires')).toBe(String(NOW_SECONDS + 60));
    expect(judge(rsa, { url }).allowed).toBe(true);
  });

  it('says Hash-Algorithm=SHA256 last, and nothing for SHA-1', async () => {
    const { url } = await signerWith(ec, { hashAlgorithm: 'SHA256' }).signUrl('/a.mp4');
    expect(url.endsWith(`&Key-Pair-Id=${KEY_PAIR_ID}&Hash-Algorithm=SHA256`)).toBe(true);
    expect((await signer.signUrl('/a.mp4')).url).not.toContain('Hash-Algorithm');
  });

  it('signs for any configured domain, and a path for the first', async () => {
    const two = signerWith(rsa, { domain: ['media.example.com', DOMAIN] });
    expect((await two.signUrl(`https://${DOMAIN}/a.mp4`)).url).toContain(`https://${DOMAIN}/a.mp4?`);
    expect((await two.signUrl('/a.mp4')).url).toContain('https://media.example.com/a.mp4?');
  });

  it.each([
    '/books/42/a..b/v1.2.m3u8',
    "/a-._~!$&'()+,;=:@b.mp4",
    '/caf%C3%A9/100%25.mp4',
    '/%23hash.mp4',
    '/a.mp4?filename=%2A%3F..%2F',
    '/',
  ])('signs %s as it stands', async (path) => {
    const { url } = await signer.signUrl(path);
    expect(url.startsWith(`https://${DOMAIN}${path}`)).toBe(true);
    expect(judge(rsa, { url }).allowed).toBe(true);
  });
});

describe('a query string', () => {
  it.each([
    '/a.mp4?expires=1',
    '/a.mp4?policy=basic',
    '/a.mp4?signature=x',
    '/a.mp4?key-pair-id=K1&hash-algorithm=SHA1',
    '/a.mp4?EXPIRES=1&Hash-algorithm=x',
  ])('may use the names that CloudFront reserves in another case: %s', async (resource) => {
    for (const policy of ['custom', 'canned'] as const) {
      const { url } = await signer.signUrl(resource, { policy });
      expect(url.startsWith(`https://${DOMAIN}${resource}&`)).toBe(true);
      expect(judge(rsa, { url })).toMatchObject({ allowed: true });
    }
  });

  it.each(['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'])(
    'may not use %s itself, alone or encoded, in a string or verbatim',
    async (name) => {
      const encoded = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
      for (const query of [name, `${name}=1`, `x=1&${name}=`, `${encoded}=1`]) {
        for (const resource of [`/a.mp4?${query}`, verbatim(`/a.mp4?${query}`)]) {
          const failure = await failureOf(() => signer.signUrl(resource));
          expect([query, failure.code]).toEqual([query, 'ERR_RESOURCE_RESERVED_QUERY']);
        }
      }
    },
  );
});

describe("signUrl with scope: 'directory'", () => {
  it('opens the file’s directory at every depth and nothing beside it, by the file’s URL', async () => {
    const { url } = await signer.signUrl('/books/42/index.m3u8?v=1', { scope: 'directory', expiresIn: 60 });
    expect(url.startsWith(`https://${DOMAIN}/books/42/index.m3u8?v=1&Policy=`)).toBe(true);
    expect(policyOf(url)).toBe(
      `{"Statement":[{"Resource":"https://${DOMAIN}/books/42/*","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW_SECONDS + 60}}}}]}`,
    );
    const query = url.slice(url.indexOf('Policy='));
    const ask = (path: string) => judge(rsa, { url: `https://${DOMAIN}${path}?${query}` });
    expect(judge(rsa, { url }).allowed).toBe(true);
    expect(ask('/books/42/720p/s00001.ts').allowed).toBe(true);
    expect(ask('/books/421/index.m3u8')).toMatchObject({ allowed: false, reason: 'resource-mismatch' });
    expect(ask('/books/index.m3u8')).toMatchObject({ allowed: false, reason: 'resource-mismatch' });
  });

  it('takes the folder itself as its own directory', async () => {
    const { url } = await signer.signUrl('/books/42/', { scope: 'directory' });
    expect(policyOf(url)).toContain(`"Resource":"https://${DOMAIN}/books/42/*"`);
  });

  it('keeps the host of a whole URL, and its address and start', async () => {
    const two = signerWith(rsa, { domain: ['media.example.com', DOMAIN] });
    const options = { scope: 'directory', ipAddress: '203.0.113.0/24', startsAt: NOW } as const;
    const { url } = await two.signUrl(`https://${DOMAIN}/a/b.mp4`, options);
    expect(policyOf(url)).toContain(`"Resource":"https://${DOMAIN}/a/*"`);
    expect(judge(rsa, { url, ip: '203.0.113.9' }).allowed).toBe(true);
    expect(judge(rsa, { url, ip: '203.0.114.9' }).allowed).toBe(false);
  });

  it('opens the whole host when asked in so many words', async () => {
    const { url } = await signer.signUrl('/a.mp4', { scope: 'directory', allowWholeHost: true });
    expect(policyOf(url)).toContain(`"Resource":"https://${DOMAIN}/*"`);
  });

  it.each([
    ['a file at the top of the host', '/a.mp4', {}, 'ERR_RESOURCE_WHOLE_HOST', 'allowWholeHost'],
    ['a wildcard', '/books/42/*', {}, 'ERR_RESOURCE_WILDCARD', "scope: 'directory'"],
    ['a canned policy', '/books/42/a.mp4', { policy: 'canned' }, 'ERR_CANNED_WILDCARD', 'custom'],
    ['a dot-dot segment', '/books/../a.mp4', {}, 'ERR_RESOURCE_TRAVERSAL', '..'],
    ['an id that cuts the path short', '/books/4?a=/a.mp4', {}, 'ERR_RESOURCE_QUERY', '%2F'],
    ['an empty id', '/books//a.mp4', {}, 'ERR_RESOURCE_EMPTY_SEGMENT', 'empty'],
    ['an encoded star', '/books/%2A/a.mp4', {}, 'ERR_RESOURCE_ENCODED', 'hides'],
    [
      'an unknown scope',
      '/books/42/a.mp4',
      { scope: 'folder' },
      'ERR_ARGUMENT_TYPE',
      "'file', 'directory' or a directory",
    ],
    ['a word for a yes', '/a.mp4', { allowWholeHost: 'yes' }, 'ERR_ARGUMENT_TYPE', 'true or false'],
  ])('refuses %s', async (_, resource, options, code, words) => {
    const failure = await failureOf(() =>
      signer.signUrl(resource, { scope: 'directory', ...options } as never),
    );
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(words);
  });
});

describe('signUrl refuses', () => {
  it.each([
    ['a relative path', 'books/42/a.mp4', 'ERR_RESOURCE_FORM', 'starts with "/"'],
    ['nothing', '', 'ERR_RESOURCE_FORM', 'starts with "/"'],
    ['a host without a path', `https://${DOMAIN}`, 'ERR_RESOURCE_FORM', 'has no path'],
    ['plain http', `http://${DOMAIN}/a.mp4`, 'ERR_RESOURCE_SCHEME', 'expected https'],
    ['no scheme', `//${DOMAIN}/a.mp4`, 'ERR_RESOURCE_SCHEME', 'expected https'],
    ['the host in capitals', `https://${DOMAIN.toUpperCase()}/a.mp4`, 'ERR_RESOURCE_HOST', 'has capitals'],
    ['the host with its port', `https://${DOMAIN}:443/a.mp4`, 'ERR_RESOURCE_HOST', 'has a port'],
    ['the host with another port', `https://${DOMAIN}:8443/a.mp4`, 'ERR_RESOURCE_HOST', 'has a port'],
    ['another host', 'https://evil.example/a.mp4', 'ERR_RESOURCE_HOST', DOMAIN],
    ['a user in front of the host', `https://me@${DOMAIN}/a.mp4`, 'ERR_RESOURCE_HOST', DOMAIN],
    ['a port', `https://${DOMAIN}:8443/a.mp4`, 'ERR_RESOURCE_HOST', DOMAIN],
    ['a host in capitals', `https://${DOMAIN.toUpperCase()}/a.mp4`, 'ERR_RESOURCE_HOST', DOMAIN],
    ['a host glued to the configured one', `https://${DOMAIN}.evil.example/a`, 'ERR_RESOURCE_HOST', DOMAIN],
    ['a backslash for a slash', `https://${DOMAIN}\\a.mp4`, 'ERR_RESOURCE_HOST', DOMAIN],
    ['a line break', '/a\n.mp4', 'ERR_RESOURCE_CHARACTERS', 'control character'],
    ['NUL', '/a\0.mp4', 'ERR_RESOURCE_CHARACTERS', 'control character'],
    ['a space', '/my file.mp4', 'ERR_RESOURCE_CHARACTERS', 'percent-encoded'],
    ['a letter outside ASCII', '/café.mp4', 'ERR_RESOURCE_CHARACTERS', 'percent-encoded'],
    ['a quotation mark', '/a".mp4', 'ERR_RESOURCE_CHARACTERS', 'percent-encoded'],
    ['a lone surrogate', '/\ud800.mp4', 'ERR_RESOURCE_CHARACTERS', 'percent-encoded'],
    ['a backslash', '/a\\b.mp4', 'ERR_RESOURCE_CHARACTERS', 'percent-encoded'],
    ['a % that encodes nothing', '/100%.mp4', 'ERR_RESOURCE_CHARACTERS', '%25'],
    ['a fragment', '/a.mp4#t=10', 'ERR_RESOURCE_FRAGMENT', '%23'],
    ['a dot-dot segment', '/books/../secret', 'ERR_RESOURCE_TRAVERSAL', '".."'],
    ['a dot segment', '/books/./42', 'ERR_RESOURCE_TRAVERSAL', '".."'],
    ['an encoded dot-dot segment', '/books/%2e%2E/secret', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['a twice encoded one', '/books/%252e%252e/secret', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['a half encoded one', '/books/.%2e/secret', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['an encoded star', '/books/%2A/a.mp4', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['a twice encoded star', '/books/%252A/a.mp4', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['an encoded question mark', '/books/4%3F/a.mp4', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['an encoded slash', '/books/4%2f2/a.mp4', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['an encoded backslash', '/books/%5C/a.mp4', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['an encoded NUL', '/books/%00/a.mp4', 'ERR_RESOURCE_ENCODED', 'hides'],
    ['an empty id', '/books//index.m3u8', 'ERR_RESOURCE_EMPTY_SEGMENT', 'empty'],
    ['a wildcard', '/books/42/*', 'ERR_RESOURCE_WILDCARD', 'signCookies'],
    ['a wildcard in an id', '/books/4*/a.mp4', 'ERR_RESOURCE_WILDCARD', 'signCookies'],
    ['a wildcard in the query', '/a.mp4?x=*', 'ERR_RESOURCE_WILDCARD', '%2A'],
    ['a second question mark', '/a.mp4?x=1?y', 'ERR_RESOURCE_WILDCARD', '%3F'],
    ['a question mark in an id', '/books/4?/index.m3u8', 'ERR_RESOURCE_WILDCARD', 'name=value'],
    ['a question mark at the end of an id', '/videos/4?.mp4', 'ERR_RESOURCE_WILDCARD', 'name=value'],
    ['a query before the rest of a path', '/books/4?/a=b.m3u8', 'ERR_RESOURCE_WILDCARD', 'name=value'],
    ['a bare question mark', '/a.mp4?', 'ERR_RESOURCE_QUERY', 'remove it'],
    ['a reserved name', '/a.mp4?x=1&Expires=1', 'ERR_RESOURCE_RESERVED_QUERY', 'reserves'],
    ['a reserved name in the middle', '/a.mp4?x=1&Policy=1&y', 'ERR_RESOURCE_RESERVED_QUERY', 'rename'],
    ['a reserved name alone', '/a.mp4?Hash-Algorithm', 'ERR_RESOURCE_RESERVED_QUERY', 'reserves'],
    ['a reserved name encoded', '/a.mp4?Key%2DPair-Id=1', 'ERR_RESOURCE_RESERVED_QUERY', 'reserves'],
  ])('%s', async (_, resource, code, words) => {
    const failure = await failureOf(() => signer.signUrl(resource));
    expect(failure).toMatchObject({ name: 'SignerError', code });
    expect(failure.message).toContain(words);
  });

  it.each([
    ['an expiry now', { expiresAt: NOW }, 'ERR_EXPIRY_PAST', 'later'],
    ['an expiry in the past', { expiresAt: new Date(0) }, 'ERR_EXPIRY_PAST', 'later'],
    ['an invalid expiry', { expiresAt: new Date('soon') }, 'ERR_EXPIRY_INVALID', 'valid Date'],
    ['zero seconds', { expiresIn: 0 }, 'ERR_EXPIRY_INVALID', 'whole seconds'],
    ['negative seconds', { expiresIn: -60 }, 'ERR_EXPIRY_INVALID', 'whole seconds'],
    ['parts of a second', { expiresIn: 0.5 }, 'ERR_EXPIRY_INVALID', 'whole seconds'],
    ['NaN', { expiresIn: Number.NaN }, 'ERR_EXPIRY_INVALID', 'whole seconds'],
    ['a number as text', { expiresIn: '3600' }, 'ERR_EXPIRY_INVALID', 'without a unit'],
    ['an unknown unit', { expiresIn: '4 hours' }, 'ERR_EXPIRY_INVALID', 'whole seconds'],
    ['milliseconds taken for seconds', { expiresIn: 14_400_000 }, 'ERR_EXPIRY_OVER_CAP', 'milliseconds'],
    ['an invalid start', { startsAt: new Date('soon') }, 'ERR_STARTS_AT_INVALID', 'valid Date'],
    [
      'a start at the expiry',
      { expiresIn: 60, startsAt: new Date(NOW.getTime() + 60_000) },
      'ERR_WINDOW_EMPTY',
      'before the expiry',
    ],
    ['IPv6', { ipAddress: '2001:db8::1' }, 'ERR_IP_ADDRESS_V6', 'IPv4 only'],
    ['IPv4 in IPv6', { ipAddress: '::ffff:203.0.113.7' }, 'ERR_IP_ADDRESS_V6', 'without an address'],
    ['an IPv6 block', { ipAddress: '2001:db8::/32' }, 'ERR_IP_ADDRESS_V6', 'IPv4 only'],
    ['an octet over 255', { ipAddress: '203.0.113.256' }, 'ERR_IP_ADDRESS', 'CIDR block'],
    ['a prefix over 32', { ipAddress: '203.0.113.0/33' }, 'ERR_IP_ADDRESS', 'CIDR block'],
    ['an empty prefix', { ipAddress: '203.0.113.0/' }, 'ERR_IP_ADDRESS', 'CIDR block'],
    ['a range with host bits', { ipAddress: '203.0.113.7/24' }, 'ERR_IP_ADDRESS', 'first address'],
    ['two prefixes', { ipAddress: '203.0.113.0/24/24' }, 'ERR_IP_ADDRESS', 'CIDR block'],
    [
      'a canned policy with an address',
      { policy: 'canned', ipAddress: '203.0.113.7' },
      'ERR_CANNED_CONDITION',
      'custom',
    ],
    ['a canned policy with a start', { policy: 'canned', startsAt: NOW }, 'ERR_CANNED_CONDITION', 'custom'],
  ] as const)('%s', async (_, options, code, words) => {
    const failure = await failureOf(() => signer.signUrl('/a.mp4', options));
    expect(failure).toMatchObject({ name: 'SignerError', code });
    expect(failure.message).toContain(words);
  });

  it.each([
    [
      'a date as text',
      { expiresAt: '2030-01-01' },
      'ERR_ARGUMENT_TYPE',
      '"expiresAt" must be a Date, got string',
    ],
    [
      'a date as number',
      { startsAt: 1795176000 },
      'ERR_ARGUMENT_TYPE',
      '"startsAt" must be a Date, got number',
    ],
    ['a Date as expiresIn', { expiresIn: NOW }, 'ERR_ARGUMENT_TYPE', '"expiresIn" must be'],
    [
      'an address as list',
      { ipAddress: ['1.2.3.4'] },
      'ERR_ARGUMENT_TYPE',
      '"ipAddress" must be a string, got an array',
    ],
    ['an unknown policy', { policy: 'Canned' }, 'ERR_ARGUMENT_TYPE', "'custom' or 'canned'"],
    ['a misspelt option', { ipAdress: '203.0.113.7' }, 'ERR_ARGUMENT_UNKNOWN', 'no option "ipAdress"'],
    ['both ends of one span', { expiresIn: 1, expiresAt: NOW }, 'ERR_ARGUMENT_CONFLICT', 'not both'],
    ['invalid options', 60, 'ERR_ARGUMENT_TYPE', 'an options object, got number'],
  ])('%s with a TypeError', async (_, options, code, words) => {
    const failure = await failureOf(() => signer.signUrl('/a.mp4', options as never));
    expect(failure.error).toBeInstanceOf(TypeError);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(words);
  });

  it('a clock that is stuck at no time with a TypeError', async () => {
    const stuck = signerWith(rsa, { now: () => new Date(Number.NaN) });
    expect((await failureOf(() => stuck.signUrl('/a.mp4'))).code).toBe('ERR_ARGUMENT_TYPE');
  });

  it('a resource that is not a string with a TypeError', async () => {
    const failure = await failureOf(() => signer.signUrl(new URL(`https://${DOMAIN}/a.mp4`) as never));
    expect(failure.error).toBeInstanceOf(TypeError);
    expect(failure.code).toBe('ERR_ARGUMENT_TYPE');
  });
});

describe('createSigner refuses', () => {
  it.each([
    ['plain http in the domain', { domain: `http://${DOMAIN}` }, 'ERR_DOMAIN_INVALID'],
    ['a path in the domain', { domain: `${DOMAIN}/videos` }, 'ERR_DOMAIN_INVALID'],
    ['a port in the domain', { domain: `${DOMAIN}:443` }, 'ERR_DOMAIN_INVALID'],
    ['a wildcard in the domain', { domain: '*.example.com' }, 'ERR_DOMAIN_INVALID'],
    ['an IP address as domain', { domain: '127.0.0.1' }, 'ERR_DOMAIN_INVALID'],
    ['a space in the domain', { domain: 'media example.com' }, 'ERR_DOMAIN_INVALID'],
    ['no domain at all', { domain: [] }, 'ERR_DOMAIN_INVALID'],
    ['a cookie domain beside the domain', { cookieDomain: 'example.com' }, 'ERR_COOKIE_DOMAIN'],
    ['a cookie domain over all of CloudFront', { cookieDomain: 'cloudfront.net' }, 'ERR_COOKIE_DOMAIN'],
    ['a top-level cookie domain', { domain: 'media.example.com', cookieDomain: 'com' }, 'ERR_COOKIE_DOMAIN'],
    ['a default over the cap', { defaultExpiresIn: '2h', maxExpiresIn: '1h' }, 'ERR_EXPIRY_OVER_CAP'],
    ['a default lifetime as text without a unit', { defaultExpiresIn: '3600' }, 'ERR_EXPIRY_INVALID'],
    ['a grid as text without a unit', { reuse: '300' }, 'ERR_EXPIRY_INVALID'],
    ['an invalid key', { key: {} }, 'ERR_ARGUMENT_TYPE'],
    ['an invalid clock', { now: NOW }, 'ERR_ARGUMENT_TYPE'],
    ['a misspelt option', { maxExpiresln: 1 }, 'ERR_ARGUMENT_UNKNOWN'],
  ])('%s', async (_, options, code) => {
    expect((await failureOf(() => signerWith(rsa, options as never))).code).toBe(code);
  });

  it('nothing about a short cap: the default lifetime shrinks to it', async () => {
    expect((await signerWith(rsa, { maxExpiresIn: '1h' }).signUrl('/a.mp4')).expiresIn).toBe(3_600);
  });
});
