/** Requests that nobody sends by mistake. None carries a valid signature for what it asks. */
import fc from 'fast-check';
import { DOMAIN } from '../fixture.ts';

export interface Hostile {
  readonly name: string;
  readonly pieces: readonly (string | Buffer)[];
}

const head = (line: string, ...headers: string[]) =>
  [line, `Host: ${DOMAIN}`, ...headers, '', ''].join('\r\n');
const get = (target: string, ...headers: string[]) => head(`GET ${target} HTTP/1.1`, ...headers);

const TARGETS = [
  '/../canary.txt',
  '/open/../../canary.txt',
  '/open/../../../../../../../../etc/passwd',
  '/open/../books/42/index.m3u8',
  '/open/%2e%2e/books/42/index.m3u8',
  '/open/%2E%2E/%2e%2e/canary.txt',
  '/open/.%2e/books/42/index.m3u8',
  '/open/%2e%2e%2f%2e%2e%2fcanary.txt',
  '/open/..%2fbooks%2f42%2findex.m3u8',
  '/open/..%2f..%2fcanary.txt',
  '/open%2f..%2f..%2fcanary.txt',
  '/open/..%5c..%5ccanary.txt',
  '/open/..\\..\\canary.txt',
  '/open/%5c..%5c..%5ccanary.txt',
  '/open/a.txt%00.jpg',
  '/open/%00',
  '/%00/../../canary.txt',
  '/open/..%00/canary.txt',
  '/open/%c0%ae%c0%ae/%c0%ae%c0%ae/canary.txt',
  '/open/%252e%252e/%252e%252e/canary.txt',
  '/open/..;/..;/canary.txt',
  '/open/link.txt',
  '/open/folder/canary.txt',
  '/open/./../books/42/./index.m3u8',
  '/open//../books/42/index.m3u8',
  '/open/a.txt/../../books/42/index.m3u8',
  '//books/42/index.m3u8',
  '/books//42/index.m3u8',
  '/Open/../books/42/index.m3u8',
  '/./books/42/index.m3u8',
  '/books/42/index.m3u8/',
  '/books/42/index.m3u8%20',
  '/books/42/index.m3u8%0d%0aX-Injected:%201',
  '/open/a.txt%0d%0aX-Injected:%201',
  '/open/%ff%fe',
  '/open/%',
  '/open/%zz',
  '/open/%e0%80%af',
  '/open/',
  '/open',
  `/open/${'a/'.repeat(2000)}a`,
  `/open/${'%2e%2e/'.repeat(1000)}etc/passwd`,
  `/open/${'../'.repeat(2000)}etc/passwd`,
  `/${'*'.repeat(3000)}`,
  'books/42/index.m3u8',
  '*',
  '?',
  '?Policy=x',
  '#/books/42/index.m3u8',
  '/books/42/index.m3u8#open/a.txt',
  `http://${DOMAIN}/books/42/index.m3u8`,
  `https://${DOMAIN}/open/../books/42/index.m3u8`,
  'http://127.0.0.1/open/../../canary.txt',
  'file:///etc/passwd',
  '//etc/passwd',
  '/books/42/index.m3u8?Policy=&Signature=&Key-Pair-Id=',
  '/books/42/index.m3u8?Policy=a&Policy=b&Signature=c&Key-Pair-Id=K2JCJMDEHXQW5F',
  '/books/42/index.m3u8?Key-Pair-Id=__proto__&Policy=e30_&Signature=e30_',
  '/books/42/index.m3u8?Key-Pair-Id=constructor&Expires=1999999999&Signature=AAAA',
  '/books/42/index.m3u8?Key-Pair-Id=K2JCJMDEHXQW5F&Expires=99999999999999999999&Signature=AAAA',
  '/books/42/index.m3u8?Key-Pair-Id=K2JCJMDEHXQW5F&Expires=1999999999&Signature=',
  `/books/42/index.m3u8?Policy=${'A'.repeat(7000)}&Signature=AAAA&Key-Pair-Id=K2JCJMDEHXQW5F`,
  `/books/42/index.m3u8?${'&'.repeat(7000)}`,
  `/books/42/index.m3u8?${'Policy=a&'.repeat(700)}`,
];

const deepJson = Buffer.from('['.repeat(2000)).toString('base64').replaceAll('=', '_');

