import { describe, expect, it } from 'vitest';
import {
  longestInputSeconds,
  parseSettings,
  type StreamGroup,
  UnsupportedSettingError,
} from '../../../local/transcoder/supported-settings.ts';
import { type WireSettings, wireSettings } from './settings.ts';

function spoiled(spoil: (settings: WireSettings) => void): WireSettings {
  const settings = wireSettings();
  spoil(settings);
  return settings;
}

const h264 = (settings: WireSettings) =>
  settings.outputGroups[0].outputs[0].videoDescription.codecSettings.h264Settings;

const preprocessors = (settings: WireSettings, group = 0) =>
  settings.outputGroups[group].outputs[0].videoDescription.videoPreprocessors;

const cmaf = (spoil: (settings: WireSettings) => void = () => undefined) => {
  const settings = wireSettings({ packaging: 'cmaf', iFramePlaylists: true });
  spoil(settings);
  return settings;
};

describe('job settings', () => {
  it("of the infrastructure's builder are accepted, with MediaConvert's defaults filled in", () => {
    const settings = parseSettings(wireSettings());
    expect(settings.input.videoSelector?.rotate).toBe('AUTO');
    expect(settings.outputGroups.map((group) => group.outputs.length)).toEqual([2, 1]);
    expect(settings.outputGroups[0]?.outputs[0]).toMatchObject({
      videoDescription: { codecSettings: { h264Settings: { codecProfile: 'HIGH' } } },
    });
  });

  it("have MediaConvert's defaults where they say nothing of profile, deinterlacer and colours", () => {
    const settings = parseSettings(
      spoiled((s) => {
        delete h264(s).codecProfile;
        s.outputGroups[0].outputs[0].videoDescription.videoPreprocessors = {
          deinterlacer: {},
          colorCorrector: {},
        };
      }),
    );
    expect(settings.outputGroups[0]?.outputs[0]).toMatchObject({
      videoDescription: {
        videoPreprocessors: {
          deinterlacer: { mode: 'DEINTERLACE', control: 'NORMAL' },
          colorCorrector: { colorSpaceConversion: 'NONE' },
        },
        codecSettings: { h264Settings: { codecProfile: 'MAIN' } },
      },
    });
  });

  it.each<[string, (settings: WireSettings) => void, string]>([
    [
      'an unknown setting',
      (s) => (h264(s).adaptiveQuantization = 'HIGH'),
      'outputGroups[0].outputs[0].videoDescription.codecSettings.h264Settings.adaptiveQuantization: not supported by the local transcoder',
    ],
    [
      'another codec',
      (s) => (s.outputGroups[0].outputs[0].videoDescription.codecSettings.codec = 'H_265'),
      'outputGroups[0].outputs[0].videoDescription.codecSettings.codec: ',
    ],
    ...[
      [4098, 2160],
      [2160, 4098],
      [4096, 2162],
      [3000, 2200],
      [5120, 2160],
    ].map(([width, height]): [string, (settings: WireSettings) => void, string] => [
      `a picture of ${width}x${height}, which is above the most of AVC`,
      (s) => Object.assign(s.outputGroups[0].outputs[0].videoDescription, { width, height }),
      'outputGroups[0].outputs[0].videoDescription: expected a picture of at most 4096x2160 or 2160x4096',
    ]),
    ...[0, 1].map((group): [string, (settings: WireSettings) => void, string] => [
      `a conversion to HDR, in group ${group}`,
      (s) => (preprocessors(s, group).colorCorrector.colorSpaceConversion = 'FORCE_HDR10'),
      'videoPreprocessors.colorCorrector.colorSpaceConversion: ',
    ]),
    [
      'a hue',
      (s) => (preprocessors(s).colorCorrector.hue = 90),
      'videoPreprocessors.colorCorrector.hue: not supported by the local transcoder',
    ],
    [
      'inverse telecine',
      (s) => (preprocessors(s).deinterlacer.mode = 'INVERSE_TELECINE'),
      'videoPreprocessors.deinterlacer.mode: ',
    ],
    [
      'blended fields',
      (s) => (preprocessors(s).deinterlacer.algorithm = 'BLEND'),
      'videoPreprocessors.deinterlacer.algorithm: ',
    ],
    [
      'a watermark',
      (s) => (preprocessors(s).imageInserter = {}),
      'videoPreprocessors.imageInserter: not supported by the local transcoder',
    ],
    ...[
      { framerateControl: 'SPECIFIED' },
      { framerateControl: 'SPECIFIED', framerateNumerator: 30 },
      { framerateControl: 'SPECIFIED', framerateNumerator: 240, framerateDenominator: 1 },
      { framerateControl: 'SPECIFIED', framerateNumerator: 1, framerateDenominator: 2 },
      { framerateControl: 'INITIALIZE_FROM_SOURCE', framerateNumerator: 30, framerateDenominator: 1 },
    ].map((rate): [string, (settings: WireSettings) => void, string] => [
      `the rate ${JSON.stringify(rate)}`,
      (s) => Object.assign(h264(s), rate),
      'h264Settings: framerateControl: expected SPECIFIED with',
    ]),
    ['another rate control', (s) => (h264(s).rateControlMode = 'CBR'), 'h264Settings.rateControlMode: '],
    [
      'another kind of group',
      (s) => (s.outputGroups[0].outputGroupSettings.type = 'DASH_ISO_GROUP_SETTINGS'),
      'outputGroups[0].outputGroupSettings.type: ',
    ],
    [
      'encryption',
      (s) => (s.outputGroups[0].outputGroupSettings.hlsGroupSettings.encryption = {}),
      'hlsGroupSettings.encryption.type: Invalid input: expected "STATIC_KEY"',
    ],
    ['a second input', (s) => s.inputs.push(s.inputs[0]), 'inputs: '],
    ['clipping', (s) => (s.inputs[0].inputClippings = []), 'inputs[0].inputClippings: not supported'],
    [
      'a turn by hand',
      (s) => (s.inputs[0].videoSelector.rotate = 'DEGREES_90'),
      'inputs[0].videoSelector.rotate: ',
    ],
    [
      'a destination without base name',
      (s) => (s.outputGroups[0].outputGroupSettings.hlsGroupSettings.destination = 's3://hls/books/42/'),
      'hlsGroupSettings.destination: expected s3://<bucket>/<key> with a base name',
    ],
    [
      'a format identifier in a name',
      (s) => (s.outputGroups[0].outputs[0].nameModifier = '_$w$'),
      'outputs[0].nameModifier: expected up to 256 characters without',
    ],
    [
      'a name that ends one file of a list and starts another',
      (s) => (s.outputGroups[0].outputs[0].nameModifier = '_a|b'),
      'outputs[0].nameModifier: expected up to 256 characters without',
    ],
    [
      'a destination that ends the URI of a playlist',
      (s) =>
        (s.outputGroups[0].outputGroupSettings.hlsGroupSettings.destination = 's3://hls/books/42/i"\n#EXT'),
      'hlsGroupSettings.destination: expected s3://<bucket>/<key> with a base name',
    ],
    ['a missing bit rate', (s) => delete h264(s).maxBitrate, 'h264Settings.maxBitrate: '],
    ['a missing input', (s) => delete s.inputs[0].fileInput, 'inputs[0].fileInput: '],
    [
      'queue settings that are not job settings',
      (s) => (s.adAvailOffset = 1),
      'adAvailOffset: not supported',
    ],
  ])('are refused by path for %s', (_, spoil, complaint) => {
    expect(() => parseSettings(spoiled(spoil))).toThrow(complaint);
  });

  it.each([
    [4096, 2160],
    [2160, 4096],
  ])('take the most of AVC, %dx%d', (width, height) => {
    const settings = spoiled((s) =>
      Object.assign(s.outputGroups[0].outputs[0].videoDescription, { width, height }),
    );
    expect(parseSettings(settings).outputGroups[0]?.outputs[0]).toMatchObject({
      videoDescription: { width, height },
    });
  });

  it('of a CMAF group are accepted, one track an output', () => {
    const [group] = parseSettings(cmaf()).outputGroups;
    expect(group).toMatchObject({ packaging: 'CMAF', segmentLength: 6 });
    expect(group?.outputs.map((output) => 'playlist' in output && output.playlist)).toEqual([
      { audioRenditionSets: 'audio', iFrameOnlyManifest: 'INCLUDE' },
      { audioRenditionSets: 'audio', iFrameOnlyManifest: 'INCLUDE' },
      { audioGroupId: 'audio', audioTrackType: 'ALTERNATE_AUDIO_AUTO_SELECT_DEFAULT' },
    ]);
  });

  it.each<[string, (settings: WireSettings) => void, string]>([
    [
      'a DASH manifest',
      (s) => delete s.outputGroups[0].outputGroupSettings.cmafGroupSettings.writeDashManifest,
      'outputGroups[0].outputGroupSettings.cmafGroupSettings.writeDashManifest: ',
    ],
    [
      'sound and picture in one output of CMAF',
      (s) =>
        (s.outputGroups[0].outputs[0].audioDescriptions = s.outputGroups[0].outputs[2].audioDescriptions),
      'outputGroups[0].outputs[0].audioDescriptions: not supported',
    ],
    [
      'an audio group that is not there',
      (s) => s.outputGroups[0].outputs.pop(),
      'outputGroups[0].outputs[0].audioRenditionSets: expected one of the group\'s audio groups (none), got "audio"',
    ],
    [
      'an audio-only variant',
      (s) =>
        (s.outputGroups[0].outputs[2].containerSettings.cmfcSettings.audioTrackType =
          'AUDIO_ONLY_VARIANT_STREAM'),
      'outputGroups[0].outputs[2].containerSettings.cmfcSettings.audioTrackType: ',
    ],
  ])('are refused by path for %s', (_, spoil, complaint) => {
    expect(() => parseSettings(cmaf(spoil))).toThrow(complaint);
  });

  describe.each(['hls-ts', 'cmaf'] as const)('with captions in %s', (packaging) => {
    const track = { languageCode: 'ENG', label: 'English', input: 's3://masters/en.srt' } as const;
    const inside = { languageCode: 'ENG', label: 'English', channel: 1 } as const;
    const withCaptions = () => wireSettings({ packaging, captions: [track] });
    const selectorOf = (s: WireSettings) => s.inputs[0].captionSelectors['Caption Selector 1'];
    const outputOf = (s: WireSettings) => s.outputGroups[0].outputs.at(-1);

    it('are accepted, apart from the outputs with a picture or sound', () => {
      const [group] = parseSettings(withCaptions()).outputGroups;
      const { captions, outputs } = group as StreamGroup;
      expect(captions).toMatchObject([
        { nameModifier: '_captions_eng', description: { languageDescription: 'English' } },
      ]);
      expect(outputs.every((output) => !('captionDescriptions' in output))).toBe(true);
    });

    it.each<[string, (settings: WireSettings) => void, RegExp]>([
      [
        'captions inside the master',
        (s) => Object.assign(s, wireSettings({ packaging, captions: [inside] })),
        /^inputs\[0\]\.captionSelectors\.Caption Selector 1\.sourceSettings\.sourceType: /,
      ],
      [
        'a binary file',
        (s) => (selectorOf(s).sourceSettings.sourceType = 'SCC'),
        /^inputs\[0\]\.captionSelectors\.Caption Selector 1\.sourceSettings\.sourceType: /,
      ],
      [
        'a shift of their times',
        (s) => (selectorOf(s).sourceSettings.fileSourceSettings.timeDelta = 1),
        /^inputs\[0\]\.captionSelectors\.Caption Selector 1\.sourceSettings\.fileSourceSettings\.timeDelta: not/,
      ],
      [
        'another format of the output',
        (s) => (outputOf(s).captionDescriptions[0].destinationSettings.destinationType = 'IMSC'),
        /^outputGroups\[0\]\.outputs\[\d\]\.captionDescriptions\[0\]\.destinationSettings\.destinationType: /,
      ],
      [
        'a name that ends the attribute of a playlist',
        (s) => (outputOf(s).captionDescriptions[0].languageDescription = 'English",URI="x'),
        /\.captionDescriptions\[0\]\.languageDescription: expected text without quotes/,
      ],
      [
        'a selector that the input does not have',
        (s) => (outputOf(s).captionDescriptions[0].captionSelectorName = 'constructor'),
        /\]\.captionDescriptions\[0\]\.captionSelectorName: expected one of the input's caption selectors \(Caption Selector 1\), got "constructor"$/,
      ],
    ])('are refused by path for %s', (_, spoil, complaint) => {
      const settings = withCaptions();
      spoil(settings);
      expect(() => parseSettings(settings)).toThrow(complaint);
    });

    it('are refused by path in the output of a picture', () => {
      const settings = withCaptions();
      const [picture] = settings.outputGroups[0].outputs;
      picture.captionDescriptions = outputOf(settings).captionDescriptions;
      expect(() => parseSettings(settings)).toThrow(
        'outputGroups[0].outputs[0].captionDescriptions: not supported by the local transcoder',
      );
    });
  });

  it('are refused by path for sound in raw AAC, which ffmpeg cannot mark with its time', () => {
    const settings = wireSettings({ audio: 'group' });
    delete settings.outputGroups[0].outputs[2].outputSettings.hlsSettings.audioOnlyContainer;
    expect(() => parseSettings(settings)).toThrow(
      'outputGroups[0].outputs[2].outputSettings.hlsSettings.audioOnlyContainer: ',
    );
  });

  it('are refused with every complaint at once', () => {
    const settings = spoiled((s) => {
      s.esam = {};
      s.outputGroups[1].outputs[0].preset = 'x';
    });
    expect(() => parseSettings(settings)).toThrow(UnsupportedSettingError);
    expect(() => parseSettings(settings)).toThrow(/esam: .*; outputGroups\[1\]\.outputs\[0\]\.preset: /);
  });

  it.each([null, 'settings', {}, { inputs: [] }])('are refused when they are %j', (settings) => {
    expect(() => parseSettings(settings)).toThrow(UnsupportedSettingError);
  });
});

describe('the longest input', () => {
  it('is what the job’s metadata says, and MediaConvert’s day where it says nothing', () => {
    expect(longestInputSeconds({ book_id: '42', longest_master_seconds: '14400' })).toBe(14_400);
    expect(longestInputSeconds({ longest_master_seconds: '86400' })).toBe(86_400);
    expect(longestInputSeconds({ book_id: '42' })).toBe(86_400);
    expect(longestInputSeconds()).toBe(86_400);
  });

  it.each(['0', '86401', '999999', '-1', '1.5', '1e3', '0x10', ' 60', '', 'Infinity', 'for ever'])(
    'is refused as %j, by its path',
    (bound) => {
      expect(() => longestInputSeconds({ longest_master_seconds: bound })).toThrow(
        new UnsupportedSettingError(
          `userMetadata.longest_master_seconds: expected whole seconds from 1 to 86400, got ${JSON.stringify(bound)}`,
        ),
      );
    },
  );
});
