import { describe, expect, it } from 'vitest';
import { cookiesFor, parseSetCookie } from '../../../ops/doctor/cookie-jar.ts';
import { parsePasted } from '../../../ops/doctor/pasted.ts';
import { parseViewerUrl, shownUrl } from '../../../ops/doctor/viewer-url.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';

const URL_42 = 'https://media.example.com/books/42/index.m3u8';
const COOKIES = 'CloudFront-Policy=p; CloudFront-Signature=s; CloudFront-Key-Pair-Id=K1';
const NOW = new Date('2026-11-20T12:00:00Z');

describe('what is pasted', () => {
  it.each([
    ['a Cookie header', `Cookie: ${COOKIES}`],
    ['its value', COOKIES],
    ['a cookie a line', COOKIES.split('; ').join('\n')],
    ['a header among blank lines', `\n\ncookie: ${COOKIES}\r\n`],
  ])('gives the cookies of %s', (_, text) => {
    expect(parsePasted(text)).toMatchObject({ cookies: COOKIES, url: null });
  });

  it('gives address and cookies of lines', () => {
    expect(parsePasted(`${URL_42}\nCookie: ${COOKIES}\nOrigin: https://app.example.com\n`)).toEqual({
      url: URL_42,
      method: null,
      cookies: COOKIES,
      jar: [],
      origin: 'https://app.example.com',
      har: null,
    });
  });

  it.each([
    [
      'Chrome',
      `curl '${URL_42}' \\\n  -H 'accept: */*' \\\n  -b '${COOKIES}' \\\n  -H 'origin: https://app.example.com'`,
    ],
    [
      'Firefox',
      `curl '${URL_42}' --compressed -H 'User-Agent: a "quoted" one' -H 'Origin: https://app.example.com' -H 'Cookie: ${COOKIES}'`,
    ],
    [
      'a person',
      `curl -s -H "Cookie: ${COOKIES}" -H "Origin: https://app.example.com" -o /dev/null --url ${URL_42}`,
    ],
    [
      'Chrome on Windows',
      `curl ^"${URL_42}^" ^\r\n  -H ^"accept: */*^" ^\r\n  -b ^"${COOKIES}^" ^\r\n  -H ^"origin: https://app.example.com^"`,
    ],
    [
      'a quote and an exclamation mark',
      `curl $'${URL_42}' -H $'user-agent: it\\'s \\u0021' -H 'referer: it'\\''s' -H 'cookie: ${COOKIES}' -H 'origin: https://app.example.com'`,
    ],
    ['$-quotes', `curl $'${URL_42}' -H $'cookie: ${COOKIES}' -H $'Origin: https://app.example.com'`],
  ])('gives address, cookies and origin of a curl command, as of %s', (_, text) => {
    expect(parsePasted(text)).toEqual({
      url: URL_42,
      method: null,
      cookies: COOKIES,
      jar: [],
      origin: 'https://app.example.com',
      har: null,
    });
  });

  it.each([
    ['-X OPTIONS', 'OPTIONS'],
    ['-XOPTIONS', 'OPTIONS'],
    ['--head', 'HEAD'],
    ['-sI', 'HEAD'],
  ])('gives the method of a curl command with %s', (flag, method) => {
    expect(parsePasted(`curl ${flag} ${URL_42}`)).toMatchObject({ method, url: URL_42 });
  });

  it.each([
    `curl -sSo /dev/null -w '%{http_code}' ${URL_42} -b '${COOKIES}' --max-time 10`,
    `curl ${URL_42} -H 'Cookie: ${COOKIES}' --resolve media.example.com:443:192.0.2.1 -D -`,
  ])('gives the address of a curl command whose options have values: %s', (text) => {
    expect(parsePasted(text)).toMatchObject({ url: URL_42, cookies: COOKIES });
  });

  it('gives the request of its HTTP/2 headers, as Chrome shows them', () => {
    const raw = `:authority: media.example.com\n:method: OPTIONS\n:path: /books/42/index.m3u8\n:scheme: https\ncookie: ${COOKIES}`;

    expect(parsePasted(raw)).toMatchObject({ url: URL_42, method: 'OPTIONS', cookies: COOKIES });
  });

  it('gives the request of its raw headers', () => {
    const raw = `GET /books/42/index.m3u8 HTTP/2\r\nHost: media.example.com\r\nAccept: */*\r\nCookie: ${COOKIES}\r\n\r\n`;

    expect(parsePasted(raw)).toMatchObject({ url: URL_42, method: 'GET', cookies: COOKIES });
  });

  it('gives the cookies that a login answered with, among its other headers', () => {
    const answer =
      'HTTP/1.1 204 No Content\nDate: today\nSet-Cookie: a=1; Path=/books/42/; Secure\nset-cookie: b=2\n\n{"expiresIn": 60}\n';

    expect(parsePasted(answer).jar.map(({ name, path }) => [name, path])).toEqual([
      ['a', '/books/42/'],
      ['b', '/'],
    ]);
  });

  it.each([
    ['JSON that is no HAR', JSON.stringify({ log: { version: 'SECRET' } })],
    ['a broken HAR', '{"log": SECRET'],
    ['prose', 'the viewer says SECRET: it does not work'],
    ['a cookie without a name', 'Set-Cookie: SECRET'],
    ['nothing', ' \n'],
  ])('is refused without being quoted when it is %s', (_, text) => {
    const refused = () => parsePasted(text);
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(expect.objectContaining({ option: '--cookies-from' }));
    expect(refused).toThrow(/^(?!.*SECRET)/s);
  });
});