const HEADERS: readonly (readonly [name: string, ...headers: string[]])[] = [
  [
    'a hundred cookies',
    `Cookie: ${Array.from({ length: 100 }, (_, index) => `c${index}=${index}`).join('; ')}`,
  ],
  ['a hundred policies in cookies', `Cookie: ${'CloudFront-Policy=e30_; '.repeat(100)}`],
  ['a hundred Cookie headers', ...Array.from({ length: 100 }, () => 'Cookie: CloudFront-Policy=e30_')],
  ['two key pair ids', 'Cookie: CloudFront-Key-Pair-Id=K2JCJMDEHXQW5F; CloudFront-Key-Pair-Id=K1'],
  ['cookies without a name', 'Cookie: =; ==; ;;; =CloudFront-Policy'],
  ['cookies of another case', 'Cookie: cloudfront-policy=e30_; CLOUDFRONT-SIGNATURE=AAAA'],
  [
    'a policy that is nested deeply',
    `Cookie: CloudFront-Policy=${deepJson}; CloudFront-Signature=AAAA; CloudFront-Key-Pair-Id=K2JCJMDEHXQW5F`,
  ],
  [
    'a key pair id of the prototype',
    'Cookie: CloudFront-Policy=e30_; CloudFront-Signature=AAAA; CloudFront-Key-Pair-Id=__proto__',
  ],
  ['a header of the prototype', '__proto__: x', 'constructor: y'],
  ['two hosts', 'Host: evil.example'],
  [
    'a forwarded host',
    'X-Forwarded-Host: evil.example',
    'Forwarded: host=evil.example',
    'X-Original-URL: /open/a.txt',
    'X-Rewrite-URL: /open/a.txt',
  ],
  ['a method override', 'X-HTTP-Method-Override: HEAD', 'X-Method: OPTIONS'],
  ['ranges without end', `Range: bytes=${'0-0,'.repeat(2000)}0-0`],
  ['a range of enormous numbers', 'Range: bytes=99999999999999999999-999999999999999999999999'],
  [
    'conditions of every kind',
    'If-None-Match: *',
    'If-Match: "x"',
    'If-Modified-Since: never',
    'If-Range: "x"',
    'Range: bytes=0-',
  ],
  [
    'an upgrade',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ],
  [
    'an upgrade to HTTP/2',
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
  ],
  ['an expectation', 'Expect: 100-continue'],
  ['an expectation that nobody can meet', 'Expect: the-spanish-inquisition'],
  ['connection names the cookies', 'Connection: Cookie, Host'],
  ['a header of 12 KB', `X-Long: ${'x'.repeat(12_000)}`],
  ['a header of 100 KB', `X-Long: ${'x'.repeat(100_000)}`],
  ['three thousand headers', ...Array.from({ length: 3000 }, (_, index) => `X-${index}: 1`)],
  ['a header folded over two lines', 'X-Folded: one\r\n two'],
  ['a cookie folded over two lines', 'Cookie: a=b;\r\n\tCloudFront-Policy=e30_'],
  ['a space before the colon', 'Cookie : CloudFront-Policy=e30_'],
  ['a header without a name', ': x'],
  ['a header with a NUL', 'X-Nul: a\0b'],
  ['a header with a lone CR', 'X-Cr: a\rCookie: b'],
  ['a header in bytes above ASCII', 'X-Bytes: \u00ff\u00fe\u0080'],
  ['an accept-encoding of everything', `Accept-Encoding: ${'gzip;q=0.1,'.repeat(500)}br;q=NaN,*;q=-1`],
  ['an origin of lines', `Origin: https://evil.example${'.a'.repeat(3000)}`],
];

const SMUGGLED = `GET /books/42/index.m3u8 HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`;
const post = (...headers: string[]) => head('POST /open/a.txt HTTP/1.1', ...headers);

