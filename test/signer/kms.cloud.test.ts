/** The real client against moto's KMS, which holds real keys; `explain` judges what comes out. */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  GetPublicKeyCommand,
  KMSClient,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSigner, type KeySource } from '../../signer/src/index.ts';
import { kmsKey } from '../../signer/src/kms/index.ts';
import { explain } from '../../signer/src/verify/index.ts';
import { type FaultyWire, startFaultyWire } from './faulty-wire.ts';
import { cookieHeader, DOMAIN, failureOf, KEY_PAIR_ID, NOW } from './fixtures.ts';
import { configFor, type Moto, startMoto } from './moto.ts';

let moto: Moto;
let wire: FaultyWire;
let admin: KMSClient;
const config = () => configFor(wire.port);

beforeAll(async () => {
  moto = await startMoto();
  wire = await startFaultyWire(moto.port);
  admin = new KMSClient(moto.config);
});

afterAll(async () => {
  admin?.destroy();
  await wire?.stop();
  await moto?.stop();
});

beforeEach(() => wire.set('none'));

async function makeKey(
  KeySpec: CreateKeyCommandInput['KeySpec'],
  KeyUsage: CreateKeyCommandInput['KeyUsage'] = 'SIGN_VERIFY',
): Promise<{ readonly keyId: string; publicKey(): Promise<KeyObject> }> {
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
  const keyId = KeyMetadata?.KeyId ?? '';
  return {
    keyId,
    async publicKey() {
      const { PublicKey = new Uint8Array() } = await admin.send(new GetPublicKeyCommand({ KeyId: keyId }));
      return createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
    },
  };
}

const signerOver = (key: KeySource, options: { readonly reuse?: string } = {}) =>
  createSigner({ key, domain: DOMAIN, now: () => NOW, ...options });

describe.each(['RSA_2048', 'ECC_NIST_P256'] as const)('a KMS key of %s', (spec) => {
  it('signs URLs and cookies that CloudFront allows, with SHA-256 and says so', async () => {
    const made = await makeKey(spec);
    const signer = signerOver(kmsKey({ keyId: made.keyId, keyPairId: KEY_PAIR_ID, config: config() }));
    const trustedKeys = new Map([[KEY_PAIR_ID, await made.publicKey()]]);
    const { url } = await signer.signUrl('/books/42/index.m3u8', { scope: 'directory' });
    expect(url).toContain('&Hash-Algorithm=SHA256');
    expect(explain({ url, now: NOW, trustedKeys })).toMatchObject({ allowed: true, via: 'url' });
    const { cookies, expiresAt } = await signer.signCookies('/books/42/*');
    const request = { url: `https://${DOMAIN}/books/42/s1.ts`, cookies: cookieHeader(cookies), trustedKeys };
    expect(explain({ ...request, now: NOW })).toMatchObject({ allowed: true, via: 'cookies' });
    expect(explain({ ...request, now: expiresAt })).toMatchObject({ allowed: false, reason: 'expired' });
  });
});

