import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { local } from '../../../envs/local.ts';
import { canonicalJson, settingsHash } from '../../../ops/library/settings-hash.ts';

/** Written out, so that the golden value depends on no environment of this repository. */
const config: EnvironmentConfig = {
  ...local,
  ladder: [
    { shortSidePixels: 360, maxBitrateBps: 365_000 },
    { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
  ],
  segmentSeconds: 6,
  packaging: 'hls-ts',
  audio: 'muxed',
  iFramePlaylists: false,
  jobPriority: 0,
  jobHop: null,
};
const ENGLISH = { languageCode: 'ENG', label: 'English', sha256: 'a'.repeat(64) };
const GERMAN = { languageCode: 'DEU', label: 'Deutsch', sha256: 'b'.repeat(64) };
const hash = settingsHash(config, [ENGLISH]);

describe('the settings hash', () => {
  it('is another where the title is encrypted, whatever its key is', () => {
    expect(settingsHash(config, [ENGLISH], { encrypted: true })).not.toBe(hash);
    expect(settingsHash(config, [ENGLISH], { encrypted: false })).toBe(hash);
  });

  it('stays what it was: another value encodes every master again that is sent again', () => {
    expect(settingsHash(config, [])).toBe('190bffb4119af7e0c393fdfe3b4c0a140e2aa6f336005cc78c8e0e515c8d0975');
    expect(hash).toBe('8f166dbec67741522e50a03a0caa1f4402cde9a7c238e113999d6a3358a3daae');
  });

  it.each<[string, Partial<EnvironmentConfig>]>([
    ['the ladder', { ladder: [{ shortSidePixels: 360, maxBitrateBps: 365_000 }] }],
    [
      'a bit rate',
      { ladder: config.ladder.map((rung) => ({ ...rung, maxBitrateBps: rung.maxBitrateBps + 1 })) },
    ],
    ['the packaging', { packaging: 'cmaf' }],
    ['the audio', { audio: 'group' }],
    ['the segments', { segmentSeconds: 4 }],
    ['the I-frames', { iFramePlaylists: true }],
  ])('is another one with %s', (_, change) => {
    expect(settingsHash({ ...config, ...change }, [ENGLISH])).not.toBe(hash);
  });

  it.each([
    ['no captions', []],
    ['other captions', [{ ...ENGLISH, sha256: 'c'.repeat(64) }]],
    ['another language', [{ ...ENGLISH, languageCode: 'DEU' }]],
    ['another label', [{ ...ENGLISH, label: 'English (SDH)' }]],
    ['more captions', [ENGLISH, GERMAN]],
  ])('is another one with %s', (_, captions) => {
    expect(settingsHash(config, captions)).not.toBe(hash);
  });

  it('is the same for what does not decide the output', () => {
    const elsewhere: EnvironmentConfig = {
      ...config,
      ladder: [...config.ladder].reverse(),
      jobPriority: 5,
      jobHop: { queueArn: 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/q', afterMinutes: 5 },
      tags: { owner: 'someone' },
      longestMasterSeconds: 60,
      uploadKeyPrefix: 'in/',
      pathPrefix: 'videos',
    };
    const local_ = { ...ENGLISH, path: '/tmp/en.vtt', extension: 'vtt' };

    expect(settingsHash(elsewhere, [local_])).toBe(hash);
  });

  it('is made of JSON whose names are in order, whatever order they were written in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const shuffled = (part: unknown): unknown => {
          if (Array.isArray(part)) return part.map(shuffled);
          if (typeof part !== 'object' || part === null) return part;
          return Object.fromEntries(
            Object.entries(part)
              .reverse()
              .map(([name, child]) => [name, shuffled(child)]),
          );
        };
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: [{ z: 1, a: undefined }], a: 'x' })).toBe('{"a":"x","b":[{"z":1}]}');
  });
});
