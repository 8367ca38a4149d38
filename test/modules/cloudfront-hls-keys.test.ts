import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { TerraformVariable } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  type GenerationPublicKey,
  keyFingerprint,
  TrustedKeyGroup,
} from '../../modules/cloudfront_hls/index.ts';
import { only, synthesizedModule } from './synth.ts';

const pem = newPem();

describe('TrustedKeyGroup', () => {
  it('names a key by generation and fingerprint, addresses it by generation, and creates before it destroys', () => {
    const json = group({ '2026-11-a': pem });
    expect(json.resource.aws_cloudfront_public_key?.['generation_2026-11-a']).toMatchObject({
      name: `storytime-test-2026-11-a-${keyFingerprint(pem).slice(0, 12)}`,
      encoded_key: pem,
      lifecycle: { create_before_destroy: true },
    });
  });

  it('names a pair that KMS makes by its generation alone, since an apply is the first to see it', () => {
    const json = synthesizedModule((scope) => {
      const kmsPublicKeyPem = new TerraformVariable(scope, 'pem', {}).stringValue;
      new TrustedKeyGroup(scope, 'viewers', {
        name: 'storytime-test',
        generations: { '2026-11-a': pem, '2026-12-a': { kmsPublicKeyPem } },
      });
    });
    const made = json.resource.aws_cloudfront_public_key ?? {};
    expect(made['generation_2026-12-a']).toMatchObject({
      name: 'storytime-test-2026-12-a',
      encoded_key: `\${var.pem}`,
      lifecycle: { create_before_destroy: true },
    });
    expect(only(json, 'aws_cloudfront_key_group').items).toHaveLength(2);
  });

  it('takes a reference as a PEM too, without a fingerprint', () => {
    const json = synthesizedModule((scope) => {
      const token = new TerraformVariable(scope, 'pem', {}).stringValue;
      new TrustedKeyGroup(scope, 'viewers', { name: 'storytime-test', generations: { '2026-11-a': token } });
    });
    expect(only(json, 'aws_cloudfront_public_key')).toMatchObject({
      name: 'storytime-test-2026-11-a',
      encoded_key: `\${var.pem}`,
    });
  });

  it('lists keys by generation, whatever the order they were read in', () => {
    const items = only(group({ '2026-12-a': newPem(), '2026-11-a': pem }), 'aws_cloudfront_key_group').items;
    expect(items).toEqual(
      ['2026-11-a', '2026-12-a'].map((g) => `\${aws_cloudfront_public_key.generation_${g}.id}`),
    );
  });

  it('holds RSA 2048 and ECDSA P-256, up to five', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rsa = spki(publicKey);
    const json = group({ a: rsa, b: pem, c: newPem(), d: newPem(), e: newPem() });
    expect(only(json, 'aws_cloudfront_key_group').items).toHaveLength(5);
  });

  it('throws without a generation, and for a sixth', () => {
    expect(() => group({})).toThrow(expect.objectContaining({ option: 'generations' }));
    const six = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((generation) => [generation, pem]));
    expect(() => group(six)).toThrow(expect.objectContaining({ option: 'generations' }));
  });

  it('throws for a generation or a prefix that cannot be part of a name', () => {
    expect(() => group({ 'a b': pem })).toThrow(
      '"generations": expected names of letters, digits and dashes',
    );
    expect(() =>
      synthesizedModule((scope) => new TrustedKeyGroup(scope, 'v', { name: 'a/b', generations: { a: pem } })),
    ).toThrow('"name": expected 1 to 48 letters');
  });

  it.each<[what: string, text: string, message: string]>([
    ['without its newline', pem.trimEnd(), 'one trailing newline, got another form of it'],
    ['with two newlines', `${pem}\n`, 'one trailing newline, got another form of it'],
    ['with CRLF', pem.replaceAll('\n', '\r\n'), 'one trailing newline, got another form of it'],
    ['a P-384 key', newPem('P-384'), 'of RSA 2048 or ECDSA P-256, got another text'],
    ['no PEM', 'ssh-ed25519 AAAA', 'of RSA 2048 or ECDSA P-256, got another text'],
    ['a private key', privatePem(), 'of RSA 2048 or ECDSA P-256, got another text'],
  ])('throws for %s, without showing it', (_what, text, message) => {
    let thrown: unknown;
    try {
      group({ '2026-11-a': text });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect(String(thrown)).toContain('"generations.2026-11-a": expected a PEM "PUBLIC KEY"');
    expect(String(thrown)).toContain(message);
    for (const line of text.split(/\r?\n/).filter((one) => one !== '')) {
      expect(String(thrown)).not.toContain(line);
    }
  });

  it('throws for the id of a generation that it does not trust', () => {
    synthesizedModule((scope) => {
      const viewers = new TrustedKeyGroup(scope, 'viewers', { name: 'x', generations: { '2026-11-a': pem } });
      expect(() => viewers.publicKeyId('2027-01-a')).toThrow(
        'no public key for generation "2027-01-a", only 2026-11-a',
      );
    });
  });
});

describe('keyFingerprint', () => {
  it('is the SHA-256 of the DER, however the PEM is wrapped', () => {
    const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
    expect(keyFingerprint(pem)).toBe(createHash('sha256').update(der).digest('hex'));
    expect(keyFingerprint(pem.replaceAll('\n', '\r\n'))).toBe(keyFingerprint(pem));
  });
});

function group(generations: Readonly<Record<string, GenerationPublicKey>>) {
  return synthesizedModule(
    (scope) => new TrustedKeyGroup(scope, 'viewers', { name: 'storytime-test', generations }),
  );
}

function newPem(namedCurve = 'P-256'): string {
  return spki(generateKeyPairSync('ec', { namedCurve }).publicKey);
}

function privatePem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  // Node derives the public key from the private key, which is why the module compares.
  expect(createPublicKey(text).asymmetricKeyType).toBe('ec');
  return text;
}

function spki(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
