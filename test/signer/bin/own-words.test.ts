/**
 * The library's errors on the command line: every code that the commands can print, and what they print of it names the
 * command's own options alone.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainCommand } from '../../../signer/src/bin/explain-command.ts';
import { signCookiesCommand } from '../../../signer/src/bin/sign-cookies-command.ts';
import { signUrlCommand } from '../../../signer/src/bin/sign-url-command.ts';
import type { SignerErrorCode, SignerTypeErrorCode } from '../../../signer/src/errors.ts';
import { ec, KEY_PAIR_ID, makeEc, makeRsa, rsa } from '../fixtures.ts';
import { LIBRARY_OPTIONS } from '../library-options.ts';
import { run } from './program.ts';

const COMMANDS = {
  explain: explainCommand,
  'sign-url': signUrlCommand,
  'sign-cookies': signCookiesCommand,
} as const;

/** What only code can call or construct; `verbatim(…)` is named together with "in code". */
const LIBRARY_CALLS = ['createSigner', 'staticKey', 'envKey', 'objectPath', 'signUrl', 'signCookies', 'Date'];
/** Fields of the secret's JSON, which have the names of options. */
const JSON_FIELDS = [
  '"keyPairId" in the key file',
  '"privateKey" of the key file',
  'a string in "keyPairId"',
  'a string in "privateKey"',
];

/** @returns every name in a printed line that is not the command's */
function foreignNames(line: string, command: keyof typeof COMMANDS): string[] {
  const text = JSON_FIELDS.reduce((rest, field) => rest.replaceAll(field, ''), line);
  const options = [...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, name = '']) => name);
  const ofLibrary = LIBRARY_OPTIONS.filter(
    (name) =>
      new RegExp(`"${name}[":]`).test(text) || (/[A-Z]/.test(name) && new RegExp(`\\b${name}\\b`).test(text)),
  );
  const calls = LIBRARY_CALLS.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return [
    ...options.filter((name) => !Object.hasOwn(COMMANDS[command].options, name)).map((name) => `--${name}`),
    ...ofLibrary,
    ...calls,
  ];
}

const DOMAIN = 'media.example.com';
const ENV = {
  CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID,
  CLOUDFRONT_PRIVATE_KEY: ec.privatePem,
  CLOUDFRONT_DOMAIN: DOMAIN,
};

