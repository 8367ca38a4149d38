import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createSigner, envKey, staticKey } from '../../signer/src/index.ts';
import { DOMAIN, ec, failureOf, KEY_PAIR_ID, type KeyPair, makeEc, makeRsa, NOW, rsa } from './fixtures.ts';

const oneLine = (pem: string) => Buffer.from(pem).toString('base64');
const wrapped = (pem: string, indent: string) =>
  oneLine(pem)
    .replace(/.{1,64}/g, `\n${indent}$&`)
    .concat('\n');

/** What the pasted text may look like and still have one meaning. */
const REPAIRED: readonly (readonly [string, (pem: string) => string])[] = [
  ['as openssl writes it', (pem) => pem],
  ['without its last line break', (pem) => pem.trim()],
  ['with Windows line ends', (pem) => pem.replaceAll('\n', '\r\n')],
  ['with literal \\n', (pem) => pem.replaceAll('\n', '\\n')],
  ['with literal \\r\\n, in quotes', (pem) => `"${pem.replaceAll('\n', '\\r\\n')}"`],
  ['on one line with spaces for line breaks', (pem) => pem.replaceAll('\n', ' ')],
  ['indented, as a YAML block leaves it', (pem) => pem.replace(/^/gm, '    ')],
  ['in single quotes', (pem) => `'${pem}'`],
  ['after a byte order mark', (pem) => `\uFEFF${pem}`],
  ['after a comment', (pem) => `# the production key\n${pem}`],
  ['as base64 on one line', oneLine],
  ['as base64 without padding', (pem) => oneLine(pem).replace(/=+$/, '')],
  ['as base64 in quotes', (pem) => `"${oneLine(pem)}"`],
  ['as wrapped base64', (pem) => wrapped(pem, '')],
  ['as wrapped and indented base64', (pem) => wrapped(pem, '        ')],
  ['as wrapped base64 with a stray - in front', (pem) => `-${wrapped(pem, '  ').trim()}`],
  ['as base64 with literal \\n between its lines', (pem) => wrapped(pem, '').replaceAll('\n', '\\n')],
  ['as base64 of a PEM with Windows line ends', (pem) => oneLine(pem.replaceAll('\n', '\r\n'))],
];

