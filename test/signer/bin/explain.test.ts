/** `storytime-signer explain`: what a person on call gets told. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cookieHeader, ec, KEY_PAIR_ID, NOW, NOW_SECONDS, rsa, signerWith, toWire } from '../fixtures.ts';
import { run } from './program.ts';

const DOMAIN = 'media.example.com';
const PLAYLIST = `https://${DOMAIN}/books/42/index.m3u8`;
const NOW_OPTION = ['--now', NOW.toISOString()];

const folder = mkdtempSync(join(tmpdir(), 'storytime-signer-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const signer = signerWith(ec, { domain: DOMAIN, cookieDomain: 'example.com' });
const { cookies, setCookie } = await signer.signCookies('/books/42/*', { expiresIn: '1h' });
const header = cookieHeader(cookies);
const cookieFile = file('cookies.txt', `${header}\n`);
const trusted = ['--public-key', `${KEY_PAIR_ID}=${file('public.pem', ec.publicPem)}`];

/** The cookies in a file, the key trusted, the clock at NOW. */
const explain = (url: string, ...more: string[]) =>
  run(['explain', url, '--cookie-file', cookieFile, ...trusted, ...NOW_OPTION, ...more]);

describe('with the public key', () => {
  it('exits 0 for cookies that open the URL, and says for what and until when they do', async () => {
    const { code, out, err } = await explain(PLAYLIST);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`Allowed: the cookies are valid for this request

  requested    ${PLAYLIST}
  signed for   https://${DOMAIN}/books/42/*
  expires      2026-11-20 13:00:00 UTC (in 1 hour)
  viewer       at any address
  key pair id  ${KEY_PAIR_ID}
  carried in   the cookies, custom policy
  signature    valid
`);
  });

  it('exits 1 three minutes after the expiry, the cause in the first line', async () => {
    const { code, out } = await explain(PLAYLIST, '--now', '2026-11-20T13:03:00Z');
    expect(code).toBe(1);
    expect(out.split('\n')[0]).toBe('Denied: expired 3 minutes ago');
    expect(out).toContain('  CloudFront   403 AccessDenied (Access denied)\n');
    expect(out).toContain('  expires      2026-11-20 13:00:00 UTC (3 minutes ago)\n');
    expect(out).toContain('  what to do   sign again, ');
  });

  it('prints what the README shows', async () => {
    const readme = readFileSync(new URL('../../../signer/README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`\n${(await explain(PLAYLIST, '--now', '2026-11-20T13:03:00Z')).out}\`\`\`\n`);
  });

  it('exits 1 for another book, naming both', async () => {
    const { code, out } = await explain(`https://${DOMAIN}/books/43/index.m3u8`);
    expect(code).toBe(1);
    expect(out).toMatch(/^Denied: signed for books\/42\/\*, but the request is for books\/43\/index\.m3u8\n/);
  });

  it('exits 1 for a key pair id that is not among those given, and still decodes the policy', async () => {
    const args = ['--public-key', `K2OTHER=${join(folder, 'public.pem')}`, ...NOW_OPTION];
    const { code, out } = await run(['explain', PLAYLIST, '--cookie-file', cookieFile, ...args]);
    expect(code).toBe(1);
    expect(out).toMatch(/^Denied: this key pair id is not in the trusted key group\n/);
    expect(out).toContain('403 InvalidKey (Unknown Key)\n');
    expect(out).toContain(`signed for   https://${DOMAIN}/books/42/*\n`);
    expect(out).toContain('signature    not checked\n');
  });

  it('exits 1 for a signature of another key', async () => {
    const other = ['--public-key', `${KEY_PAIR_ID}=${file('other.pem', rsa.publicPem)}`];
    const { code, out } = await run(['explain', PLAYLIST, '--cookie', header, ...other, ...NOW_OPTION]);
    expect(code).toBe(1);
    expect(out).toMatch(/^Denied: the signature does not match this policy/);
    expect(out).toContain('signature    wrong\n');
  });

  it('names the query parameter that makes CloudFront ignore the cookies, and what is missing with it', async () => {
    const { code, out } = await explain(`${PLAYLIST}?Expires=1`);
    expect(code).toBe(1);
    expect(out).toContain('query parameter Expires makes CloudFront ignore the cookies\n');
    expect(out).toContain('carried in   the query string, missing: Signature, Key-Pair-Id\n');
    expect(out).toContain('what to do   sign the URL again');
  });

  it('judges a signed URL from standard input, and repeats neither its query nor its signature', async () => {
    const { url } = await signer.signUrl('/videos/lecture.mp4?token=s3cret', { startsAt: NOW });
    const { code, out } = await run(['explain', '-', ...trusted, ...NOW_OPTION], { stdin: `${url}\n` });
    expect(code).toBe(0);
    expect(out).toMatch(/^Allowed: the signed URL is valid for this request\n/);
    expect(out).toContain(`requested    https://${DOMAIN}/videos/lecture.mp4 (query string omitted)`);
    expect(out).toContain('starts       2026-11-20 12:00:00 UTC (now)\n');
    expect(out).not.toMatch(/s3cret|Signature=|Policy=/);
  });

  it.each([
    ['inside the range', '203.0.113.9', 0, 'Allowed: '],
    [
      'outside the range',
      '198.51.100.1',
      1,
      'Denied: signed for viewers at 203.0.113.0/24, but the request came from 198.51.100.1',
    ],
  ])('judges a viewer %s that a policy names', async (_, ip, code, words) => {
    const { url } = await signer.signUrl('/a.mp4', { ipAddress: '203.0.113.0/24' });
    const answer = await run(['explain', url, '--ip', ip, ...trusted, ...NOW_OPTION]);
    expect(answer.code).toBe(code);
    expect(answer.out.startsWith(words)).toBe(true);
  });

  it('exits 3 when the policy names an address and none was given: not known is not allowed', async () => {
    const { url } = await signer.signUrl('/a.mp4', { ipAddress: '203.0.113.0/24' });
    const { code, out } = await run(['explain', url, ...trusted, ...NOW_OPTION]);
    expect(code).toBe(3);
    expect(out).toContain('Inconclusive: ');
    expect(out).toContain('the policy allows only a viewer at 203.0.113.0/24, and no --ip was given');
    expect(out).toContain('signature    valid\n');
  });

  it.each([
    ['a Cookie line', `Cookie: ${header}`],
    [
      'a request as curl -v shows it',
      `> GET /books/42/index.m3u8 HTTP/2\r\n> Host: ${DOMAIN}\r\n> cookie: ${header}\r\n`,
    ],
    ['Set-Cookie lines', setCookie.map((line) => `Set-Cookie: ${line}`).join('\n')],
    ['one cookie to a line', header.split('; ').join('\n')],
  ])('reads the cookies from standard input as %s', async (_, stdin) => {
    const answer = await run(['explain', PLAYLIST, '--cookie', '-', ...trusted, ...NOW_OPTION], { stdin });
    expect([answer.code, answer.err]).toEqual([0, '']);
  });

  it('prints the finding as JSON, the decoded policy with it', async () => {
    const { code, out } = await explain(PLAYLIST, '--json', '--now', String(NOW_SECONDS + 3600));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      outcome: 'denied',
      allowed: false,
      signature: 'valid',
      cause: 'expired less than a second ago',
      remedy: expect.stringContaining('sign again'),
      reason: 'expired',
      errorCode: 'AccessDenied',
      message: 'Access denied',
      via: 'cookies',
      keyPairId: KEY_PAIR_ID,
      missing: [],
      policy: {
        kind: 'custom',
        resource: `https://${DOMAIN}/books/42/*`,
        expiresAt: '2026-11-20T13:00:00.000Z',
      },
    });
  });
});