describe('a browser’s cookies', () => {
  const sent = (url: string, ...lines: string[]) =>
    cookiesFor(
      parseViewerUrl(url),
      lines.map(parseSetCookie).filter((cookie) => cookie !== null),
      NOW,
    );

  it.each([
    ['below its Path', 'a=1; Path=/books/42/'],
    ['of its Path exactly', 'a=1; Path=/books/42/index.m3u8'],
    ['of a Path without a slash', 'a=1; Path=/books'],
    ['of the Domain', 'a=1; Domain=media.example.com; Secure'],
    ['of a Domain above', 'a=1; Domain=.example.com; Path=/'],
    ['with time left', 'a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('are sent with a request %s', (_, line) => {
    expect(sent(URL_42, line)).toEqual({ cookies: 'a=1', keptBack: [] });
  });

  it.each([
    [
      'another Path',
      'a=1; Path=/books/41/',
      'its Path is /books/41/, the request is for /books/42/index.m3u8',
    ],
    [
      'a Path that only begins alike',
      'a=1; Path=/books/4',
      'its Path is /books/4, the request is for /books/42/index.m3u8',
    ],
    [
      'a Path that is a pattern',
      'a=1; Path=/books/*',
      'its Path is /books/*, the request is for /books/42/index.m3u8',
    ],
    [
      'another Domain',
      'a=1; Domain=example.org',
      'its Domain is example.org, the request goes to media.example.com',
    ],
    [
      'a Domain that only ends alike',
      'a=1; Domain=ample.com',
      'its Domain is ample.com, the request goes to media.example.com',
    ],
    ['no time left', 'a=1; Max-Age=0', 'it has expired, by its Max-Age or Expires'],
    ['a past', 'a=1; Expires=Fri, 20 Nov 2026 11:59:59 GMT', 'it has expired, by its Max-Age or Expires'],
  ])('are kept back with %s', (_, line, why) => {
    expect(sent(URL_42, line)).toEqual({ cookies: null, keptBack: [{ name: 'a', why }] });
  });

  it('that are Secure are kept back from plain http, but on this machine itself', () => {
    const line = 'a=1; Secure';

    expect(sent(URL_42.replace('https', 'http'), line).keptBack).toHaveLength(1);
    expect(sent('http://localhost:4443/books/42/index.m3u8', line).cookies).toBe('a=1');
  });

  it('of one name are sent both, the longer Path first', () => {
    expect(sent(URL_42, 'a=1; Path=/', 'a=2; Path=/books/42/').cookies).toBe('a=2; a=1');
  });
});

describe('a viewer’s address', () => {
  it.each([
    ['media.example.com/books/42/index.m3u8', URL_42],
    [`${URL_42}?Signature=x#t=3`, URL_42],
    ['HTTPS://Media.Example.com/books/42/index.m3u8', URL_42],
    ['http://localhost:4443/a%20b/../c.ts', 'http://localhost:4443/a%20b/../c.ts'],
    ['https://media.example.com', 'https://media.example.com/'],
  ])('is read as it was sent, and shown without its query: %s', (given, shown) => {
    expect(shownUrl(parseViewerUrl(given))).toBe(shown);
  });

  it.each([
    '',
    'SECRET',
    'ftp://media.example.com/SECRET',
    '/books/42?Signature=SECRET',
    'https://user:SECRET@host.example/',
  ])('is refused without being quoted when it is none: %s', (given) => {
    const refused = () => parseViewerUrl(given);
    expect(refused).toThrow(expect.objectContaining({ option: 'the URL' }));
    expect(refused).toThrow(/^(?!.*SECRET)/s);
  });
});