interface Call {
  readonly args: readonly [command: keyof typeof COMMANDS, ...rest: string[]];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const url = (...rest: string[]): Call => ({ args: ['sign-url', ...rest] });
const cookies = (...rest: string[]): Call => ({ args: ['sign-cookies', ...rest] });
const withKey = (pem: string, id = KEY_PAIR_ID): Call => ({
  args: ['sign-url', '/a', '--key-file', '-', '--key-pair-id', id],
  stdin: pem,
});
const withJson = (json: unknown): Call => ({
  args: ['sign-url', '/a', '--key-file', '-'],
  stdin: typeof json === 'string' ? json : JSON.stringify(json),
});
const withEnv = (env: Call['env']): Call => ({ args: ['sign-url', '/a'], ...(env && { env }) });

const encryptedPem = rsa.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();
/** The lines around a key, without a key. */
const boundary = (edge: 'BEGIN' | 'END') => `-----${edge} ${['PRIVATE', 'KEY'].join(' ')}-----\n`;
const brokenPem = `${boundary('BEGIN')}${Buffer.from('no key').toString('base64')}\n${boundary('END')}`;
const GROUP_ID = '9f8e7d6c-5b4a-4c3d-8e2f-1a0b9c8d7e6f';

/** What makes the program print each code; `null` for a code that no command can print. */
const CALLS: Readonly<Record<SignerErrorCode | SignerTypeErrorCode, readonly Call[] | null>> = {
  ERR_RESOURCE_FORM: [url('videos/a.mp4'), url(`https://${DOMAIN}`), cookies('videos/*')],
  ERR_RESOURCE_LENGTH: [
    url(`/${'a'.repeat(9_000)}`),
    url(`/${'a'.repeat(8_100)}`),
    cookies(`/${'a/'.repeat(2_000)}b`, '--path', '/'),
  ],
  ERR_RESOURCE_SCHEME: [url(`http://${DOMAIN}/a`)],
  ERR_RESOURCE_HOST: [
    url('https://other.example.com/a'),
    url(`https://${DOMAIN.toUpperCase()}/a`),
    url(`https://${DOMAIN}:8443/a`),
  ],
  ERR_RESOURCE_CHARACTERS: [url('/a b'), url('/a\nb'), url('/%zz'), url("/a?b='"), cookies('/ä/*')],
  ERR_RESOURCE_FRAGMENT: [url('/a#b')],
  ERR_RESOURCE_TRAVERSAL: [url('/a/../b')],
  ERR_RESOURCE_ENCODED: [url('/a/%2e%2e/b'), url('/%ff')],
  ERR_RESOURCE_EMPTY_SEGMENT: [url('/a//b')],
  ERR_RESOURCE_WILDCARD: [url('/a/*'), url('/a?b=*'), url('/a?b'), cookies('/a/*/b')],
  ERR_RESOURCE_SCOPE: [cookies('/v/1*'), cookies('/v/')],
  ERR_RESOURCE_WHOLE_HOST: [cookies('/*'), url('/a', '--scope', 'directory')],
  ERR_RESOURCE_QUERY: [url('/a?'), url('/a?b=/c'), cookies('/a/*?b=c')],
  ERR_RESOURCE_RESERVED_QUERY: [url('/a?Expires=1')],
  ERR_RESOURCE_VIDEO_ID: null,
  ERR_EXPIRY_INVALID: [
    url('/a', '--expires-in', '4 hours'),
    url('/a', '--expires-in', '0'),
    cookies('/a/*', '--expires-in', '9'.repeat(20)),
  ],
  ERR_EXPIRY_PAST: [url('/a', '--expires-at', '1')],
  ERR_EXPIRY_OVER_CAP: [
    url('/a', '--expires-in', '8d'),
    url('/a', '--expires-in', '1234567890123'),
    cookies('/a/*', '--expires-at', '2286-01-01T00:00:00Z'),
  ],
  ERR_STARTS_AT_INVALID: [
    url('/a', '--starts-at', '0'),
    cookies('/a/*', '--starts-at', '1970-01-01T00:00:00Z'),
  ],
  ERR_WINDOW_EMPTY: [url('/a', '--starts-at', '2286-01-01T00:00:00Z')],
  ERR_IP_ADDRESS: [url('/a', '--ip', 'home'), cookies('/a/*', '--ip', '203.0.113.7/24')],
  ERR_IP_ADDRESS_V6: [url('/a', '--ip', '2001:db8::1')],
  ERR_CANNED_CONDITION: [url('/a', '--policy', 'canned', '--ip', '203.0.113.7')],
  ERR_CANNED_WILDCARD: [cookies('/a/*', '--policy', 'canned')],
  ERR_COOKIE_PATH: [
    cookies('/a/*', '--path', '/b/'),
    cookies('/a/*', '--path', '/*'),
    cookies('/a;b/*'),
    cookies(`/${'a'.repeat(1_100)}/*`),
  ],
  ERR_COOKIE_DOMAIN: [
    cookies('/a/*', '--cookie-domain', 'example.org'),
    cookies('/a/*', '--cookie-domain', 'co.uk', '--domain', 'example.co.uk'),
    cookies('/a/*', '--cookie-domain', 'cloudfront.net', '--domain', 'd111111abcdef8.cloudfront.net'),
  ],
  ERR_PLAYLIST_FORM: null,
  ERR_PLAYLIST_URI: null,
  ERR_PLAYLIST_SCOPE: null,
  ERR_PLAYLIST_VARIABLE: null,
  ERR_PLAYLIST_VARIANTS: null,
  ERR_PLAYLIST_VARIANT_URL: null,
  ERR_PLAYLIST_KEY_URL: null,
  ERR_DOMAIN_INVALID: [
    url('/a', '--domain', 'media example'),
    withEnv({ ...ENV, CLOUDFRONT_DOMAIN: 'http://media.example.com' }),
    { args: ['sign-url', 'https://media_1.example.com/a'], env: { ...ENV, CLOUDFRONT_DOMAIN: '' } },
  ],
  ERR_ENV_MISSING: [
    withEnv({ CLOUDFRONT_DOMAIN: DOMAIN }),
    withEnv({ CLOUDFRONT_DOMAIN: DOMAIN, CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID }),
  ],
  ERR_ENV_RUN_TOGETHER: [
    withEnv({ ...ENV, CLOUDFRONT_KEY_PAIR_ID: `${KEY_PAIR_ID}CLOUDFRONT_PRIVATE_KEY=x` }),
  ],
  ERR_KEY_PAIR_ID: [
    withKey(ec.privatePem, GROUP_ID),
    withKey(ec.privatePem, 'K2_'),
    withJson({ keyPairId: 'K2_', privateKey: ec.privatePem }),
    withJson({ keyPairId: GROUP_ID, privateKey: ec.privatePem }),
    withEnv({ ...ENV, CLOUDFRONT_KEY_PAIR_ID: GROUP_ID }),
  ],
  ERR_KEY_ENCODING: [withKey(''), withKey('key.pem'), withJson({ keyPairId: KEY_PAIR_ID, privateKey: 'x' })],
  ERR_KEY_TRUNCATED: [withKey(`${boundary('BEGIN')}MII`)],
  ERR_KEY_KIND: [withKey(ec.publicPem), withKey(ec.privatePem + rsa.privatePem), withKey('a'.repeat(20_000))],
  ERR_KEY_ENCRYPTED: [withKey(encryptedPem), withJson({ keyPairId: KEY_PAIR_ID, privateKey: encryptedPem })],
  ERR_KEY_UNSUPPORTED: [withKey(makeRsa(1024).privatePem), withKey(makeEc('P-384').privatePem)],
  ERR_KEY_BROKEN: [withKey(brokenPem)],
  ERR_KEY_ASYNC: null,
  ERR_SECRET_FETCH: null,
  ERR_SECRET_FORMAT: [withJson('{'), withJson({ privateKey: 'x' }), withJson({ keyPairId: KEY_PAIR_ID })],
  ERR_KEY_STALE: null,
  ERR_KMS_CALL: null,
  ERR_BUNNY_KEY: null,
  ERR_BUNNY_LIBRARY_ID: null,
  ERR_BUNNY_COUNTRY: null,
  ERR_BUNNY_CALL: null,
  ERR_BUNNY_CREDENTIALS: null,
  ERR_BUNNY_REFUSED: null,
  ERR_BUNNY_NOT_FOUND: null,
  ERR_BUNNY_ANSWER: null,
  ERR_ARGUMENT_TYPE: null,
  ERR_ARGUMENT_UNKNOWN: null,
  ERR_ARGUMENT_CONFLICT: [url('/a', '--expires-in', '1h', '--expires-at', '2026-11-20T12:00:00Z')],
};
const PRINTED = Object.entries(CALLS).flatMap(([code, calls]) => (calls === null ? [] : [{ code, calls }]));

async function answer({ args, env = ENV, ...rest }: Call) {
  return run(args, { env, ...rest });
}

describe('an error of the library, printed by a command', () => {
  it.each(PRINTED)('names nothing but what the command has: $code', async ({ code, calls }) => {
    for (const call of calls) {
      const { code: exitCode, out, err } = await answer(call);
      expect([exitCode, out]).toEqual([2, '']);
      expect(err).toMatch(new RegExp(`^storytime-signer: [^\\n]* \\(${code}\\)\\n$`));
      expect(foreignNames(err, call.args[0])).toEqual([]);
    }
  });

  it('is one of these, whatever the arguments, and names nothing but what the command has', async () => {
    const oneOf = (...values: string[]) => fc.constantFrom(...values);
    const instant = oneOf(
      '0',
      '1',
      '1795176000',
      '9999999999',
      '2026-11-20T12:00:00Z',
      '0001-01-01T00:00:00Z',
      'now',
    );
    const options = {
      '--domain': oneOf(
        DOMAIN,
        'MEDIA.EXAMPLE.COM',
        'a b',
        'localhost',
        'http://localhost:8103',
        '',
        '1.2.3.4',
      ),
      '--expires-in': fc.oneof(oneOf('1h', '8d', '0', '90', '1h30m', '1795176000000'), fc.string()),
      '--expires-at': instant,
      '--starts-at': instant,
      '--ip': fc.oneof(
        oneOf('203.0.113.7', '203.0.113.7/24', '::1', '1.2.3.4/33'),
        fc.ipV4(),
        fc.ipV6(),
        fc.string(),
      ),
      '--policy': oneOf('custom', 'canned', 'open'),
      '--hash': oneOf('SHA1', 'SHA256', 'MD5'),
      '--key-pair-id': fc.oneof(oneOf(KEY_PAIR_ID, GROUP_ID, ''), fc.string()),
      '--key-file': oneOf('-'),
      '--scope': oneOf('file', 'directory', '/a/*'),
      '--cookie-domain': oneOf('example.com', 'com', '.example.com', 'other.org'),
      '--path': fc.oneof(oneOf('/', '/a/', '/a/*', 'a'), fc.webPath()),
      '--same-site': oneOf('Lax', 'None', 'Open'),
    };
    const segment = fc.oneof(
      oneOf('a', '*', '1*', '..', '', '%2e', '%ff', "'", ';', '?', 'b?c=d', 'b?c=*', '#', '\\', ' ', 'é'),
      fc.webSegment(),
    );
    const resource = fc
      .tuple(
        oneOf('', '', '', '/', `https://${DOMAIN}`, 'http://x.example', `https://${DOMAIN}:1`),
        fc.array(segment),
      )
      .map(([origin, segments]) => `${origin}/${segments.join('/')}`);
    const call = fc.record({
      command: fc.constantFrom('sign-url', 'sign-cookies', 'explain'),
      resource: fc.oneof(resource, fc.webUrl()),
      options: fc.record(options, { requiredKeys: [] }),
      allow: fc.boolean(),
      stdin: oneOf(
        ec.privatePem,
        ec.publicPem,
        encryptedPem,
        '',
        '{',
        JSON.stringify({ keyPairId: KEY_PAIR_ID }),
      ),
      env: fc.record(
        {
          CLOUDFRONT_KEY_PAIR_ID: oneOf(KEY_PAIR_ID, '', GROUP_ID, `${KEY_PAIR_ID}CLOUDFRONT_DOMAIN=x`),
          CLOUDFRONT_PRIVATE_KEY: oneOf(ec.privatePem, encryptedPem, 'x', ''),
          CLOUDFRONT_DOMAIN: oneOf(DOMAIN, 'media.example.com:443', '', 'a b'),
        },
        { requiredKeys: [] },
      ),
    });
    await fc.assert(
      fc.asyncProperty(call, async ({ command, resource, options, allow, stdin, env }) => {
        const takes = COMMANDS[command].options;
        const given = Object.entries(options).filter(([name]) => Object.hasOwn(takes, name.slice(2)));
        const flags = allow && Object.hasOwn(takes, 'allow-whole-host') ? ['--allow-whole-host'] : [];
        const args = [command, ...given.map(([name, value]) => `${name}=${value}`), ...flags, '--', resource];
        const { code, err } = await run(args, { stdin, env });
        const printed = /\((ERR_[A-Z_]+)\)\n$/.exec(err)?.[1];
        if (printed === undefined) return;
        expect(code).toBe(2);
        expect(CALLS[printed as keyof typeof CALLS]).not.toBeNull();
        // What was typed may be quoted, and may be anything.
        const typed = given
          .map(([, value]) => value)
          .filter((value) => foreignNames(value, command).length > 0);
        const said = typed.reduce((rest, value) => rest.replaceAll(value, ''), err);
        expect(foreignNames(said, command)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

const IN_WORDS: Readonly<Record<string, Call>> = {
  'ask for less (is --expires-in in seconds, not milliseconds?) (': url('/a', '--expires-in', '30d'),
  'asked for 1795176000000 seconds, the signer allows 604800;': url('/a', '--expires-in', '1795176000000'),
  '--expires-at is not in the future; pass a later time (': url('/a', '--expires-at', '1'),
  '--starts-at must be a time after 1970-01-01T00:00:00Z (': url('/a', '--starts-at', '0'),
  'sign one file, with --scope directory for its directory, or use sign-cookies; if': url('/a/*'),
  'no id from outside, verbatim(…) signs it unchanged, in code (': url('/a//b'),
  'must be percent-encoded: encodeURIComponent for an id (': url('/a b'),
  'a canned policy has no --starts-at and no --ip; use': url(
    '/a',
    '--policy',
    'canned',
    '--ip',
    '203.0.113.7',
  ),
  'the whole host; pass --allow-whole-host if that is intended (': cookies('/*'),
  'or pass a --path above it (': cookies('/a;b/*'),
  ': --cookie-domain must be media.example.com or a': cookies('/a/*', '--cookie-domain', 'example.org'),
  ': the key file is encrypted; decrypt it with openssl': withKey(encryptedPem),
  ": --key-pair-id must be a CloudFront public key's id": withKey(ec.privatePem, 'K2_'),
  ': "keyPairId" in the key file must be': withJson({ keyPairId: 'K2_', privateKey: ec.privatePem }),
  ': CLOUDFRONT_KEY_PAIR_ID must be': withEnv({ ...ENV, CLOUDFRONT_KEY_PAIR_ID: 'K2_' }),
  ': CLOUDFRONT_DOMAIN must be a host name': withEnv({ ...ENV, CLOUDFRONT_DOMAIN: 'a b' }),
  ': --domain must be a host name': url('/a', '--domain', 'a b'),
  ": the URL's host must be a host name": {
    args: ['sign-url', 'https://a_b.c/'],
    env: { ...ENV, CLOUDFRONT_DOMAIN: '' },
  },
};

describe('what is printed', () => {
  it.each(Object.entries(IN_WORDS))('contains: %s', async (words, call) => {
    expect((await answer(call)).err).toContain(words);
  });
});