describe('without a public key', () => {
  const offline = (url: string, ...more: string[]) =>
    run(['explain', url, '--cookie-file', cookieFile, ...NOW_OPTION, ...more]);

  it('exits 3 and says that the signature was not checked when nothing else is wrong', async () => {
    const { code, out } = await offline(PLAYLIST);
    expect(code).toBe(3);
    expect(out).toMatch(/^Inconclusive: .* the signature was NOT checked \(no --public-key was given\)\n/);
    expect(out).toContain(`signed for   https://${DOMAIN}/books/42/*\n`);
    expect(out).toContain('expires      2026-11-20 13:00:00 UTC (in 1 hour)\n');
    expect(out).not.toMatch(/^Allowed/m);
  });

  it('says so in JSON too: allowed is false', async () => {
    const { out } = await offline(PLAYLIST, '--json');
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'inconclusive',
      allowed: false,
      signature: 'not checked',
    });
  });

  it('never says allowed to a forged signature', async () => {
    const forged = cookieHeader({ ...cookies, 'CloudFront-Signature': toWire('made up') });
    expect((await run(['explain', PLAYLIST, '--cookie', forged, ...NOW_OPTION])).code).toBe(3);
  });

  it.each([
    ['it has expired', PLAYLIST, header, '2027-01-01T00:00:00Z', 'Denied: expired 41 days ago'],
    [
      'it is for another book',
      `https://${DOMAIN}/books/7/a.ts`,
      header,
      undefined,
      'Denied: signed for books/42/*',
    ],
    [
      'nothing is signed',
      PLAYLIST,
      'session=1',
      undefined,
      'Denied: the request has no signing query parameters',
    ],
    [
      'the key pair id is missing',
      PLAYLIST,
      header.replace(/CloudFront-Key-Pair-Id=[^;]*/, ''),
      undefined,
      'Denied: the key pair id is missing',
    ],
    [
      'the signature is missing',
      PLAYLIST,
      header.replace(/CloudFront-Signature=[^;]*; /, ''),
      undefined,
      'Denied: the signature is missing',
    ],
    [
      'the policy is cut off',
      PLAYLIST,
      header.replace(/(CloudFront-Policy=.{40})[^;]*/, '$1'),
      undefined,
      'Denied: the policy is not',
    ],
    [
      'two kinds of set came',
      PLAYLIST,
      `${header}; CloudFront-Expires=1`,
      undefined,
      'Denied: Expires and Policy',
    ],
    [
      'the URL is none',
      'media.example.com/a',
      header,
      undefined,
      'Denied: the URL is not an absolute http or https URL',
    ],
  ])('exits 1 when %s: that needs no key', async (_, url, cookie, now, words) => {
    const clock = ['--now', now ?? NOW.toISOString()];
    const { code, out } = await run(['explain', url, '--cookie', '-', ...clock], { stdin: cookie });
    expect(code).toBe(1);
    expect(out).toContain(words);
    expect(out).toContain('  signature    not checked\n');
  });
});

