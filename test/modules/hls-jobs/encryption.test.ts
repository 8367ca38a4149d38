import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  type CreateJobOptions,
  createJobInput,
  type HlsEncryption,
  hlsTemplateSettings,
} from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { encrypted, smallest } from './fixtures.ts';

const KEY = Buffer.from('dummy key, 16 b.');
const { keyUrl } = encrypted.encryption as HlsEncryption;
const encryptedWith = (encryption: unknown, options: Partial<CreateJobOptions> = {}) =>
  createJobInput({ ...encrypted, ...options, encryption: encryption as HlsEncryption });

describe('a job that encrypts', () => {
  it('gives MediaConvert the key for HLS alone, and no vector that would be the same for every segment', () => {
    const [hls, ...others] = createJobInput(encrypted).Settings?.OutputGroups ?? [];
    expect(hls?.OutputGroupSettings?.HlsGroupSettings?.Encryption).toEqual({
      Type: 'STATIC_KEY',
      EncryptionMethod: 'AES128',
      InitializationVectorInManifest: 'INCLUDE',
      StaticKeyProvider: { KeyFormat: 'identity', StaticKeyValue: KEY.toString('hex'), Url: keyUrl },
    });
    expect(JSON.stringify(others)).not.toContain(KEY.toString('hex'));
  });

  it('differs in nothing else from one that does not', () => {
    const { encryption: _, ...clear } = encrypted;
    const withKey = createJobInput(encrypted);
    const group = withKey.Settings?.OutputGroups?.[0]?.OutputGroupSettings?.HlsGroupSettings;
    Reflect.deleteProperty(group ?? {}, 'Encryption');
    expect({ ...withKey, ClientRequestToken: '' }).toEqual({
      ...createJobInput(clear),
      ClientRequestToken: '',
    });
  });

  it('is another job with another key, by its token, which does not show the key', () => {
    const tokens = [KEY, Buffer.alloc(16, 7)].map((key) => encryptedWith({ key, keyUrl }).ClientRequestToken);
    expect(new Set(tokens).size).toBe(2);
    expect(tokens.join()).not.toContain(KEY.toString('hex'));
    expect(encryptedWith({ key: KEY, keyUrl }).ClientRequestToken).toBe(tokens[0]);
  });

  it('takes bytes of another realm, as a test runner has them', () => {
    const key = runInNewContext('new Uint8Array(16)') as Uint8Array;
    expect(key).not.toBeInstanceOf(Uint8Array);
    expect(() => encryptedWith({ key, keyUrl })).not.toThrow();
  });

  it('has no template: that would be stored in the console and in Terraform, and the key with it', () => {
    expect(() => hlsTemplateSettings({ ...encrypted } as never)).toThrow(
      '"encryption": expected absent: a template is stored, and the key with it, got "a content key"',
    );
  });

  it('is not made in CMAF, for the reason that the refusal says', () => {
    expect(() => createJobInput({ ...encrypted, packaging: 'cmaf' })).toThrow(
      '"encryption": expected absent with "packaging": "cmaf", which MediaConvert encrypts for DRM systems only, got "a content key"',
    );
  });
});

describe('a content key', () => {
  class Holder {
    readonly key = KEY;
    readonly keyUrl = keyUrl;
  }

  it.each([
    [
      '15 bytes',
      { key: KEY.subarray(1), keyUrl },
      '"encryption.key": expected a Uint8Array of 16 bytes, got "15 bytes"',
    ],
    [
      'its digits',
      { key: KEY.toString('hex'), keyUrl },
      '"encryption.key": expected a Uint8Array of 16 bytes, got "string"',
    ],
    [
      '16 other numbers',
      { key: new Uint16Array(KEY), keyUrl },
      'expected a Uint8Array of 16 bytes, got "object"',
    ],
    ['no object', KEY.toString('hex'), '"encryption": expected { key, keyUrl }, got "string"'],
    [
      'an instance of a class',
      new Holder(),
      '"encryption": expected a plain object; spread what it is into one',
    ],
  ])('is refused as %s, and not repeated', (_, encryption, message) => {
    const refusal = (() => {
      try {
        return encryptedWith(encryption);
      } catch (error) {
        return error as Error;
      }
    })();
    expect(refusal).toBeInstanceOf(TypeError);
    const said = `${(refusal as Error).message} ${JSON.stringify(refusal)}`;
    expect(said).toContain(message);
    for (const form of [KEY.toString('hex'), KEY.toString('latin1'), KEY.join(), KEY.subarray(1).join()]) {
      expect(said).not.toContain(form);
    }
    expect(said).not.toContain('"0":');
  });

  it.each([
    ['http', 'http://api.example.com/k'],
    ['a path', '/api/video-keys/42'],
    ['a quote', 'https://api.example.com/k"'],
    ['a line end', 'https://api.example.com/k\n'],
    ['a fragment', 'https://api.example.com/k#x'],
    ['a variable', 'https://api.example.com/k?t={$t}'],
    ['nothing', undefined],
  ])('has no address with %s', (_, address) => {
    expect(() => encryptedWith({ key: KEY, keyUrl: address })).toThrow(
      '"encryption.keyUrl": expected a whole https address in ASCII, without a fragment',
    );
  });

  it('may have an address on this machine', () => {
    const local = 'http://127.0.0.1:8080/api/video-keys/42?v=1';
    expect(JSON.stringify(encryptedWith({ key: KEY, keyUrl: local }))).toContain(local);
  });

  it('is no option of a job that does not encrypt', () => {
    expect(JSON.stringify(createJobInput(smallest))).not.toContain('Encryption');
  });
});
