/** The cookie signer for Rails, run by Debian's ruby and judged by `@storytime/signer/verify`. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { explain } from '@storytime/signer/verify';
import { describe, expect, it } from 'vitest';
import {
  ec,
  fromWire,
  KEY_PAIR_ID,
  type KeyPair,
  NOW_SECONDS,
  rsa,
  signerWith,
  trusting,
} from '../fixtures.ts';

const ROOT = new URL('../../../', import.meta.url);
const PROGRAM = fileURLToPath(new URL('sign.rb', import.meta.url));
const HOST = 'media.example.com';
const EXPIRES_AT = NOW_SECONDS + 3600;
const page = readFileSync(new URL('docs/rails.md', ROOT), 'utf8');
const source = readFileSync(new URL('docs/rails/cloudfront_cookies.rb', ROOT), 'utf8');

const secretOf = ({ privatePem }: KeyPair) =>
  JSON.stringify({ keyPairId: KEY_PAIR_ID, privateKey: privatePem, generation: '2026-11-a' });

interface RubyAnswer {
  /** Folder by folder, what Ruby answered: lines, or the message of its refusal. */
  readonly answers: readonly (readonly string[] | string)[];
  readonly inspect: string;
  readonly error: string;
  readonly message: string;
  readonly cause: string | null;
}