describe('what a stranger wrote into a request', () => {
  it('cannot move the cursor or reorder a line of the terminal', async () => {
    const policy = toWire(
      `{"Statement":[{"Resource":"https://${DOMAIN}/\\u001b[2J\\u202e\\u009b1m*","Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}`,
    );
    const cookie = `CloudFront-Policy=${policy}; CloudFront-Signature=AAAA; CloudFront-Key-Pair-Id=K\u001b[31m`;
    for (const more of [[], ['--json']]) {
      const { code, out } = await run(['explain', PLAYLIST, '--cookie', cookie, ...more]);
      expect(code).toBe(1);
      expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  const FORGED = '\n\nAllowed: the cookies are valid for this request\n\n  signature    valid\r\n';
  const policyFor = (resource: string, condition: object) =>
    toWire(JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] }));
  const later = { DateLessThan: { 'AWS:EpochTime': NOW_SECONDS + 60 } };
  const earlier = { DateLessThan: { 'AWS:EpochTime': 1 } };

  it.each([
    ['the resource of an unsigned policy', `https://${DOMAIN}/b${FORGED}`, later, ['signed for']],
    ['a resource that is not a URL', `*${FORGED}`, earlier, ['signed for']],
    [
      'the address of a policy',
      `https://${DOMAIN}/*`,
      { ...later, IpAddress: { 'AWS:SourceIp': `203.0.113.7/32${FORGED}` } },
      [],
    ],
  ])('stays on its own line: %s', async (_, resource, condition, labels) => {
    const url = `${PLAYLIST}?Policy=${policyFor(resource, condition)}&Signature=AAAA&Key-Pair-Id=${KEY_PAIR_ID}`;
    for (const keys of [[], trusted]) {
      const { code, out } = await run(['explain', url, ...keys, ...NOW_OPTION]);
      expect(code).not.toBe(0);
      const [title, blank, ...rows] = out.split('\n');
      expect(title).toMatch(/^(?:Denied|Inconclusive): /);
      expect([blank, rows.pop()]).toEqual(['', '']);
      for (const row of rows) expect(row).toMatch(/^ {2}[A-Za-z][A-Za-z ]{10} {2}\S/);
      for (const label of labels) {
        expect(rows.find((row) => row.includes(label))).toContain('\\u{a}\\u{a}Allowed: ');
      }
    }
  });

  it('cannot be moved to the next line of the screen by spaces', async () => {
    const wide = policyFor(`https://${DOMAIN}/b${' '.repeat(200)}Allowed:\u3000x`, later);
    const { out } = await run([
      'explain',
      `${PLAYLIST}?Policy=${wide}&Signature=AAAA&Key-Pair-Id=${KEY_PAIR_ID}`,
      ...NOW_OPTION,
    ]);
    expect(out).toContain('\\u{20}Allowed:\\u{3000}x');
    for (const row of out.split('\n')) expect(row.slice('  key pair id  '.length)).not.toMatch(/ {2}|\u3000/);
  });

  it('stays on its own line in what was typed: the URL, the address, an argument', async () => {
    for (const args of [
      [`https://${DOMAIN}/a${FORGED}`],
      [`${PLAYLIST}`, '--cookie-file', cookieFile, '--ip', `203.0.113.7${FORGED}`],
      [PLAYLIST, `--x${FORGED}`],
      [PLAYLIST, '--cookie', `CloudFront-Key-Pair-Id=K${FORGED}`],
    ]) {
      const { out, err } = await run(['explain', ...args, ...NOW_OPTION]);
      expect(out + err).not.toMatch(/^Allowed|^ {2}signature {4}valid/m);
    }
  });
});

