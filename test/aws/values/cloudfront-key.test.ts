import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isCloudFrontKey, parsePublicKey } from '../../../aws/values/cloudfront-key.ts';

describe('CloudFront takes RSA 2048 and P-256 alone', () => {
  it.each([
    ['RSA 2048', true, () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['P-256', true, () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RSA 1024', false, () => generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['RSA 3072', false, () => generateKeyPairSync('rsa', { modulusLength: 3072 })],
    ['RSA-PSS 2048', false, () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 })],
    ['P-384', false, () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['secp256k1', false, () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['Ed25519', false, () => generateKeyPairSync('ed25519')],
  ])('%s: %s', (_, isTaken, generate) => {
    const { privateKey, publicKey } = generate();
    const key = parsePublicKey(pemOf(publicKey));

    expect(key?.type).toBe('public');
    expect(key && isCloudFrontKey(key)).toBe(isTaken);
    expect(isCloudFrontKey(privateKey)).toBe(isTaken);
  });

  it('and no public key is taken out of a private one, as Node would', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

    expect(parsePublicKey(pemOf(privateKey))).toBeNull();
    expect(parsePublicKey(`${pemOf(publicKey)}${pemOf(privateKey)}`)).toBeNull();
  });

  it('and there is none in another text', () => {
    for (const text of ['', 'x', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n']) {
      expect(parsePublicKey(text)).toBeNull();
    }
  });
});

function pemOf(key: KeyObject): string {
  return key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
}
