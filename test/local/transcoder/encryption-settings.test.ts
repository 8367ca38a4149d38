import { describe, expect, it } from 'vitest';
import { parseSettings, UnsupportedSettingError } from '../../../local/transcoder/supported-settings.ts';
import { type WireSettings, wireSettings } from './settings.ts';

const KEY = Buffer.from('dummy key, 16 b.');
const keyUrl = 'https://api.example.com/api/video-keys/42?v=1';
const encrypted = () => wireSettings({ encryption: { key: KEY, keyUrl } });
const encryptionOf = (settings: WireSettings) =>
  settings.outputGroups[0].outputGroupSettings.hlsGroupSettings.encryption;

describe('encryption in job settings', () => {
  it('of the job builder is carried out', () => {
    const [hls] = parseSettings(encrypted()).outputGroups;
    expect(hls).toMatchObject({ encryption: { key: KEY, keyUrl } });
    expect(parseSettings(wireSettings()).outputGroups[0]).toMatchObject({ encryption: null });
  });

  it.each<[string, (encryption: WireSettings) => void, string]>([
    ['SAMPLE-AES', (e) => (e.encryptionMethod = 'SAMPLE_AES'), 'encryption.encryptionMethod'],
    [
      'one vector for all',
      (e) => (e.constantInitializationVector = '0'.repeat(32)),
      'encryption.constantInitializationVector: not supported',
    ],
    [
      'a vector left out of playlists',
      (e) => (e.initializationVectorInManifest = 'EXCLUDE'),
      'encryption.initializationVectorInManifest',
    ],
    ['a DRM system', (e) => (e.type = 'SPEKE'), 'encryption.type'],
    [
      'another key format',
      (e) => (e.staticKeyProvider.keyFormat = 'com.apple.streamingkeydelivery'),
      'staticKeyProvider.keyFormat',
    ],
    [
      'an address with a quote',
      (e) => (e.staticKeyProvider.url = 'https://a/"'),
      'staticKeyProvider.url: expected an http or https address',
    ],
    [
      'a key that is too long',
      (e) => (e.staticKeyProvider.staticKeyValue += '00'),
      'staticKeyValue: expected 32 hexadecimal digits',
    ],
    [
      'no key',
      (e) => Reflect.deleteProperty(e.staticKeyProvider, 'staticKeyValue'),
      'staticKeyProvider.staticKeyValue',
    ],
  ])('is refused by its path with %s, and no key is repeated', (_, change, message) => {
    const settings = encrypted();
    change(encryptionOf(settings));
    const parse = () => parseSettings(settings);
    expect(parse).toThrow(UnsupportedSettingError);
    expect(parse).toThrow(
      `outputGroups[0].outputGroupSettings.hlsGroupSettings.${message.startsWith('encryption') ? '' : 'encryption.'}`,
    );
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(KEY.toString('hex'));
  });
});
