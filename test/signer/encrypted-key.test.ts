/** Keys that need a passphrase, and keys that Node has parsed already. */

import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createSigner, envKey, staticKey } from '../../signer/src/index.ts';
import { readSecret } from '../../signer/src/secrets-manager/read-secret.ts';
import { DOMAIN, ec, failureOf, judge, KEY_PAIR_ID, type KeyPair, makeRsa, NOW, rsa } from './fixtures.ts';

const PASSPHRASE = 'correct horse "battery" é';
const encrypt = ({ privateKey }: KeyPair, type: 'pkcs8' | 'pkcs1' | 'sec1', cipher: string) =>
  privateKey.export({ type, format: 'pem', cipher, passphrase: PASSPHRASE } as never).toString();

const ENCRYPTED: readonly (readonly [string, KeyPair, string])[] = [
  ['PKCS #8, AES-256', rsa, encrypt(rsa, 'pkcs8', 'aes-256-cbc')],
  ['PKCS #8, 3DES', rsa, encrypt(rsa, 'pkcs8', 'des-ede3-cbc')],
  ['PKCS #8 of P-256', ec, encrypt(ec, 'pkcs8', 'aes-128-cbc')],
  ['PKCS #1 with Proc-Type, AES-128', rsa, encrypt(rsa, 'pkcs1', 'aes-128-cbc')],
  ['PKCS #1 with Proc-Type, 3DES', rsa, encrypt(rsa, 'pkcs1', 'des-ede3-cbc')],
  ['SEC 1 with Proc-Type', ec, encrypt(ec, 'sec1', 'aes-256-cbc')],
];
const SPOILED: readonly (readonly [string, (pem: string) => string])[] = [
  ['as openssl writes it', (pem) => pem],
  ['with Windows line ends', (pem) => pem.replaceAll('\n', '\r\n')],
  ['with literal \\n', (pem) => pem.replaceAll('\n', '\\n')],
  ['on one line with spaces', (pem) => pem.replaceAll('\n', ' ')],
  ['indented', (pem) => pem.replace(/^/gm, '    ')],
  ['as base64', (pem) => Buffer.from(pem).toString('base64')],
];

describe.each(ENCRYPTED)('%s', (_, pair, pem) => {
  it.each(SPOILED)('opens with its passphrase %s', async (_form, spoil) => {
    const privateKey = spoil(pem);
    const env = { CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID, CLOUDFRONT_PRIVATE_KEY: privateKey };
    const secret = JSON.stringify({ keyPairId: KEY_PAIR_ID, privateKey });
    const fromSecret = readSecret(secret, { where: 'the secret', passphrase: PASSPHRASE });
    const sources = [
      staticKey({ keyPairId: KEY_PAIR_ID, privateKey, passphrase: PASSPHRASE }),
      envKey({ env, passphrase: PASSPHRASE }),
      { get: async () => fromSecret },
    ];
    for (const key of sources) {
      const { url } = await createSigner({ key, domain: DOMAIN, now: () => NOW }).signUrl('/a.mp4');
      expect(judge(pair, { url }).allowed).toBe(true);
    }
  });

  it('is refused without a passphrase, and the remedy works on this form', async () => {
    const failure = await failureOf(() => staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pem }));
    expect(failure.code).toBe('ERR_KEY_ENCRYPTED');
    expect(failure.message).toContain('"passphrase"');
    expect(failure.message).toContain('openssl pkey -in key.pem -out plain.pem');
  });

  it.each(['wrong words', ''])(
    'is refused with the passphrase %j, and nothing shows one',
    async (passphrase) => {
      const failure = await failureOf(() =>
        staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pem, passphrase }),
      );
      expect(failure.code).toBe('ERR_KEY_ENCRYPTED');
      const shown = inspect(failure.error, { depth: 9, showHidden: true });
      for (const secret of [PASSPHRASE, 'wrong words', pem.split('\n')[4] ?? '']) {
        expect(secret === '' || !shown.includes(secret)).toBe(true);
      }
    },
  );
});

describe('a passphrase', () => {
  it('that a plain key does not need is ignored', async () => {
    const key = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: rsa.privatePem, passphrase: 'x' });
    expect((await key.get()).algorithm).toBe('RSA-SHA1');
  });

  it('must be a text', async () => {
    const options = { keyPairId: KEY_PAIR_ID, privateKey: rsa.privatePem, passphrase: 7 } as never;
    expect((await failureOf(() => staticKey(options))).code).toBe('ERR_ARGUMENT_TYPE');
  });

  it.each([
    ['headers of another kind', 'Proc-Type: 4,MIC-ONLY\nDEK-Info: AES-128-CBC,00'],
    ['no cipher', 'Proc-Type: 4,ENCRYPTED'],
    ['text before the headers', 'Comment: mine\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00'],
  ])('does not open a PEM with %s', async (_, headers) => {
    const privateKey = rsa.privateKey
      .export({ type: 'pkcs1', format: 'pem' })
      .toString()
      .replace('-----\n', `-----\n${headers}\n\n`);
    const failure = await failureOf(() =>
      staticKey({ keyPairId: KEY_PAIR_ID, privateKey, passphrase: PASSPHRASE }),
    );
    expect(failure.code).toMatch(/^ERR_KEY_(ENCODING|ENCRYPTED|BROKEN)$/);
  });
});

describe('a KeyObject', () => {
  it.each([
    ['RSA', rsa],
    ['P-256', ec],
  ])('signs as its PEM does: %s', async (_, pair) => {
    const key = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pair.privateKey });
    const { url } = createSigner({ key, domain: DOMAIN, now: () => NOW }).signUrlSync('/a.mp4');
    expect(judge(pair, { url }).allowed).toBe(true);
    const fromPem = staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pair.privatePem });
    expect((await key.get()).algorithm).toBe((await fromPem.get()).algorithm);
  });

  it.each([
    ['a public key', createPublicKey(rsa.publicPem), 'ERR_KEY_KIND', '"public"'],
    ['a secret key', createSecretKey(Buffer.alloc(32)), 'ERR_KEY_KIND', '"secret"'],
    ['RSA 1024', makeRsa(1024).privateKey, 'ERR_KEY_UNSUPPORTED', 'rsa 1024'],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey, 'ERR_KEY_UNSUPPORTED', 'ed25519'],
  ])('is refused: %s', async (_, privateKey, code, word) => {
    const failure = await failureOf(() => staticKey({ keyPairId: KEY_PAIR_ID, privateKey }));
    expect(failure.name).not.toBe('Error');
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(word);
  });
});
