/**
 * Settings that a job made in the console writes out although they change nothing: what is MediaConvert's default, or
 * what AWS's own example jobs carry for "off". The same value is taken, since a job without the setting is; any other is
 * refused by its path. Names and values are the wire's.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

const API = 'https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html';
const EXAMPLES = 'https://docs.aws.amazon.com/mediaconvert/latest/ug/example-job-settings.html';

type Defaults = Readonly<Record<string, string | number | readonly number[]>>;

interface NeutralObject {
  /** Its place in a job's settings, and the AWS page that says so. */
  readonly place: string;
  readonly page: string;
  readonly defaults: Defaults;
}

const table = <const Table extends Readonly<Record<string, NeutralObject>>>(objects: Table): Table => objects;

export const NEUTRAL_DEFAULTS = table({
  settings: {
    place: 'settings',
    page: `${API}#jobs-model-jobsettings`,
    defaults: { adAvailOffset: 0, followSource: 1 },
  },
  input: {
    place: 'inputs[]',
    page: `${API}#jobs-model-input`,
    defaults: {
      advancedInputFilter: 'DISABLED',
      deblockFilter: 'DISABLED',
      denoiseFilter: 'DISABLED',
      filterEnable: 'AUTO',
      filterStrength: 0,
      inputScanType: 'AUTO',
      psiControl: 'USE_PSI',
    },
  },
  videoSelector: {
    place: 'inputs[].videoSelector',
    page: `${API}#jobs-model-videoselector`,
    defaults: {
      alphaBehavior: 'DISCARD',
      colorSpace: 'FOLLOW',
      embeddedTimecodeOverride: 'NONE',
      padVideo: 'DISABLED',
      sampleRange: 'FOLLOW',
      selectorType: 'AUTO',
    },
  },
  audioSelector: {
    place: 'inputs[].audioSelectors.*',
    page: `${API}#jobs-model-audioselector`,
    defaults: {
      audioDurationCorrection: 'DISABLED',
      offset: 0,
      programSelection: 1,
      selectorType: 'TRACK',
    },
  },
  videoDescription: {
    place: 'outputs[].videoDescription',
    page: `${API}#jobs-model-videodescription`,
    defaults: {
      afdSignaling: 'NONE',
      antiAlias: 'ENABLED',
      chromaPositionMode: 'AUTO',
      colorMetadata: 'INSERT',
      dropFrameTimecode: 'ENABLED',
      respondToAfd: 'NONE',
      sharpness: 50,
      timecodeInsertion: 'DISABLED',
      timecodeTrack: 'DISABLED',
    },
  },
  h264Settings: {
    place: 'h264Settings',
    page: `${API}#jobs-model-h264settings`,
    defaults: {
      adaptiveQuantization: 'AUTO',
      dynamicSubGop: 'ADAPTIVE',
      endOfStreamMarkers: 'INCLUDE',
      fieldEncoding: 'PAFF',
      flickerAdaptiveQuantization: 'DISABLED',
      framerateConversionAlgorithm: 'DUPLICATE_DROP',
      gopBReference: 'ENABLED',
      hrdBufferFinalFillPercentage: 0,
      interlaceMode: 'PROGRESSIVE',
      scanTypeConversionMode: 'INTERLACED',
      softness: 0,
      spatialAdaptiveQuantization: 'ENABLED',
      telecine: 'NONE',
      temporalAdaptiveQuantization: 'ENABLED',
    },
  },
  h264Encoder: {
    place: 'h264Settings',
    page: EXAMPLES,
    defaults: {
      entropyEncoding: 'CABAC',
      gopClosedCadence: 1,
      minIInterval: 0,
      numberReferenceFrames: 3,
      repeatPps: 'DISABLED',
      slices: 1,
      slowPal: 'DISABLED',
      syntax: 'DEFAULT',
      unregisteredSeiTimecode: 'DISABLED',
    },
  },
  audioDescription: {
    place: 'audioDescriptions[]',
    page: EXAMPLES,
    defaults: { audioType: 0, audioTypeControl: 'FOLLOW_INPUT' },
  },
  aacSettings: {
    place: 'aacSettings',
    page: EXAMPLES,
    defaults: { audioDescriptionBroadcasterMix: 'NORMAL', rawFormat: 'NONE', specification: 'MPEG4' },
  },
  m3u8Settings: {
    place: 'm3u8Settings',
    page: `${API}#jobs-model-m3u8settings`,
    defaults: {
      audioDuration: 'DEFAULT_CODEC_DURATION',
      audioPtsOffsetDelta: 0,
      dataPTSControl: 'AUTO',
      ptsOffset: 2,
      ptsOffsetMode: 'AUTO',
      timedMetadata: 'NONE',
    },
  },
  transportStream: {
    place: 'm3u8Settings',
    page: EXAMPLES,
    defaults: {
      audioFramesPerPes: 4,
      audioPids: [482, 483, 484, 485, 486, 487, 488, 489, 490, 491, 492],
      nielsenId3: 'NONE',
      patInterval: 0,
      pcrControl: 'PCR_EVERY_PES_PACKET',
      pmtInterval: 0,
      pmtPid: 480,
      privateMetadataPid: 503,
      programNumber: 1,
      scte35Pid: 500,
      scte35Source: 'NONE',
      timedMetadataPid: 502,
      videoPid: 481,
    },
  },
  cmfcSettings: {
    place: 'cmfcSettings',
    page: `${API}#jobs-model-cmfcsettings`,
    defaults: {
      audioDuration: 'DEFAULT_CODEC_DURATION',
      descriptiveVideoServiceFlag: 'DONT_FLAG',
      klvMetadata: 'NONE',
      scte35Esam: 'NONE',
      scte35Source: 'NONE',
      timedMetadata: 'NONE',
    },
  },
  hlsSettings: {
    place: 'hlsSettings',
    page: `${API}#jobs-model-hlssettings`,
    defaults: { descriptiveVideoServiceFlag: 'DONT_FLAG', segmentModifier: '' },
  },
  hlsGroupSettings: {
    place: 'hlsGroupSettings',
    page: `${API}#jobs-model-hlsgroupsettings`,
    defaults: {
      audioOnlyHeader: 'INCLUDE',
      captionSegmentLengthControl: 'LARGE_SEGMENTS',
      clientCache: 'ENABLED',
      imageBasedTrickPlay: 'NONE',
      timedMetadataId3Period: 10,
    },
  },
  hlsPlaylists: {
    place: 'hlsGroupSettings',
    page: EXAMPLES,
    defaults: { captionLanguageSetting: 'OMIT', timedMetadataId3Frame: 'PRIV' },
  },
  cmafGroupSettings: {
    place: 'cmafGroupSettings',
    page: `${API}#jobs-model-cmafgroupsettings`,
    defaults: { clientCache: 'ENABLED', imageBasedTrickPlay: 'NONE' },
  },
});

/** Optional fields of a strict object. Each accepts only its default. */
export function neutral<Name extends keyof typeof NEUTRAL_DEFAULTS>(name: Name) {
  type Of = (typeof NEUTRAL_DEFAULTS)[Name]['defaults'];
  const { defaults }: NeutralObject = NEUTRAL_DEFAULTS[name];
  const fields = Object.entries(defaults).map(([setting, value]) => [setting, exactly(value).optional()]);
  return Object.fromEntries(fields) as {
    readonly [Setting in keyof Of]: z.ZodOptional<z.ZodType<Of[Setting]>>;
  };
}

function exactly(value: Defaults[string]) {
  return z.custom<unknown>((given) => isDeepStrictEqual(given, value), {
    error: `not supported by the local transcoder, except as ${JSON.stringify(value)}`,
  });
}
