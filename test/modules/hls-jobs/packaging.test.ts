import type { Output } from '@aws-sdk/client-mediaconvert';
import { describe, expect, it } from 'vitest';
import {
  type HlsJobOptions,
  hlsJobSettings,
  hlsTemplateSettings,
} from '../../../modules/mediaconvert/hls-jobs/src/index.ts';

const job: HlsJobOptions = {
  input: 's3://masters/uploads/42.mp4',
  destination: 's3://outputs/books/42/index',
  ladder: [{ shortSidePixels: 360, maxBitrateBps: 365_000 }],
  segmentSeconds: 6,
};
const silent = { width: 1280, height: 720, hasAudio: false };

function outputs(options: Partial<HlsJobOptions>): Output[] {
  return hlsJobSettings({ ...job, ...options }).OutputGroups?.[0]?.Outputs ?? [];
}

describe('an audio group in TS', () => {
  it('takes the sound out of the renditions, which name the group', () => {
    const [rung] = outputs({ audio: 'group' });
    expect(rung).not.toHaveProperty('AudioDescriptions');
    expect(rung?.OutputSettings?.HlsSettings).toEqual({ AudioRenditionSets: 'audio' });
  });

  it('is a rendition of sound alone, in TS and played by default', () => {
    expect(outputs({ audio: 'group' })[1]).toMatchObject({
      NameModifier: '_audio',
      ContainerSettings: { Container: 'M3U8' },
      OutputSettings: {
        HlsSettings: {
          AudioGroupId: 'audio',
          AudioTrackType: 'ALTERNATE_AUDIO_AUTO_SELECT_DEFAULT',
          AudioOnlyContainer: 'M2TS',
        },
      },
      AudioDescriptions: [{ AudioSourceName: 'Audio Selector 1', StreamName: 'Audio' }],
    });
  });

  it('is not there for a silent source, and no rendition names it', () => {
    expect(outputs({ audio: 'group', source: silent })).toEqual(outputs({ source: silent }));
  });
});

describe('one track of several', () => {
  const audioTracks = [{ track: 2, languageCode: 'DEU', label: 'Deutsch' }] as const;

  it('is what is muxed, with its language', () => {
    const { Inputs, OutputGroups } = hlsJobSettings({ ...job, audioTracks });
    expect(Inputs?.[0]?.AudioSelectors).toEqual({
      'Audio Selector 1': { SelectorType: 'TRACK', Tracks: [2] },
    });
    expect(OutputGroups?.[0]?.Outputs?.map(({ AudioDescriptions }) => AudioDescriptions)).toMatchObject([
      [{ AudioSourceName: 'Audio Selector 1', LanguageCode: 'DEU', LanguageCodeControl: 'USE_CONFIGURED' }],
    ]);
  });

  it('is the only rendition of a group', () => {
    const made = outputs({ audio: 'group', audioTracks });
    expect(made.map(({ NameModifier }) => NameModifier)).toEqual(['_360p', '_audio_deu']);
  });

  it('is not there for a silent source', () => {
    expect(outputs({ audioTracks, source: silent })).toEqual(outputs({ source: silent }));
  });
});

