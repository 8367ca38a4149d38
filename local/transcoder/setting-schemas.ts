/** Each setting that can be carried out, with the values that can; what stands nowhere here is refused. */
import { z } from 'zod';
import { ac3Settings } from './audio-tracks.ts';
import { captionDescription, captionSelector } from './captions/schemas.ts';
import { encryption } from './encryption-schema.ts';
import { audioNormalizationSettings } from './loudness.ts';
import { neutral } from './neutral-defaults.ts';
import { FRAME_RATE_EXPECTED, frameRateFields, hasFrameRate, videoPreprocessors } from './picture-schemas.ts';

const side = z.int().min(32).max(8192);
/**
 * `$` starts MediaConvert's format identifiers and `%` ffmpeg's; neither is carried out, so neither is let through.
 * `|` separates the files of ffmpeg's `concat:`, and a quote or a line break ends a URI of a playlist.
 */
const s3Base = z
  .string()
  .regex(
    /^s3:\/\/[^/]+\/([^$%]*\/)?[^/$%|"\p{Cc}]+$/u,
    'expected s3://<bucket>/<key> with a base name, without "$", "%", "|", quotes or control characters',
  );
const nameModifier = z
  .string()
  .regex(
    /^[^/$%|"\p{Cc}]{0,256}$/u,
    'expected up to 256 characters without "/", "$", "%", "|", quotes or control characters',
  );

/** @see https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers.html */
const AVC_LONG_SIDE = 4096;
const AVC_SHORT_SIDE = 2160;

const videoDescriptionFields = z.strictObject({
  width: side,
  height: side,
  scalingBehavior: z.enum(['DEFAULT', 'STRETCH_TO_OUTPUT']).default('DEFAULT'),
  ...neutral('videoDescription'),
  videoPreprocessors,
  codecSettings: z.strictObject({
    codec: z.literal('H_264'),
    h264Settings: z
      .strictObject({
        ...frameRateFields,
        ...neutral('h264Settings'),
        ...neutral('h264Encoder'),
        rateControlMode: z.literal('QVBR'),
        qvbrSettings: z.strictObject({ qvbrQualityLevel: z.int().min(1).max(10) }).optional(),
        maxBitrate: z.int().min(1000),
        codecProfile: z.enum(['BASELINE', 'MAIN', 'HIGH']).default('MAIN'),
        codecLevel: z.literal('AUTO').optional(),
        gopSizeUnits: z.literal('AUTO'),
        // MediaConvert's default follows the source, which is what is done without the setting.
        parControl: z.enum(['SPECIFIED', 'INITIALIZE_FROM_SOURCE']).optional(),
        parNumerator: z.literal(1).optional(),
        parDenominator: z.literal(1).optional(),
        // Known, and without effect on what a player can notice: how hard the encoder tries, where it adds I-frames.
        qualityTuningLevel: z.enum(['SINGLE_PASS', 'SINGLE_PASS_HQ', 'MULTI_PASS_HQ']).optional(),
        sceneChangeDetect: z.enum(['DISABLED', 'ENABLED', 'TRANSITION_DETECTION']).optional(),
      })
      .refine(hasFrameRate, FRAME_RATE_EXPECTED),
  }),
});
const videoDescription = videoDescriptionFields.refine(
  ({ width, height }) =>
    Math.max(width, height) <= AVC_LONG_SIDE && Math.min(width, height) <= AVC_SHORT_SIDE,
  `expected a picture of at most ${AVC_LONG_SIDE}x${AVC_SHORT_SIDE} or ${AVC_SHORT_SIDE}x${AVC_LONG_SIDE}, the largest that AVC allows`,
);

export const audioDescription = z.strictObject({
  audioSourceName: z.string(),
  ...neutral('audioDescription'),
  audioNormalizationSettings: audioNormalizationSettings.optional(),
  codecSettings: z.discriminatedUnion('codec', [
    z.strictObject({
      codec: z.literal('AAC'),
      aacSettings: z.strictObject({
        ...neutral('aacSettings'),
        bitrate: z.int().min(6000).max(1_024_000),
        codingMode: z.enum(['CODING_MODE_1_0', 'CODING_MODE_2_0']),
        sampleRate: z.union([z.literal(44_100), z.literal(48_000)]),
        codecProfile: z.literal('LC').optional(),
        rateControlMode: z.literal('CBR').optional(),
      }),
    }),
    z.strictObject({ codec: z.literal('AC3'), ac3Settings }),
  ]),
  languageCode: z
    .string()
    .regex(/^[A-Z]{3}$/, 'expected an ISO 639-2 code in capital letters')
    .optional(),
  languageCodeControl: z.enum(['FOLLOW_INPUT', 'USE_CONFIGURED']).optional(),
  streamName: z
    .string()
    .regex(/^[\w\s]*$/, 'expected letters, digits, "_" and spaces')
    .optional(),
});

/** What the master playlist says of a picture; in TS it is in the output's settings, in CMAF in its container's. */
export const picturePlaylist = z.strictObject({
  audioRenditionSets: z.string().optional(),
  iFrameOnlyManifest: z.enum(['EXCLUDE', 'INCLUDE']).optional(),
});
export const soundPlaylist = z.strictObject({
  audioGroupId: z.string().regex(/^[^"\r\n]+$/, 'expected a name without quotes'),
  audioTrackType: z.enum([
    'ALTERNATE_AUDIO_AUTO_SELECT_DEFAULT',
    'ALTERNATE_AUDIO_AUTO_SELECT',
    'ALTERNATE_AUDIO_NOT_AUTO_SELECT',
  ]),
});

const picture = { nameModifier: nameModifier.min(1), videoDescription };
const sound = { nameModifier: nameModifier.min(1), audioDescriptions: z.array(audioDescription).length(1) };
const tsContainer = z.strictObject({
  container: z.literal('M3U8'),
  m3u8Settings: z.strictObject({ ...neutral('m3u8Settings'), ...neutral('transportStream') }).optional(),
});

export const tsPicture = z.strictObject({
  ...picture,
  audioDescriptions: z.array(audioDescription).max(1).optional(),
  containerSettings: tsContainer,
  outputSettings: z
    .strictObject({
      hlsSettings: picturePlaylist.extend({
        ...neutral('hlsSettings'),
        // Of no effect in an output with a picture.
        audioOnlyContainer: z.literal('AUTOMATIC').optional(),
      }),
    })
    .optional(),
});
export const tsSound = z.strictObject({
  ...sound,
  containerSettings: tsContainer,
  outputSettings: z.strictObject({
    // Raw AAC needs ID3 tags that ffmpeg does not write.
    hlsSettings: soundPlaylist.extend({
      ...neutral('hlsSettings'),
      audioOnlyContainer: z.literal('M2TS'),
    }),
  }),
});
/** One track an output: a picture's audioDescriptions are refused. */
export const cmafPicture = z.strictObject({
  ...picture,
  containerSettings: z.strictObject({
    container: z.literal('CMFC'),
    cmfcSettings: picturePlaylist.extend(neutral('cmfcSettings')).optional(),
  }),
});
export const cmafSound = z.strictObject({
  ...sound,
  containerSettings: z.strictObject({
    container: z.literal('CMFC'),
    cmfcSettings: soundPlaylist.extend(neutral('cmfcSettings')),
  }),
});

const captions = {
  nameModifier: nameModifier.min(1),
  captionDescriptions: z.array(captionDescription).length(1),
};
export const tsCaptions = z.strictObject({
  ...captions,
  containerSettings: tsContainer,
  outputSettings: z.strictObject({ hlsSettings: z.strictObject(neutral('hlsSettings')) }).optional(),
});
export const cmafCaptions = z.strictObject({
  ...captions,
  containerSettings: z.strictObject({
    container: z.literal('CMFC'),
    cmfcSettings: z.strictObject(neutral('cmfcSettings')).optional(),
  }),
});

/** Alike in both kinds of group; omitted fields have MediaConvert's defaults. */
const playlists = {
  destination: s3Base,
  segmentLength: z.int().min(1).max(60),
  // "Choose a value that is greater than or equal to 1 and less than your segment length", or the default of 0.
  minFinalSegmentLength: z
    .number()
    .refine((seconds) => seconds === 0 || seconds >= 1, 'expected 0, or a number of seconds from 1 on')
    .default(0),
  segmentControl: z.literal('SEGMENTED_FILES').optional(),
  manifestDurationFormat: z.literal('FLOATING_POINT').optional(),
  manifestCompression: z.literal('NONE').optional(),
  codecSpecification: z.enum(['RFC_4281', 'RFC_6381']).optional(),
  streamInfResolution: z.literal('INCLUDE').optional(),
};

export const hlsGroup = z.strictObject({
  name: z.string().optional(),
  customName: z.string().optional(),
  outputGroupSettings: z.strictObject({
    type: z.literal('HLS_GROUP_SETTINGS'),
    hlsGroupSettings: z.strictObject({
      ...playlists,
      ...neutral('hlsGroupSettings'),
      ...neutral('hlsPlaylists'),
      minSegmentLength: z.literal(0),
      encryption,
      directoryStructure: z.literal('SINGLE_DIRECTORY').optional(),
      outputSelection: z.literal('MANIFESTS_AND_SEGMENTS').optional(),
      programDateTime: z.enum(['EXCLUDE', 'INCLUDE']).default('EXCLUDE'),
      programDateTimePeriod: z.int().min(0).max(3600).default(600),
    }),
  }),
  outputs: z.array(z.unknown()).min(1),
});

export const cmafGroup = z.strictObject({
  name: z.string().optional(),
  customName: z.string().optional(),
  outputGroupSettings: z.strictObject({
    type: z.literal('CMAF_GROUP_SETTINGS'),
    cmafGroupSettings: z.strictObject({
      ...playlists,
      ...neutral('cmafGroupSettings'),
      // Known, and without effect on what a player plays: each segment is one fragment here.
      fragmentLength: z.int().min(1).optional(),
      writeHlsManifest: z.literal('ENABLED').optional(),
      // MediaConvert writes one unless told not to.
      writeDashManifest: z.literal('DISABLED'),
    }),
  }),
  outputs: z.array(z.unknown()).min(1),
});

export const frameCaptureGroup = z.strictObject({
  name: z.string().optional(),
  customName: z.string().optional(),
  outputGroupSettings: z.strictObject({
    type: z.literal('FILE_GROUP_SETTINGS'),
    fileGroupSettings: z.strictObject({ destination: s3Base }),
  }),
  outputs: z
    .array(
      z.strictObject({
        nameModifier: nameModifier.default(''),
        containerSettings: z.strictObject({ container: z.literal('RAW') }),
        extension: z.literal('jpg').optional(),
        videoDescription: z.strictObject({
          width: side,
          height: side,
          scalingBehavior: z.enum(['DEFAULT', 'STRETCH_TO_OUTPUT']).default('DEFAULT'),
          ...neutral('videoDescription'),
          videoPreprocessors,
          codecSettings: z.strictObject({
            codec: z.literal('FRAME_CAPTURE'),
            frameCaptureSettings: z.strictObject({
              framerateNumerator: z.int().min(1).default(1),
              framerateDenominator: z.int().min(1).default(1),
              maxCaptures: z.int().min(1).max(10_000_000).default(10_000_000),
              quality: z.int().min(1).max(100).default(80),
            }),
          }),
        }),
      }),
    )
    .min(1),
});

/** Clips and captions of other formats go by timecodes, and there are none: `EMBEDDED`, MediaConvert's default, is no different. */
const timecodeSource = z.enum(['ZEROBASED', 'EMBEDDED']).optional();

export const input = z.strictObject({
  fileInput: z.string().regex(/^s3:\/\/[^/]+\/.+$/s, 'expected s3://<bucket>/<key>'),
  timecodeSource,
  ...neutral('input'),
  videoSelector: z
    .strictObject({
      rotate: z.enum(['DEGREE_0', 'AUTO']).default('DEGREE_0'),
      ...neutral('videoSelector'),
    })
    .optional(),
  audioSelectors: z
    .record(
      z.string(),
      z.strictObject({
        // A fallback for outputs that name no selector of the input, which are refused.
        defaultSelection: z.enum(['DEFAULT', 'NOT_DEFAULT']).optional(),
        // One track, by its number; several would be mixed into one.
        tracks: z.array(z.int().min(1)).length(1).optional(),
        ...neutral('audioSelector'),
      }),
    )
    .default({}),
  captionSelectors: z.record(z.string(), captionSelector).default({}),
});

export const settingsFrame = z.strictObject({
  timecodeConfig: z
    .strictObject({ source: timecodeSource, timestampOffset: z.iso.date().optional() })
    .optional(),
  ...neutral('settings'),
  inputs: z.array(input).length(1),
  outputGroups: z.array(z.unknown()).min(1),
});

/** Read first, so that a complaint is about the kind of group that was meant. */
export const typedGroup = z.looseObject({
  outputGroupSettings: z.looseObject({
    type: z.enum(['HLS_GROUP_SETTINGS', 'CMAF_GROUP_SETTINGS', 'FILE_GROUP_SETTINGS']),
  }),
});
