/** AES-128 with one content key for a title: what every HLS player decrypts, without a DRM system. */
import { types } from 'node:util';
import type { HlsEncryptionSettings } from '@aws-sdk/client-mediaconvert';
import { refuse } from '../refuse.ts';

/**
 * The content key, and where players get it. The key is a part of the job, so on AWS all that may read jobs may read keys,
 * and the result of `createJobInput` is a secret: give it to MediaConvert, and to no log or file.
 */
export interface HlsEncryption {
  /** 16 random bytes, made for this version of this title. */
  readonly key: Uint8Array;
  /** On your server: `https://api.example.com/api/video-keys/42?v=1`. It is written into every playlist; no token in it. */
  readonly keyUrl: string;
}

const KEY_BYTES = 16;
/** What can be in a quoted attribute of a playlist, and is read in one way only. */
const KEY_URL =
  /^(?:https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?|http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?)\/[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]{0,1900}$/;

/** @throws TypeError that names the option; a key is never repeated in it */
export function requireEncryption(encryption: HlsEncryption | undefined, packaging: 'hls-ts' | 'cmaf'): void {
  if (encryption === undefined) return;
  if (packaging === 'cmaf') {
    const wanted = [
      'absent with ',
      { option: 'packaging', value: 'cmaf' },
      ', which MediaConvert encrypts for DRM systems only',
    ];
    refuse('encryption', wanted, 'a content key');
  }
  if (typeof encryption !== 'object' || encryption === null) {
    refuse('encryption', '{ key, keyUrl }', typeof encryption);
  }
  const { key, keyUrl } = encryption;
  if (!types.isUint8Array(key) || key.length !== KEY_BYTES) {
    const got = types.isUint8Array(key) ? `${key.length} bytes` : typeof key;
    refuse(['encryption', 'key'], `a Uint8Array of ${KEY_BYTES} bytes`, got);
  }
  if (typeof keyUrl !== 'string' || !KEY_URL.test(keyUrl)) {
    refuse(['encryption', 'keyUrl'], 'a whole https address in ASCII, without a fragment', keyUrl);
  }
}

/**
 * No `ConstantInitializationVector`: without one the vector follows the segment number, so no two segments of a playlist
 * begin with the same blocks. Each is written into the playlist, since players differ in what they make of its absence.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-hlsencryptionsettings
 */
export function hlsEncryption({ key, keyUrl }: HlsEncryption): HlsEncryptionSettings {
  return {
    Type: 'STATIC_KEY',
    EncryptionMethod: 'AES128',
    InitializationVectorInManifest: 'INCLUDE',
    StaticKeyProvider: {
      KeyFormat: 'identity',
      StaticKeyValue: Buffer.from(key).toString('hex'),
      Url: keyUrl,
    },
  };
}
