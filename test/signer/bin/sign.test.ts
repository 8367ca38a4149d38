/** `storytime-signer sign-url` and `sign-cookies`: judged by `explain`, and never given a key as an argument. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain } from '@storytime/signer/verify';
import { afterAll, describe, expect, it } from 'vitest';
import { explainCommand } from '../../../signer/src/bin/explain-command.ts';
import { signCookiesCommand } from '../../../signer/src/bin/sign-cookies-command.ts';
import { signUrlCommand } from '../../../signer/src/bin/sign-url-command.ts';
import { ec, KEY_PAIR_ID, makeRsa, rsa, trusting } from '../fixtures.ts';
import { run } from './program.ts';

const DOMAIN = 'media.example.com';
const folder = mkdtempSync(join(tmpdir(), 'storytime-signer-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const keyFile = file('key.pem', ec.privatePem);
const withKey = ['--key-file', keyFile, '--key-pair-id', KEY_PAIR_ID];
const secretJson = (privateKey: string) =>
  JSON.stringify({ keyPairId: KEY_PAIR_ID, privateKey, generation: '2026-11-a' });
const signUrl = (...args: string[]) => run(['sign-url', ...args]);

describe('sign-url', () => {
  it('prints the URL alone to standard output, and when it expires to standard error', async () => {
    const { code, out, err } = await signUrl('/videos/a.mp4', '--domain', DOMAIN, ...withKey);
    expect(code).toBe(0);
    expect(out).toMatch(/^https:\/\/media\.example\.com\/videos\/a\.mp4\?Policy=[^\s]+\n$/);
    expect(err).toMatch(/^the URL expires in (4 hours|3 hours): \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n$/);
    expect(explain({ url: out.trim(), trustedKeys: trusting(ec) }).allowed).toBe(true);
  });

  const environment = { CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID, CLOUDFRONT_PRIVATE_KEY: rsa.privatePem };
  it.each([
    ['a PEM on standard input', rsa.privatePem, ['--key-file', '-', '--key-pair-id', KEY_PAIR_ID], {}],
    ["the secret's JSON on standard input", secretJson(rsa.privatePem), ['--key-file', '-'], {}],
    ['the environment', '', [], environment],
    [
      'the environment, as wrapped base64 with a stray dash',
      '',
      [],
      {
        ...environment,
        CLOUDFRONT_PRIVATE_KEY: `-${Buffer.from(rsa.privatePem).toString('base64').replace(/.{64}/g, '$&\n    ')}`,
      },
    ],
  ])('takes the key from %s', async (_, stdin, args, env) => {
    const { code, out, err } = await run(['sign-url', `https://${DOMAIN}/a.mp4`, '--json', ...args], {
      stdin,
      env,
    });
    expect([code, err]).toEqual([0, '']);
    const { url, expiresIn } = JSON.parse(out);
    expect(expiresIn).toBe(4 * 3600);
    expect(explain({ url, trustedKeys: trusting(rsa) }).allowed).toBe(true);
  });

  it('takes the domain from CLOUDFRONT_DOMAIN for a path', async () => {
    const { out } = await run(['sign-url', '/a.mp4', ...withKey], { env: { CLOUDFRONT_DOMAIN: DOMAIN } });
    expect(out.startsWith(`https://${DOMAIN}/a.mp4?`)).toBe(true);
  });

  it('repairs CLOUDFRONT_DOMAIN as envKey does, wherever the key comes from', async () => {
    const env = { CLOUDFRONT_DOMAIN: `"https://${DOMAIN}/"` };
    const { out } = await run(['sign-url', '/a.mp4', ...withKey], { env });
    expect(out.startsWith(`https://${DOMAIN}/a.mp4?`)).toBe(true);
  });

  it('refuses a URL of another host than the one that is configured', async () => {
    const env = { CLOUDFRONT_DOMAIN: DOMAIN };
    const { code, err } = await run(['sign-url', 'https://evil.example/a.mp4', ...withKey], { env });
    expect(code).toBe(2);
    expect(err).toContain('ERR_RESOURCE_HOST');
  });

  it('signs every condition it is asked for', async () => {
    const conditions = ['--expires-at', '2286-01-01T00:00:00Z'];
    const tooLong = await signUrl('/a.mp4', '--domain', DOMAIN, ...withKey, ...conditions);
    expect([tooLong.code, tooLong.err]).toEqual([2, expect.stringContaining('ERR_EXPIRY_OVER_CAP')]);

    const startsAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
    const more = [
      '--expires-in',
      '30m',
      '--starts-at',
      startsAt.toISOString(),
      '--ip',
      '203.0.113.0/24',
      '--hash',
      'SHA256',
    ];
    const { out } = await signUrl('/a.mp4', '--domain', DOMAIN, ...withKey, ...more, '--json');
    const { url, expiresIn } = JSON.parse(out);
    expect(expiresIn).toBe(1800);
    expect(url).toContain('&Hash-Algorithm=SHA256');
    expect(explain({ url, ip: '203.0.113.7', trustedKeys: trusting(ec) })).toMatchObject({
      allowed: true,
      policy: { ipAddress: '203.0.113.0/24', notBefore: new Date(startsAt.getTime() - 1000) },
    });
  });

  it('signs a canned policy on request', async () => {
    const { out } = await signUrl('/a.mp4', '--domain', DOMAIN, ...withKey, '--policy', 'canned');
    expect(out).toMatch(/\?Expires=\d+&Signature=/);
  });

  it('signs for the directory on request, and for the top only when told so in so many words', async () => {
    const args = ['--domain', DOMAIN, ...withKey, '--scope', 'directory'];
    const { out } = await signUrl('/books/42/index.m3u8', ...args);
    const segment = out.trim().replace('index.m3u8', 'a.ts');
    expect(explain({ url: segment, trustedKeys: trusting(ec) }).allowed).toBe(true);

    const refused = await signUrl('/index.m3u8', ...args);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('ERR_RESOURCE_WHOLE_HOST')]);
    expect((await signUrl('/index.m3u8', ...args, '--allow-whole-host')).code).toBe(0);
  });

  it.each([
    ['no domain', ['/a.mp4', ...withKey], 'a path needs a domain: pass --domain'],
    ['no key', [`https://${DOMAIN}/a`], 'no --key-file was given, and CLOUDFRONT_KEY_PAIR_ID is not set'],
    ['a PEM without an id', [`https://${DOMAIN}/a`, '--key-file', keyFile], 'add --key-pair-id <id>'],
    [
      'an id without a file',
      [`https://${DOMAIN}/a`, '--key-pair-id', 'K2'],
      '--key-pair-id needs --key-file',
    ],
    ['a wildcard', ['/a*', '--domain', DOMAIN, ...withKey], 'ERR_RESOURCE_WILDCARD'],
    [
      'a policy that does not exist',
      ['/a', '--domain', DOMAIN, ...withKey, '--policy', 'open'],
      '--policy must be',
    ],
    ['a hash that does not exist', ['/a', '--domain', DOMAIN, ...withKey, '--hash', 'MD5'], '--hash must be'],
    [
      'an invalid span',
      ['/a', '--domain', DOMAIN, ...withKey, '--expires-in', '4 hours'],
      'ERR_EXPIRY_INVALID',
    ],
    [
      'a span over the cap, by the name of its own option',
      ['/a', '--domain', DOMAIN, ...withKey, '--expires-in', '30d'],
      'ask for less (is --expires-in in seconds, not milliseconds?) (ERR_EXPIRY_OVER_CAP)',
    ],
    [
      'the whole host, by the name of its own option',
      ['/a', '--domain', DOMAIN, ...withKey, '--scope', 'directory'],
      'pass --allow-whole-host if',
    ],
    [
      'a wildcard, by the names that it has',
      ['/a/*', '--domain', DOMAIN, ...withKey],
      'with --scope directory for its directory, or use sign-cookies; if',
    ],
    [
      'an invalid address, by the name of its own option',
      ['/a', '--domain', DOMAIN, ...withKey, '--ip', 'home'],
      '--ip: expected an IPv4 address',
    ],
    [
      'a host in capitals',
      [`https://${DOMAIN.toUpperCase()}/a`, '--domain', DOMAIN, ...withKey],
      'the host has capitals',
    ],
    [
      'a key that CloudFront does not take',
      [
        '/a',
        '--domain',
        DOMAIN,
        '--key-file',
        file('small.pem', makeRsa(1024).privatePem),
        '--key-pair-id',
        'K2',
      ],
      'ERR_KEY_UNSUPPORTED',
    ],
    [
      'a key file that is broken JSON',
      ['/a', '--domain', DOMAIN, '--key-file', file('broken.json', `{"privateKey": "${'s3cret'.repeat(9)}`)],
      'ERR_SECRET_FORMAT',
    ],
  ])('exits 2 for %s', async (_, args, words) => {
    const { code, out, err } = await signUrl(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(words);
    expect(err).not.toContain('s3cret');
    expect(err).not.toMatch(/"?(?:expiresIn|maxExpiresIn|allowWholeHost|scope:|ipAddress|signCookies)/);
  });
});

describe('sign-cookies', () => {
  const sign = (...args: string[]) => run(['sign-cookies', ...args, '--domain', DOMAIN, ...withKey]);

  it('prints Set-Cookie lines that explain takes as they are', async () => {
    const { code, out, err } = await sign(
      '/books/42/*',
      '--cookie-domain',
      'example.com',
      '--expires-in',
      '1h',
    );
    expect(code).toBe(0);
    expect(
      out.match(
        /^Set-Cookie: CloudFront-.*; Domain=example\.com; Path=\/books\/42\/; Secure; HttpOnly; SameSite=Lax$/gm,
      ),
    ).toHaveLength(3);
    expect(err).toMatch(/^the cookies expire in (1 hour|59 minutes): /);
    const publicKey = ['--public-key', `${KEY_PAIR_ID}=${file('public.pem', ec.publicPem)}`];
    const judged = await run(['explain', `https://${DOMAIN}/books/42/a.ts`, '--cookie', '-', ...publicKey], {
      stdin: out,
    });
    expect(judged.code).toBe(0);
  });

  it('prints the one line that curl -H @- sends', async () => {
    const { out } = await sign('/books/42/*', '--header');
    const [, cookies = ''] = /^Cookie: (.*)\n$/.exec(out) ?? [];
    const url = `https://${DOMAIN}/books/42/a.ts`;
    expect(explain({ url, cookies, trustedKeys: trusting(ec) }).allowed).toBe(true);
  });

  it('opens the whole host only when told so in so many words', async () => {
    const refused = await sign('/*');
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('ERR_RESOURCE_WHOLE_HOST')]);
    const { code, out } = await sign('/*', '--allow-whole-host', '--same-site', 'None', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).setCookie[0]).toMatch(/; Path=\/; Secure; HttpOnly; SameSite=None$/);
  });

  it('lets the browser keep them on request, and says when to renew them', async () => {
    const { out } = await sign('/books/42/*', '--expires-in', '1h', '--max-age', '--json');
    const { setCookie, expiresAt, refreshAfter } = JSON.parse(out);
    expect(setCookie[0]).toMatch(/; Max-Age=3600(;|$)/);
    expect(Date.parse(refreshAfter)).toBeLessThan(Date.parse(expiresAt));
  });

  it('keeps to the path it is given', async () => {
    const { out } = await sign('/books/42/*', '--path', '/books/', '--json');
    expect(JSON.parse(out).setCookie[0]).toContain('; Path=/books/; ');
  });
});

describe('a private key among the arguments is refused, and not a character of it is shown', () => {
  const pem = rsa.privatePem;
  const base64 = Buffer.from(pem).toString('base64');
  const body = (text: string) => text.replace(/-----.*-----|\s/g, '');
  const sec1 = ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const pkcs1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  it.each([
    ['a PEM', ['sign-url', '/a', '--private-key', pem]],
    ['a PEM after an equals sign', ['sign-url', '/a', `--key-file=${pem}`]],
    ['a PEM where the command should stand', [pem]],
    ['a PEM as the resource', ['sign-url', pem]],
    ['a PEM with literal \\n', ['sign-url', '/a', '--key-file', pem.replaceAll('\n', '\\n')]],
    ['base64 of a PEM', ['sign-url', '/a', '--key-file', base64]],
    ['base64 with a stray dash, which looks like options', ['sign-url', '/a', `-${base64}`]],
    ['the bare body, PKCS #8', ['sign-url', '/a', '--key', body(pem)]],
    ['the bare body, PKCS #1', ['sign-url', '/a', `--key=${body(pkcs1)}`]],
    ['the bare body, P-256', ['explain', body(ec.privatePem)]],
    ['the bare body, SEC 1', ['sign-cookies', body(sec1)]],
    ["the secret's JSON", ['sign-url', '/a', '--key-file', secretJson(pem)]],
  ])('%s', async (_, args) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^storytime-signer: argument \d looks like a private key; .* --key-file - /);
    for (const secret of [body(pem), body(pkcs1), body(ec.privatePem), body(sec1), base64]) {
      expect(err).not.toContain(secret.slice(0, 12));
    }
  });

  it('but a signature or a policy that begins like one is none', async () => {
    const url = `https://${DOMAIN}/a.mp4?Expires=1&Signature=MII${'A'.repeat(341)}&Key-Pair-Id=K2`;
    expect((await run(['explain', url])).code).toBe(1);
    expect((await run(['explain', url, '--cookie', `CloudFront-Signature=MII${'A'.repeat(341)}`])).code).toBe(
      1,
    );
  });
});

describe('help', () => {
  it.each([
    [['--help'], 'storytime-signer explain'],
    [['help'], 'storytime-signer explain'],
    [['explain', '--help'], "stays in the\nshell's history"],
    [['explain', '-h'], 'Exit codes: 0 allowed, 1 denied, 2 usage error, 3 inconclusive'],
    [['sign-url', '--help'], 'A key cannot be passed as an argument'],
    [['sign-cookies', '--help'], 'curl -H @-'],
  ])('%j exits 0 and explains itself', async (args, words) => {
    const { code, out } = await run(args);
    expect(code).toBe(0);
    expect(out).toContain(words);
  });

  it.each([
    ['explain', explainCommand],
    ['sign-url', signUrlCommand],
    ['sign-cookies', signCookiesCommand],
  ])('of %s names every option that it takes, and no other', (_, { help, options }) => {
    const named = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, option]) => option);
    expect(named.sort()).toEqual(Object.keys(options).sort());
  });

  it("--version is the package's", async () => {
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