const PEMS: readonly (readonly [string, string])[] = [
  ['RSA PKCS #8', rsa.privatePem],
  ['RSA PKCS #1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
  ['P-256 PKCS #8', ec.privatePem],
  ['P-256 SEC 1', ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString()],
];

describe.each(PEMS)('%s is read', (_, pem) => {
  it.each(REPAIRED)('%s', async (_form, spoil) => {
    const privateKey = spoil(pem);
    const fromOption = await staticKey({ keyPairId: KEY_PAIR_ID, privateKey }).get();
    const fromEnv = await envKey({
      env: { CLOUDFRONT_KEY_PAIR_ID: ` "${KEY_PAIR_ID}" `, CLOUDFRONT_PRIVATE_KEY: privateKey },
    }).get();
    expect(fromOption.keyPairId).toBe(KEY_PAIR_ID);
    expect(fromEnv.keyPairId).toBe(KEY_PAIR_ID);
    expect(fromEnv.algorithm).toBe(fromOption.algorithm);
  });
});

it.each(PEMS)('reads the bytes of a file: %s', async (_, pem) => {
  const bytes = Buffer.from(`\uFEFF${pem}`);
  const view = new Uint8Array(Buffer.concat([Buffer.from('before'), bytes])).subarray(6);
  for (const privateKey of [bytes, view, Buffer.from(oneLine(pem))]) {
    const key = await staticKey({ keyPairId: KEY_PAIR_ID, privateKey }).get();
    expect(key.algorithm).toMatch(/-SHA1$/);
  }
});

it.each([
  ['a list of bytes', [1, 2]],
  ['an ArrayBuffer', new ArrayBuffer(8)],
  ['what only inherits from a Buffer', Object.create(Buffer.from(rsa.privatePem))],
])('takes no other object for a key: %s', async (_, privateKey) => {
  const failure = await failureOf(() =>
    staticKey({ keyPairId: KEY_PAIR_ID, privateKey: privateKey as never }),
  );
  expect(failure).toMatchObject({ code: 'ERR_ARGUMENT_TYPE' });
  expect(failure.message).toContain('a string, a Buffer or a KeyObject');
});

it('says to pass what a file holds, where a path was passed', async () => {
  const failure = await failureOf(() => staticKey({ keyPairId: KEY_PAIR_ID, privateKey: './key.pem' }));
  expect(failure.code).toBe('ERR_KEY_ENCODING');
  expect(failure.message).toContain('pass what the file holds');
});

it('names what is wrong with a key of dashes in time', async () => {
  const privateKey = `-----BEGIN ${'-'.repeat(16_000)}`;
  expect((await failureOf(() => staticKey({ keyPairId: KEY_PAIR_ID, privateKey }))).code).toBe(
    'ERR_KEY_TRUNCATED',
  );
});

it('reads a SEC 1 key behind the curve parameters that openssl ecparam writes', async () => {
  const sec1 = ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const privateKey = `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}`;
  expect((await staticKey({ keyPairId: KEY_PAIR_ID, privateKey }).get()).algorithm).toBe('ECDSA-SHA1');
});

describe('a private key is refused, and what it is gets named:', () => {
  const encrypted = rsa.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();
  const oldEncrypted = rsa.privateKey
    .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();
  const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).privateKey;
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  const pkcs8 = (key: typeof ed25519) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const pkcs1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const damaged = rsa.privatePem.replace(/\n.{10}/, '\nAAAAAAAAAA');

  it.each([
    ['RSA 1024', makeRsa(1024).privatePem, 'ERR_KEY_UNSUPPORTED', 'got rsa 1024'],
    ['RSA 3072', makeRsa(3072).privatePem, 'ERR_KEY_UNSUPPORTED', 'got rsa 3072'],
    ['P-384', makeEc('P-384').privatePem, 'ERR_KEY_UNSUPPORTED', 'got ec secp384r1'],
    ['secp256k1', makeEc('secp256k1').privatePem, 'ERR_KEY_UNSUPPORTED', 'got ec secp256k1'],
    ['DSA', pkcs8(dsa), 'ERR_KEY_UNSUPPORTED', 'got dsa'],
    ['Ed25519', pkcs8(ed25519), 'ERR_KEY_UNSUPPORTED', 'got ed25519'],
    ['RSA-PSS', pkcs8(rsaPss), 'ERR_KEY_UNSUPPORTED', 'got rsa-pss'],
    ['a public key', rsa.publicPem, 'ERR_KEY_KIND', 'got "PUBLIC KEY"'],
    ['a public key in base64', oneLine(rsa.publicPem), 'ERR_KEY_KIND', 'got "PUBLIC KEY"'],
    ['an encrypted key', encrypted, 'ERR_KEY_ENCRYPTED', 'openssl pkey'],
    ['an encrypted PKCS #1 key', oldEncrypted, 'ERR_KEY_ENCRYPTED', 'openssl pkey'],
    ['two keys', rsa.privatePem + ec.privatePem, 'ERR_KEY_KIND', 'expected one PEM block, got 2'],
    ['a PEM cut off', rsa.privatePem.slice(0, 900), 'ERR_KEY_TRUNCATED', 'does not end'],
    [
      'PKCS #1 that ends as PKCS #8',
      pkcs1.replace('END RSA PRIVATE KEY', 'END PRIVATE KEY'),
      'ERR_KEY_TRUNCATED',
      'starts as "RSA PRIVATE KEY" and ends as "PRIVATE KEY"',
    ],
    [
      'the same in base64',
      oneLine(pkcs1.replace('END RSA PRIVATE KEY', 'END PRIVATE KEY')),
      'ERR_KEY_TRUNCATED',
      'starts as "RSA PRIVATE KEY"',
    ],
    [
      'the same behind curve parameters',
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${pkcs1.replace('END RSA', 'END')}`,
      'ERR_KEY_TRUNCATED',
      'starts as "RSA PRIVATE KEY"',
    ],
    [
      'a space in the last line',
      rsa.privatePem.replace('-----END', '----- END'),
      'ERR_KEY_TRUNCATED',
      'five dashes',
    ],
    [
      'four dashes in the last line',
      rsa.privatePem.replace('-----END', '----END'),
      'ERR_KEY_TRUNCATED',
      'five dashes',
    ],
    [
      'a space in the first line',
      rsa.privatePem.replace('-----BEGIN', '----- BEGIN'),
      'ERR_KEY_TRUNCATED',
      'five dashes',
    ],
    ['the first line of wrapped base64', oneLine(rsa.privatePem).slice(0, 76), 'ERR_KEY_TRUNCATED', 'quoted'],
    ['a damaged PEM', damaged, 'ERR_KEY_BROKEN', 'cannot be parsed'],
    ['a PEM with foreign characters', rsa.privatePem.replace('\nM', '\n§'), 'ERR_KEY_ENCODING', 'not base64'],
    [
      'base64 with a foreign character',
      oneLine(ec.privatePem).replace('T', '!'),
      'ERR_KEY_ENCODING',
      'neither',
    ],
    [
      'base64 with a foreign character further on',
      `${oneLine(ec.privatePem).slice(0, 80)}!${oneLine(ec.privatePem).slice(80)}`,
      'ERR_KEY_ENCODING',
      'character 81',
    ],
    ['a file path', '/etc/keys/cloudfront.pem', 'ERR_KEY_ENCODING', 'got neither'],
    ['nothing', ' \n ', 'ERR_KEY_ENCODING', 'is empty'],
  ])('%s', async (_, privateKey, code, words) => {
    const failure = await failureOf(() => staticKey({ keyPairId: KEY_PAIR_ID, privateKey }));
    expect(failure).toMatchObject({ name: 'SignerError', code });
    expect(failure.message).toContain(words);
    expect(failure.message).not.toMatch(/MII|LS0t/);
  });

  it.each([
    ['the id of a key group', 'b74b1b4d-5a57-4b0c-a1f5-2b3c4d5e6f70', 'ERR_KEY_PAIR_ID', 'key group'],
    ['the same in capitals', 'B74B1B4D-5A57-4B0C-A1F5-2B3C4D5E6F70', 'ERR_KEY_PAIR_ID', 'key group'],
    ['an empty id', '', 'ERR_KEY_PAIR_ID', 'an empty string'],
    ['an id with a space', 'K2 JC', 'ERR_KEY_PAIR_ID', 'characters that no id has'],
    ['an id that would end a cookie', 'K2; Domain=x', 'ERR_KEY_PAIR_ID', 'characters that no id has'],
    ['an ARN', 'arn:aws:cloudfront::1:public-key/K2', 'ERR_KEY_PAIR_ID', 'characters that no id has'],
  ])('%s', async (_, keyPairId, code, words) => {
    const failure = await failureOf(() => staticKey({ keyPairId, privateKey: ec.privatePem }));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(words);
  });

  it('a text of any length, before it is looked into', async () => {
    const privateKey = '-----BEGIN A-----'.repeat(60_000);
    const failure = await failureOf(() => staticKey({ keyPairId: KEY_PAIR_ID, privateKey }));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_KEY_KIND' });
    expect(failure.message).toContain('16,384 characters');
  });

  it('a variable that is not text', async () => {
    const env = { CLOUDFRONT_KEY_PAIR_ID: 5, CLOUDFRONT_PRIVATE_KEY: ['x'] } as never;
    expect(await failureOf(() => envKey({ env }))).toMatchObject({ code: 'ERR_ENV_MISSING' });
  });

  it('a key that is not text', async () => {
    const failure = await failureOf(() =>
      staticKey({ keyPairId: KEY_PAIR_ID, privateKey: new Uint16Array(4) as never }),
    );
    expect(failure.error).toBeInstanceOf(TypeError);
    expect(failure.code).toBe('ERR_ARGUMENT_TYPE');
  });

  it('a hash CloudFront does not have', async () => {
    const options = { keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem, hashAlgorithm: 'SHA512' as never };
    expect((await failureOf(() => staticKey(options))).code).toBe('ERR_ARGUMENT_TYPE');
  });
});

describe('envKey brings CLOUDFRONT_DOMAIN with it', () => {
  const env = { CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID, CLOUDFRONT_PRIVATE_KEY: oneLine(ec.privatePem) };

  it.each([
    'media.example.com',
    '  media.example.com\n',
    '"media.example.com"',
    "'https://media.example.com/'",
    'https://Media.Example.com',
  ])('spelt %j', async (CLOUDFRONT_DOMAIN) => {
    const signer = createSigner({ key: envKey({ env: { ...env, CLOUDFRONT_DOMAIN } }) });
    expect((await signer.signUrl('/a.mp4')).url).toContain('https://media.example.com/a.mp4?');
  });

  it('which a domain given to the signer outranks', async () => {
    const key = envKey({ env: { ...env, CLOUDFRONT_DOMAIN: 'media.example.com' } });
    const { url } = await createSigner({ key, domain: DOMAIN }).signUrl('/a.mp4');
    expect(url).toContain(`https://${DOMAIN}/`);
  });

  it.each([
    ['not set', undefined, 'ERR_ARGUMENT_TYPE', 'CLOUDFRONT_DOMAIN set beside envKey()'],
    ['blank', ' ', 'ERR_ARGUMENT_TYPE', 'CLOUDFRONT_DOMAIN set beside envKey()'],
    ['with a path', 'media.example.com/videos', 'ERR_DOMAIN_INVALID', 'without port and path'],
    ['over http', 'http://media.example.com', 'ERR_DOMAIN_INVALID', 'without port and path'],
    ['run together', `${DOMAIN}CLOUDFRONT_KEY_PAIR_ID=K`, 'ERR_ENV_RUN_TOGETHER', 'CLOUDFRONT_DOMAIN also'],
  ])('and names it when it is %s', async (_, CLOUDFRONT_DOMAIN, code, words) => {
    const failure = await failureOf(() =>
      createSigner({ key: envKey({ env: { ...env, CLOUDFRONT_DOMAIN } }) }),
    );
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(words);
  });
});

describe('envKey names', () => {
  const base64 = oneLine(rsa.privatePem);
  const whole = { CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID, CLOUDFRONT_PRIVATE_KEY: base64 };

  it.each([
    [
      'a missing id',
      { CLOUDFRONT_PRIVATE_KEY: base64 },
      'ERR_ENV_MISSING',
      'CLOUDFRONT_KEY_PAIR_ID is not set',
    ],
    [
      'a missing key',
      { CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID },
      'ERR_ENV_MISSING',
      'CLOUDFRONT_PRIVATE_KEY is not set',
    ],
    ['an empty key', { ...whole, CLOUDFRONT_PRIVATE_KEY: '  ' }, 'ERR_ENV_MISSING', 'CLOUDFRONT_PRIVATE_KEY'],
    [
      'the key run into the id',
      { CLOUDFRONT_KEY_PAIR_ID: `${KEY_PAIR_ID}CLOUDFRONT_PRIVATE_KEY=${base64}` },
      'ERR_ENV_RUN_TOGETHER',
      'the value of CLOUDFRONT_KEY_PAIR_ID also holds "CLOUDFRONT_PRIVATE_KEY="',
    ],
    [
      'the key run into any other variable',
      {
        CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID,
        DATABASE_URL: `mongodb://u:p@h/dCLOUDFRONT_PRIVATE_KEY=${base64}`,
      },
      'ERR_ENV_RUN_TOGETHER',
      'the value of DATABASE_URL also holds "CLOUDFRONT_PRIVATE_KEY="',
    ],
    [
      'the domain run into the key',
      { ...whole, CLOUDFRONT_PRIVATE_KEY: `${base64}CLOUDFRONT_DOMAIN=${DOMAIN}` },
      'ERR_ENV_RUN_TOGETHER',
      'the value of CLOUDFRONT_PRIVATE_KEY also holds "CLOUDFRONT_DOMAIN="',
    ],
    [
      'an unknown variable run into the key',
      { ...whole, CLOUDFRONT_PRIVATE_KEY: `${base64.replace(/=+$/, '')}SOME_SETTING=1` },
      'ERR_KEY_ENCODING',
      'attached to the end',
    ],
    [
      'an unquoted wrapped key, cut by the shell to one line',
      { ...whole, CLOUDFRONT_PRIVATE_KEY: base64.slice(0, 76) },
      'ERR_KEY_TRUNCATED',
      'CLOUDFRONT_PRIVATE_KEY starts a PEM and does not end it',
    ],
  ])('%s', async (_, env, code, words) => {
    const failure = await failureOf(() => envKey({ env }));
    expect(failure).toMatchObject({ name: 'SignerError', code });
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain('mongodb');
    expect(failure.message).not.toContain(base64.slice(0, 40));
  });
});

describe('no key material shows', () => {
  /** Any run of the key's own base64 long enough to be worth something. */
  const fragments = (pair: KeyPair) =>
    pair.privatePem
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('---'))
      .flatMap((line) => [line, Buffer.from(line).toString('base64')])
      .map((text) => text.slice(8, 24));

  const hides = (shown: string, pair: KeyPair) => {
    for (const fragment of fragments(pair)) expect(shown).not.toContain(fragment);
    expect(shown).not.toContain('PRIVATE KEY-----');
  };

  it.each([
    ['RSA', rsa],
    ['P-256', ec],
  ])('when a key, a source or a signer with %s is printed or serialised', async (_, pair) => {
    const source = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pair.privatePem });
    const key = await source.get();
    const signer = createSigner({ key: source, domain: DOMAIN, now: () => NOW });
    for (const value of [source, key, signer]) {
      hides(inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }), pair);
      hides(`${JSON.stringify(value)} ${String(value)} ${String(Object.entries(value))}`, pair);
    }
    expect(JSON.parse(JSON.stringify(key))).toEqual({ keyPairId: KEY_PAIR_ID, algorithm: key.algorithm });
  });

  it('in any error about a key, its cause included', async () => {
    const pem = rsa.privatePem;
    const spoilt = [
      pem.replace(/\n.{10}/, '\nAAAAAAAAAA'),
      pem.replace('\nM', '\n§'),
      pem.slice(0, 900),
      oneLine(pem).slice(0, 400),
      `${oneLine(pem)}_MORE=1`,
      pem + ec.privatePem,
      pem.replaceAll('PRIVATE', 'PUBLIC'),
      pem.replace(/-----/g, '----'),
    ];
    for (const privateKey of spoilt) {
      const { error } = await failureOf(() => staticKey({ keyPairId: KEY_PAIR_ID, privateKey }));
      hides(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }), rsa);
      const swapped = await failureOf(() => staticKey({ keyPairId: privateKey, privateKey: KEY_PAIR_ID }));
      hides(inspect(swapped.error, { showHidden: true }), rsa);
    }
  });
});