describe('CMAF', () => {
  it('has a file for every track: pictures without sound, sound without a picture', () => {
    const made = outputs({ packaging: 'cmaf' });
    expect(made.map(({ NameModifier }) => NameModifier)).toEqual(['_360p', '_audio']);
    expect(made.map((output) => [!!output.VideoDescription, !!output.AudioDescriptions])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(made.map(({ ContainerSettings }) => ContainerSettings)).toEqual([
      { Container: 'CMFC', CmfcSettings: { AudioRenditionSets: 'audio' } },
      {
        Container: 'CMFC',
        CmfcSettings: { AudioGroupId: 'audio', AudioTrackType: 'ALTERNATE_AUDIO_AUTO_SELECT_DEFAULT' },
      },
    ]);
  });

  it('writes HLS playlists and no DASH manifest, in whole fragments', () => {
    const fragments = [6, 5, 1].map((segmentSeconds) => {
      const { OutputGroups } = hlsJobSettings({ ...job, packaging: 'cmaf', segmentSeconds });
      expect(OutputGroups?.[0]?.OutputGroupSettings).toMatchObject({
        Type: 'CMAF_GROUP_SETTINGS',
        CmafGroupSettings: {
          Destination: job.destination,
          SegmentLength: segmentSeconds,
          WriteHlsManifest: 'ENABLED',
          WriteDashManifest: 'DISABLED',
        },
      });
      return OutputGroups?.[0]?.OutputGroupSettings?.CmafGroupSettings?.FragmentLength;
    });
    expect(fragments).toEqual([2, 1, 1]);
  });

  it('encodes the picture as TS does', () => {
    expect(outputs({ packaging: 'cmaf' })[0]?.VideoDescription).toEqual(outputs({})[0]?.VideoDescription);
  });

  it('has no group where the source is silent', () => {
    expect(outputs({ packaging: 'cmaf', source: silent }).map((output) => output.ContainerSettings)).toEqual([
      { Container: 'CMFC', CmfcSettings: {} },
    ]);
  });
});

describe('I-frame playlists', () => {
  it('are made of every rendition, and of none by default', () => {
    const ts = (options: Partial<HlsJobOptions>) => outputs(options)[0]?.OutputSettings?.HlsSettings;
    expect(ts({})).toEqual({});
    expect(ts({ iFramePlaylists: true })).toEqual({ IFrameOnlyManifest: 'INCLUDE' });
    expect(
      outputs({ packaging: 'cmaf', iFramePlaylists: true }).map((output) => output.ContainerSettings),
    ).toMatchObject([{ CmfcSettings: { IFrameOnlyManifest: 'INCLUDE' } }, {}]);
  });
});

describe('captions', () => {
  const captions = [
    { languageCode: 'ENG', label: 'English', input: 's3://masters/42/en.srt' },
    { languageCode: 'ENG', label: 'English (SDH)', input: 's3://masters/42/en.sdh.WebVTT' },
    { languageCode: 'DEU', label: 'Deutsch', input: 's3://masters/42/de.dfxp' },
  ] as const;

  it('are read from their files, whose ending says what they are', () => {
    const { CaptionSelectors } = hlsJobSettings({ ...job, captions }).Inputs?.[0] ?? {};
    expect(
      Object.entries(CaptionSelectors ?? {}).map(([name, { SourceSettings: source }]) => [
        name,
        source?.SourceType,
        source?.FileSourceSettings?.SourceFile,
      ]),
    ).toEqual([
      ['Caption Selector 1', 'SRT', 's3://masters/42/en.srt'],
      ['Caption Selector 2', 'WEBVTT', 's3://masters/42/en.sdh.WebVTT'],
      ['Caption Selector 3', 'TTML', 's3://masters/42/de.dfxp'],
    ]);
  });

  it.each(['hls-ts', 'cmaf'] as const)(
    'become a WebVTT rendition each in %s, named by language',
    (packaging) => {
      const made = outputs({ packaging, captions }).filter((output) => output.CaptionDescriptions);
      expect(made.map(({ NameModifier }) => NameModifier)).toEqual([
        '_captions_eng',
        '_captions_eng_2',
        '_captions_deu',
      ]);
      expect(made[1]?.CaptionDescriptions).toEqual([
        {
          CaptionSelectorName: 'Caption Selector 2',
          LanguageCode: 'ENG',
          LanguageDescription: 'English (SDH)',
          DestinationSettings: {
            DestinationType: 'WEBVTT',
            WebvttDestinationSettings: { StylePassthrough: 'ENABLED' },
          },
        },
      ]);
    },
  );

  it('are a job’s own: a template has none', () => {
    const options = { ...job, captions };
    expect(JSON.stringify(hlsTemplateSettings(options))).not.toContain('Caption');
  });
});