const SHAPES: readonly Hostile[] = [
  { name: 'nothing', pieces: [] },
  { name: 'a lone line end', pieces: ['\r\n'] },
  { name: 'lines without end', pieces: ['\r\n'.repeat(5000)] },
  { name: 'zeros', pieces: [Buffer.alloc(4096)] },
  {
    name: 'bytes of every value',
    pieces: [Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256))],
  },
  { name: 'HTTP/0.9', pieces: ['GET /open/a.txt\r\n'] },
  { name: 'HTTP/1.0 without Host', pieces: ['GET /books/42/index.m3u8 HTTP/1.0\r\n\r\n'] },
  { name: 'HTTP/1.1 without Host', pieces: ['GET /books/42/index.m3u8 HTTP/1.1\r\n\r\n'] },
  { name: 'an empty Host', pieces: ['GET /books/42/index.m3u8 HTTP/1.1\r\nHost:\r\n\r\n'] },
  {
    name: 'a Host of two names',
    pieces: [`GET /books/42/index.m3u8 HTTP/1.1\r\nHost: ${DOMAIN}, evil.example\r\n\r\n`],
  },
  { name: 'a Host with a user', pieces: [`GET /books/42/index.m3u8 HTTP/1.1\r\nHost: a@${DOMAIN}\r\n\r\n`] },
  {
    name: 'HTTP/2 on the plain port',
    pieces: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])],
  },
  { name: 'HTTP/3.7', pieces: ['GET /books/42/index.m3u8 HTTP/3.7\r\n\r\n'] },
  {
    name: 'TLS on the plain port',
    pieces: [Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(190, 7)],
  },
  { name: 'a bad version', pieces: ['GET /books/42/index.m3u8 HTTP/1.1x\r\n\r\n'] },
  { name: 'no version', pieces: ['GET /books/42/index.m3u8\r\nHost: x\r\n\r\n'] },
  { name: 'a method of lower case', pieces: [head('get /books/42/index.m3u8 HTTP/1.1')] },
  { name: 'a method of nobody', pieces: [head('STEAL /books/42/index.m3u8 HTTP/1.1')] },
  { name: 'TRACE', pieces: [head('TRACE /open/a.txt HTTP/1.1', 'Cookie: secret=1')] },
  { name: 'CONNECT', pieces: ['CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n'] },
  { name: 'CONNECT to a path', pieces: [head('CONNECT /open/a.txt HTTP/1.1')] },
  { name: 'spaces in the target', pieces: [get('/books/42/index.m3u8 /open/a.txt')] },
  { name: 'a tab in the request line', pieces: [head('GET\t/books/42/index.m3u8\tHTTP/1.1')] },
  { name: 'a bare LF after every line', pieces: [get('/books/42/index.m3u8').replaceAll('\r\n', '\n')] },
  { name: 'a bare CR after every line', pieces: [get('/books/42/index.m3u8').replaceAll('\r\n', '\r')] },
  { name: 'a target of 60 KB', pieces: [get(`/${'a'.repeat(60_000)}`)] },
  {
    name: 'a length and chunks',
    pieces: [post('Content-Length: 6', 'Transfer-Encoding: chunked'), `0\r\n\r\n${SMUGGLED}`],
  },
  {
    name: 'chunks and a length',
    pieces: [
      post('Transfer-Encoding: chunked', `Content-Length: ${SMUGGLED.length}`),
      `0\r\n\r\n${SMUGGLED}`,
    ],
  },
  {
    name: 'two lengths',
    pieces: [post('Content-Length: 0', `Content-Length: ${SMUGGLED.length}`), SMUGGLED],
  },
  { name: 'a length of two numbers', pieces: [post(`Content-Length: 0, ${SMUGGLED.length}`), SMUGGLED] },
  { name: 'a negative length', pieces: [post('Content-Length: -1'), SMUGGLED] },
  { name: 'a length in hexadecimal', pieces: [post('Content-Length: 0x10'), SMUGGLED] },
  { name: 'a length with a sign', pieces: [post('Content-Length: +0'), SMUGGLED] },
  { name: 'an encoding that is not chunked', pieces: [post('Transfer-Encoding: identity'), SMUGGLED] },
  {
    name: 'an encoding with a tail',
    pieces: [post('Transfer-Encoding: chunked, cow'), `0\r\n\r\n${SMUGGLED}`],
  },
  {
    name: 'an encoding spelled strangely',
    pieces: [post('Transfer-Encoding: \tchunKed'), `0\r\n\r\n${SMUGGLED}`],
  },
  {
    name: 'an encoding with a space before the colon',
    pieces: [post('Transfer-Encoding : chunked'), `0\r\n\r\n${SMUGGLED}`],
  },
  {
    name: 'two encodings',
    pieces: [post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'), `0\r\n\r\n${SMUGGLED}`],
  },
  {
    name: 'a chunk of enormous size',
    pieces: [post('Transfer-Encoding: chunked'), `ffffffffffffffffffff\r\n${SMUGGLED}`],
  },
  {
    name: 'a chunk with an extension of lines',
    pieces: [post('Transfer-Encoding: chunked'), `0;a=b\nc\r\n\r\n${SMUGGLED}`],
  },
  { name: 'a chunk of a bare LF', pieces: [post('Transfer-Encoding: chunked'), `0\n\n${SMUGGLED}`] },
  {
    name: 'a body that is a request',
    pieces: [get('/open/a.txt', `Content-Length: ${SMUGGLED.length}`), SMUGGLED],
  },
  { name: 'a body that never comes whole', pieces: [post('Content-Length: 1000'), 'x'] },
  { name: 'requests in one go, the second unsigned', pieces: [get('/open/a.txt'), SMUGGLED] },
  { name: 'half a request line', pieces: ['GET /books/42/ind'] },
  { name: 'half a header', pieces: [`GET /books/42/index.m3u8 HTTP/1.1\r\nHost: ${DOMAIN}\r\nCoo`] },
  { name: 'headers without their end', pieces: [`GET /books/42/index.m3u8 HTTP/1.1\r\nHost: ${DOMAIN}\r\n`] },
  { name: 'a request a byte at a time', pieces: [...get('/books/42/index.m3u8')] },
];