describe('kmsKey', () => {
  it('reads the public key once for a thousand first callers, and then asks for signatures only', async () => {
    const { keyId } = await makeKey('ECC_NIST_P256');
    const source = kmsKey({ keyId, keyPairId: KEY_PAIR_ID, config: config() });
    const keys = await Promise.all(Array.from({ length: 1_000 }, () => source.get()));
    expect(new Set(keys).size).toBe(1);
    expect(wire.requests).toBe(1);
    await signerOver(source).signUrl('/a.mp4');
    expect(wire.requests).toBe(2);
  });

  it('with reuse asks KMS for one signature for a hundred equal requests at once, and for later ones', async () => {
    const { keyId } = await makeKey('ECC_NIST_P256');
    const source = kmsKey({ keyId, keyPairId: KEY_PAIR_ID, config: config() });
    await source.get();
    await wire.set('none');
    const signer = signerOver(source, { reuse: '5m' });
    const urls = await Promise.all(Array.from({ length: 100 }, () => signer.signUrl('/a.mp4')));
    urls.push(await signer.signUrl('/a.mp4'));
    expect(new Set(urls.map(({ url }) => url)).size).toBe(1);
    expect(wire.requests).toBe(1);
  });

  it('keeps to the key that an alias named at first, for its id is that key’s', async () => {
    const [first, second] = [await makeKey('ECC_NIST_P256'), await makeKey('ECC_NIST_P256')];
    const AliasName = 'alias/storytime-test';
    await admin.send(new CreateAliasCommand({ AliasName, TargetKeyId: first.keyId }));
    const signer = signerOver(kmsKey({ keyId: AliasName, keyPairId: KEY_PAIR_ID, config: config() }));
    await signer.signUrl('/a.mp4');
    await admin.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second.keyId }));
    const { url } = await signer.signUrl('/a.mp4');
    const trustedKeys = new Map([[KEY_PAIR_ID, await first.publicKey()]]);
    expect(explain({ url, now: NOW, trustedKeys })).toMatchObject({ allowed: true });
  });

  it('signs through a client that it is given', async () => {
    const { keyId } = await makeKey('ECC_NIST_P256');
    const client = new KMSClient(config());
    const key = await kmsKey({ keyId, keyPairId: KEY_PAIR_ID, client }).get();
    expect(key).toMatchObject({ keyPairId: KEY_PAIR_ID, algorithm: 'ECDSA-SHA256' });
    client.destroy();
  });

  it.each([
    ['RSA 4096', 'RSA_4096', 'SIGN_VERIFY', 'got rsa 4096'],
    ['P-384', 'ECC_NIST_P384', 'SIGN_VERIFY', 'got ec secp384r1'],
    ['secp256k1', 'ECC_SECG_P256K1', 'SIGN_VERIFY', 'got ec secp256k1'],
    [
      'an RSA key for encryption',
      'RSA_2048',
      'ENCRYPT_DECRYPT',
      'must be for SIGN_VERIFY, it is for ENCRYPT_DECRYPT',
    ],
  ] as const)('refuses %s before it signs anything', async (_, spec, usage, words) => {
    const { keyId } = await makeKey(spec, usage);
    const failure = await failureOf(() => kmsKey({ keyId, keyPairId: KEY_PAIR_ID, config: config() }).get());
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_KEY_UNSUPPORTED' });
    expect(failure.message).toContain(words);
    expect(failure.message).toContain(keyId);
  });

  it('says which key is not there, with the service’s error as cause', async () => {
    const source = kmsKey({ keyId: 'alias/none', keyPairId: KEY_PAIR_ID, config: config() });
    const failure = await failureOf(() => source.get());
    expect(failure).toMatchObject({ code: 'ERR_KMS_CALL' });
    expect(failure.message).toContain('alias/none failed: NotFoundException');
    expect(failure.error.cause).toMatchObject({ name: 'NotFoundException' });
  });

  it.each(['refused', 'reset', 'reset mid-body', 'unavailable', 'throttled', 'stall', 'truncated'] as const)(
    'fails with a code when the answer is %s, and works when it is not',
    async (fault) => {
      const { keyId } = await makeKey('ECC_NIST_P256');
      const source = kmsKey({ keyId, keyPairId: KEY_PAIR_ID, config: config(), timeoutSeconds: 1 });
      const signer = signerOver(source, { reuse: '5m' });
      await wire.set(fault);
      expect((await failureOf(() => signer.signUrl('/a.mp4'))).code).toBe('ERR_KMS_CALL');
      await wire.set('none');
      await source.get();
      await wire.set(fault);
      expect((await failureOf(() => signer.signUrl('/a.mp4'))).code).toBe('ERR_KMS_CALL');
      await wire.set('none');
      expect((await signer.signUrl('/a.mp4')).url).toContain('Signature=');
    },
  );

  it('ends the call under way when its signal fires', async () => {
    const { keyId } = await makeKey('ECC_NIST_P256');
    const shutdown = new AbortController();
    const source = kmsKey({ keyId, keyPairId: KEY_PAIR_ID, config: config(), signal: shutdown.signal });
    await wire.set('stall');
    const waiting = failureOf(() => source.get());
    await expect.poll(() => wire.requests).toBe(1);
    shutdown.abort();
    expect(await waiting).toMatchObject({ code: 'ERR_KMS_CALL', error: { cause: { name: 'AbortError' } } });
  });

  it.each([
    ['no key id', { keyPairId: KEY_PAIR_ID }, 'ERR_ARGUMENT_TYPE'],
    ['an empty key pair id', { keyId: 'x', keyPairId: '' }, 'ERR_KEY_PAIR_ID'],
    [
      'a hash it does not choose',
      { keyId: 'x', keyPairId: 'K', hashAlgorithm: 'SHA1' },
      'ERR_ARGUMENT_UNKNOWN',
    ],
    [
      'a client with a configuration',
      { keyId: 'x', keyPairId: 'K', client: {}, config: {} },
      'ERR_ARGUMENT_CONFLICT',
    ],
    ['an invalid signal', { keyId: 'x', keyPairId: 'K', signal: {} }, 'ERR_ARGUMENT_TYPE'],
  ])('refuses %s', async (_, options, code) => {
    expect((await failureOf(() => kmsKey(options as never))).code).toBe(code);
  });

  it('shows no credentials when the source, its key or the signer is printed', async () => {
    const { keyId } = await makeKey('ECC_NIST_P256');
    const secretAccessKey = 'not-to-be-printed-0123456789';
    const source = kmsKey({
      keyId,
      keyPairId: KEY_PAIR_ID,
      config: { ...config(), credentials: { accessKeyId: 'test', secretAccessKey } },
    });
    for (const value of [source, await source.get(), signerOver(source)]) {
      const shown = inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true });
      expect(`${shown} ${JSON.stringify(value)}`).not.toContain(secretAccessKey);
    }
  });
});