function ruby(request: {
  secret?: string;
  host?: string;
  cookieDomain?: string | null;
  folders?: readonly string[];
  clear?: boolean;
}): RubyAnswer {
  const input = JSON.stringify({
    secret: secretOf(rsa),
    host: HOST,
    cookieDomain: 'example.com',
    folders: ['/books/42'],
    expiresAt: EXPIRES_AT,
    ...request,
  });
  const { status, stdout, stderr } = spawnSync('ruby', ['-w', PROGRAM], { input, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

/** The Set-Cookie lines for one folder after the other. */
function linesOf({ answers }: RubyAnswer): readonly (readonly string[])[] {
  return answers.map((answer) => {
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  });
}

const toCookies = (lines: readonly string[] = []) => lines.map((line) => line.split('; ', 1)[0]).join('; ');
const cookieIn = (lines: readonly string[] | undefined, name: string) =>
  lines?.map((line) => new RegExp(`^${name}=([^;]*)`).exec(line)?.[1]).find((value) => value !== undefined) ??
  '';

describe.each([
  ['RSA 2048', rsa],
  ['P-256', ec],
])('cookies that Ruby signed with %s', (_, pair) => {
  const lines = linesOf(ruby({ secret: secretOf(pair) }));
  const judge = (path: string, seconds: number) =>
    explain({
      url: `https://${HOST}${path}`,
      cookies: toCookies(lines[0]),
      trustedKeys: trusting(pair),
      now: new Date(seconds * 1000),
    });

  it('open their folder to its last second', () => {
    expect(judge('/books/42/index.m3u8', NOW_SECONDS).allowed).toBe(true);
    expect(judge('/books/42/thumbnails/1.jpg', EXPIRES_AT - 1).allowed).toBe(true);
  });

  it('are denied at the second of their expiry', () => {
    expect(judge('/books/42/index.m3u8', EXPIRES_AT)).toMatchObject({ allowed: false, reason: 'expired' });
  });

  it.each(['/books/43/index.m3u8', '/books/421/index.m3u8', '/books/42'])('do not open %s', (path) => {
    expect(judge(path, NOW_SECONDS)).toMatchObject({ allowed: false, reason: 'resource-mismatch' });
  });

  it('carry the policy that the package signs, byte for byte', async () => {
    const signer = signerWith(pair, { domain: HOST });
    const { cookies } = await signer.signCookies('/books/42/*', { expiresIn: 3600 });
    const policyOf = (value: string | undefined) => fromWire(value ?? '').toString();
    expect(policyOf(cookieIn(lines[0], 'CloudFront-Policy'))).toBe(policyOf(cookies['CloudFront-Policy']));
  });
});

describe('the Set-Cookie lines', () => {
  it('are those of the package, attribute by attribute', async () => {
    const signer = signerWith(rsa, { domain: HOST, cookieDomain: 'example.com' });
    const { setCookie } = await signer.signCookies('/books/42/*', { expiresIn: 3600 });
    // RSA signatures are the same every time, so the lines are equal to the last byte.
    expect(linesOf(ruby({}))[0]).toEqual(setCookie);
    expect(linesOf(ruby({ clear: true }))[0]?.toSorted()).toEqual(
      signer.clearCookies('/books/42/*').toSorted(),
    );
  });

  it('hold "~" as it is, which Rack would have escaped', () => {
    const folders = Array.from({ length: 8 }, (_, index) => `/books/${index}`);
    const lines = linesOf(ruby({ folders }));
    const values = lines.map((ofFolder) => cookieIn(ofFolder, 'CloudFront-Signature'));
    expect(values.join('')).toMatch(/~/);
    expect(values.join('')).not.toMatch(/[%+/=]/);
  });
});

describe('refuses', () => {
  it('every folder that is not literal', () => {
    const folders = [
      ...[
        '/books/*',
        '/books/4?',
        '/books/..',
        '/books/../42',
        '/books/.',
        '/books/%2a',
        '/books/42/',
        '/',
        '',
      ],
      ...[
        'books/42',
        '//x',
        '/a b',
        '/books/42\n',
        '/books\n/42',
        '/books/42;Domain=x',
        '/books/42;Path=',
        '/books/42\r\nSet-Cookie: a=b',
        'https://x/books/42',
      ],
    ];
    const refused = folders.map((folder) => [folder, 'the folder must be literal, such as /books/42']);
    for (const clear of [false, true]) {
      const { answers } = ruby({ folders, clear });
      expect(folders.map((folder, index) => [folder, answers[index]])).toEqual(refused);
    }
  });

  it.each([
    ['a cookie domain that begins another attribute', { cookieDomain: 'example.com; Path=/' }],
    ['a cookie domain with a line break', { cookieDomain: 'example.com\r\nX: y' }],
    ['no cookie domain', { cookieDomain: null }],
    ['a host with a wildcard', { host: '*.example.com' }],
    ['a host with a path', { host: 'media.example.com/books' }],
  ])('%s', (_, given) => {
    expect(ruby(given)).toEqual({
      error: 'ArgumentError',
      message: 'host and cookie_domain must be host names',
      cause: null,
    });
  });

  it('a key pair id that begins another attribute', () => {
    const secret = JSON.stringify({ keyPairId: 'K2; Domain=x', privateKey: rsa.privatePem });
    expect(ruby({ secret })).toEqual({
      error: 'ArgumentError',
      message: 'the secret holds no key pair id of CloudFront',
      cause: null,
    });
  });

  it.each([
    ['broken JSON', secretOf(rsa).slice(0, -40)],
    ['a secret without an id', JSON.stringify({ privateKey: rsa.privatePem })],
    ['a secret without a key', JSON.stringify({ keyPairId: KEY_PAIR_ID })],
    ['a damaged key', JSON.stringify({ keyPairId: KEY_PAIR_ID, privateKey: rsa.privatePem.slice(0, 700) })],
    [
      'an encrypted key, without asking for its passphrase',
      JSON.stringify({
        keyPairId: KEY_PAIR_ID,
        privateKey: rsa.privateKey.export({
          type: 'pkcs8',
          format: 'pem',
          cipher: 'aes-256-cbc',
          passphrase: 'x',
        }),
      }),
    ],
  ])('%s, and quotes nothing of it', (_, secret) => {
    expect(ruby({ secret })).toEqual({
      error: 'ArgumentError',
      message: 'the signing secret is not { "keyPairId", "privateKey" }',
      cause: null,
    });
  });
});

it('shows no key material when the signer is inspected', () => {
  const { inspect } = ruby({});
  expect(inspect).toContain(KEY_PAIR_ID);
  for (const line of rsa.privatePem.split('\n').slice(1, -2))
    expect(inspect).not.toContain(line.slice(8, 24));
});

describe('the page', () => {
  const blocks = [...page.matchAll(/```ruby\n([\s\S]*?)```/g)].map(([, code = '']) => code);

  it('shows the file that is tested here', () => {
    expect(blocks[0]).toBe(source);
  });

  it('holds Ruby that parses, in every block', () => {
    expect(blocks).toHaveLength(5);
    for (const code of blocks) {
      const { stdout, stderr } = spawnSync('ruby', ['-wc'], { input: code, encoding: 'utf8' });
      expect([stdout, stderr]).toEqual(['Syntax OK\n', '']);
    }
  });

  it('is right that Ruby escapes "~" where Rack escapes a cookie', () => {
    const { stdout } = spawnSync('ruby', ['-ruri', '-e', 'print URI.encode_www_form_component("~")'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('%7E');
  });
});