describe('a usage error exits 2 with one line, and quotes no secret', () => {
  it.each([
    ['no URL', ['explain'], 'explain takes one URL, got 0'],
    ['two URLs, as an unquoted & gives', ['explain', 'a', 'b'], 'got 2; does it need quotes?'],
    ['an option that does not exist', ['explain', PLAYLIST, '--key', 'x'], 'explain has no option --key;'],
    ['an option without its value', ['explain', PLAYLIST, '--ip'], '--ip has a missing or unexpected value'],
    [
      'a time without a zone',
      ['explain', PLAYLIST, '--now', '2026-11-20 12:00'],
      '--now must be a time with its zone',
    ],
    [
      'a key without its id',
      ['explain', PLAYLIST, '--public-key', 'k.pem'],
      '--public-key must be <key pair id>=<file>',
    ],
    [
      'a file that is not there',
      ['explain', PLAYLIST, '--cookie-file', '/nowhere'],
      '--cookie-file cannot be read: ENOENT',
    ],
    ['standard input twice', ['explain', '-', '--cookie', '-'], 'standard input (-) can be read only once'],
    [
      'a command that does not exist',
      ['verify', PLAYLIST],
      'expected a command: explain, sign-url, sign-cookies',
    ],
    ['nothing at all', [], 'expected a command'],
  ])('%s', async (_, args, words) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^storytime-signer: .*\n$/);
    expect(err).toContain(words);
  });

  it.each([
    ['a private key', ec.privatePem, 'names a file with a private key'],
    ['no key', 'hello', 'expected a PEM "PUBLIC KEY" of type RSA 2048 or ECDSA P-256'],
  ])('--public-key naming a file with %s', async (_, text, words) => {
    const place = file('wrong.pem', text);
    const { code, err } = await run(['explain', PLAYLIST, '--public-key', `${KEY_PAIR_ID}=${place}`]);
    expect(code).toBe(2);
    expect(err).toContain(words);
    expect(err).not.toContain(text.split('\n')[1] || text);
  });
});