/** Each of them once, in every run. */
export const HOSTILE: readonly Hostile[] = [
  ...TARGETS.flatMap((target) => [
    { name: `GET ${target.slice(0, 60)}`, pieces: [get(target)] },
    { name: `HEAD ${target.slice(0, 60)}`, pieces: [head(`HEAD ${target} HTTP/1.1`)] },
  ]),
  ...HEADERS.map(([name, ...headers]) => ({ name, pieces: [get('/books/42/index.m3u8', ...headers)] })),
  ...SHAPES,
];

const piece = fc.constantFrom(
  ...[
    '..',
    '.',
    '',
    '%2e%2e',
    '%2E.',
    '%2f',
    '%5c',
    '\\',
    '%00',
    '%c0%ae',
    '%252e',
    '*',
    '?',
    ';',
    '%',
    '~',
    '+',
  ],
  ...['open', 'books', '42', 'index.m3u8', 'a.txt', 'link.txt', 'folder', 'canary.txt', 'etc', 'passwd'],
);
const target = fc
  .tuple(
    fc.constantFrom('/', '/open/', '/open/../', '//', '/open/%2e%2e/', ''),
    fc.array(fc.tuple(piece, fc.constantFrom('/', '', '//', '%2f', '\\')), { maxLength: 8 }),
    fc.constantFrom(
      '',
      '',
      '?',
      '?Policy=e30_',
      '?Key-Pair-Id=K2JCJMDEHXQW5F&Expires=1999999999&Signature=AAAA',
    ),
  )
  .map(([start, pieces, query]) => `${start}${pieces.map((pair) => pair.join('')).join('')}${query}`);

const header = fc.oneof(
  fc
    .constantFrom(...HEADERS.filter(([name]) => !name.includes('KB') && !name.includes('thousand')))
    .map(([, ...lines]) => lines.join('\r\n')),
  fc
    .tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 40, unit: 'binary' }))
    .map((pair) => pair.join(': ')),
  fc
    .tuple(
      fc.constantFrom('Policy', 'Signature', 'Key-Pair-Id', 'Expires', 'Hash-Algorithm'),
      fc.base64String(),
    )
    .map(([name, value]) => `Cookie: CloudFront-${name}=${value}`),
);

/** What chance makes of the same ingredients; some of it has bytes changed or cut off. */
export const hostileRequests: fc.Arbitrary<Buffer> = fc
  .record({
    method: fc.oneof(
      { weight: 6, arbitrary: fc.constant('GET') },
      { weight: 2, arbitrary: fc.constantFrom('HEAD', 'POST', 'OPTIONS', 'get', 'G ET', '') },
    ),
    target,
    version: fc.oneof(
      { weight: 9, arbitrary: fc.constant('HTTP/1.1') },
      { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/1', '') },
    ),
    host: fc.oneof(
      { weight: 6, arbitrary: fc.constant(DOMAIN) },
      { weight: 1, arbitrary: fc.constantFrom('localhost', '', 'evil.example', `${DOMAIN}:99999`, '[::1]') },
    ),
    headers: fc.array(header, { maxLength: 4 }),
    lineEnd: fc.oneof(
      { weight: 9, arbitrary: fc.constant('\r\n') },
      { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n') },
    ),
    flips: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 3 }),
      },
    ),
    keep: fc.oneof(
      { weight: 5, arbitrary: fc.constant(1e6) },
      { weight: 1, arbitrary: fc.nat({ max: 200 }) },
    ),
  })
  .map(({ method, target: asked, version, host, headers, lineEnd, flips, keep }) => {
    const text = [`${method} ${asked} ${version}`, `Host: ${host}`, ...headers, '', ''].join(lineEnd);
    const bytes = Buffer.from(text, 'latin1');
    for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
    return bytes.subarray(0, keep);
  });
