import { describe, expect, it } from 'vitest';
import { createJobInput, spelled } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { everything, smallest, withAudioTracks, withCaptions } from './fixtures.ts';

describe('the spelling', () => {
  it('leaves the SDK’s and the CLI’s own as it is', () => {
    expect(spelled(createJobInput(everything), 'pascal')).toEqual(createJobInput(everything));
  });

  it('keeps keys that the caller chose, and every value', () => {
    const settings = {
      AudioSelectors: { 'Audio Selector 1': { DefaultSelection: 'DEFAULT' } },
      Tags: { CostCentre: 'A' },
    };
    expect(spelled(settings, 'rest')).toEqual({
      audioSelectors: { 'Audio Selector 1': { defaultSelection: 'DEFAULT' } },
      tags: { CostCentre: 'A' },
    });
    expect(spelled(settings, 'ruby')).toEqual({
      audio_selectors: { 'Audio Selector 1': { default_selection: 'DEFAULT' } },
      tags: { CostCentre: 'A' },
    });
  });

  it('knows how Ruby spells each name that has a digit or a single capital in it', () => {
    const inCmaf = { ...smallest, packaging: 'cmaf' as const };
    const irregular = [smallest, inCmaf, everything, withAudioTracks, withCaptions]
      .flatMap((options) => namesOf(createJobInput({ ...options, iFramePlaylists: true })))
      .filter((name) => /\d|[A-Z]{2}/.test(name));
    // As in aws-sdk-mediaconvert's client_api.rb. A new name here wants a look there.
    const ruby = {
      Ac3Settings: 'ac_3_settings',
      H264Settings: 'h264_settings',
      Source608ChannelNumber: 'source_608_channel_number',
      Source608TrackNumber: 'source_608_track_number',
      M3u8Settings: 'm3u_8_settings',
      IFrameOnlyManifest: 'i_frame_only_manifest',
    };
    expect([...new Set(irregular)].sort()).toEqual(Object.keys(ruby).sort());
    for (const [name, spelling] of Object.entries(ruby)) {
      expect(Object.keys(spelled({ [name]: 1 }, 'ruby') as object)).toEqual([spelling]);
    }
  });
});

/** Names of settings, without the keys of maps. */
function namesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    /Selectors$|^UserMetadata$|^Tags$/.test(name)
      ? [name, ...Object.values(child as object).flatMap(namesOf)]
      : [name, ...namesOf(child)],
  );
}
