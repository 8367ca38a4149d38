/**
 * MediaConvert job settings for one private HLS title: an adaptive ladder of TS segments and JPEG thumbnails.
 * Pure: no CDKTF, no SDK at run time. The job template is made from the same builder (`transcode-queue.ts`).
 */
import type { AudioDescription, JobSettings, Output, OutputGroup } from '@aws-sdk/client-mediaconvert';

/** One rendition of the ladder. */
export interface Rung {
  /** Pixels of the picture's short side, so that vertical video climbs the same ladder (720 is 1280×720 or 720×1280). */
  readonly shortSidePixels: number;
  /** Ceiling of the QVBR video bit rate, in bits per second. */
  readonly maxBitrateBps: number;
}

/** The picture as displayed (rotation applied) and whether there is sound. */
export interface SourceShape {
  readonly width: number;
  readonly height: number;
  readonly hasAudio: boolean;
}

export interface HlsOutputOptions {
  /** Renditions to make; those above the source are left out. */
  readonly ladder: readonly Rung[];
  /** Target length of a segment, in whole seconds. */
  readonly segmentSeconds: number;
  /**
   * What is known of the input.
   * @default - 16:9 with sound, and tall enough for every rung
   */
  readonly source?: SourceShape;
}

export interface HlsJobOptions extends HlsOutputOptions {
  /** The master: `s3://<bucket>/<key>`. */
  readonly input: string;
  /** Base name of everything written: `s3://<bucket>/books/<id>/index` gives `index.m3u8`. */
  readonly destination: string;
}

const AUDIO_SELECTOR = 'Audio Selector 1';
const THUMBNAIL_SHORT_SIDE_PIXELS = 360;
const THUMBNAIL_EVERY_SECONDS = 10;
/** MediaConvert makes no picture narrower or lower than this. */
const MIN_SIDE_PIXELS = 32;

/**
 * Complete `Settings` of a CreateJob call, in the PascalCase that the AWS SDK for JavaScript and CloudFormation share
 * (the SDK itself turns the names into the REST API's camelCase).
 *
 * Writes `index.m3u8`, `index_360p.m3u8`, `index_360p_00001.ts`, … beside each other and
 * `thumbnails/thumb.0000000.jpg`, … below them.
 *
 * @throws TypeError when `input` or `destination` is not an S3 object address, or `ladder` is empty
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/output-file-names-and-paths.html
 */
export function hlsJobSettings(options: HlsJobOptions): JobSettings {
  requireObjectAddress('input', options.input);
  requireObjectAddress('destination', options.destination);
  const directory = options.destination.slice(0, options.destination.lastIndexOf('/'));
  return {
    TimecodeConfig: { Source: 'ZEROBASED' },
    Inputs: [{ FileInput: options.input, ...inputSelectors(options.source) }],
    OutputGroups: [
      hlsGroup(options, options.destination),
      thumbnailGroup(options.source, `${directory}/thumbnails/thumb`),
    ],
  };
}

/**
 * The same settings without the two addresses that only a job knows: what a job template holds.
 *
 * @throws TypeError when `ladder` is empty
 */
export function hlsTemplateSettings(options: HlsOutputOptions): JobSettings {
  return {
    TimecodeConfig: { Source: 'ZEROBASED' },
    Inputs: [inputSelectors(options.source)],
    OutputGroups: [hlsGroup(options), thumbnailGroup(options.source)],
  };
}

/**
 * The rungs that a source of this shape gets, lowest first.
 *
 * A source below the lowest rung gets one rung of its own size, so that every title has a rendition.
 *
 * @throws TypeError when `ladder` is empty
 */
export function rungsFor(ladder: readonly Rung[], source?: SourceShape): readonly Rung[] {
  const rising = [...ladder].sort((a, b) => a.shortSidePixels - b.shortSidePixels);
  const lowest = rising[0];
  if (lowest === undefined) throw new TypeError('"ladder": wanted at least one rung, got none');
  if (source === undefined) return rising;
  const shortSide = Math.min(source.width, source.height);
  const reachable = rising.filter((rung) => rung.shortSidePixels <= shortSide);
  return reachable.length > 0 ? reachable : [{ ...lowest, shortSidePixels: evenAtMost(shortSide) }];
}

function inputSelectors(source?: SourceShape) {
  const withAudio = source?.hasAudio ?? true;
  return {
    TimecodeSource: 'ZEROBASED' as const,
    VideoSelector: { Rotate: 'AUTO' as const },
    ...(withAudio && { AudioSelectors: { [AUDIO_SELECTOR]: { DefaultSelection: 'DEFAULT' as const } } }),
  };
}

function hlsGroup(options: HlsOutputOptions, destination?: string): OutputGroup {
  return {
    Name: 'HLS',
    OutputGroupSettings: {
      Type: 'HLS_GROUP_SETTINGS',
      HlsGroupSettings: {
        ...(destination !== undefined && { Destination: destination }),
        SegmentControl: 'SEGMENTED_FILES',
        SegmentLength: options.segmentSeconds,
        MinSegmentLength: 0,
        ManifestDurationFormat: 'FLOATING_POINT',
        CodecSpecification: 'RFC_4281',
        DirectoryStructure: 'SINGLE_DIRECTORY',
        OutputSelection: 'MANIFESTS_AND_SEGMENTS',
        StreamInfResolution: 'INCLUDE',
      },
    },
    Outputs: rungsFor(options.ladder, options.source).map((rung) => rendition(rung, options.source)),
  };
}

function rendition(rung: Rung, source?: SourceShape): Output {
  return {
    NameModifier: `_${rung.shortSidePixels}p`,
    ContainerSettings: { Container: 'M3U8', M3u8Settings: {} },
    OutputSettings: { HlsSettings: {} },
    VideoDescription: {
      ...frameSize(rung.shortSidePixels, source),
      CodecSettings: {
        Codec: 'H_264',
        H264Settings: {
          RateControlMode: 'QVBR',
          QvbrSettings: { QvbrQualityLevel: qvbrQualityLevel(rung) },
          MaxBitrate: rung.maxBitrateBps,
          QualityTuningLevel: 'SINGLE_PASS_HQ',
          // AUTO lets MediaConvert place the I-frames, segment boundaries included; GopSize must then be absent.
          GopSizeUnits: 'AUTO',
          SceneChangeDetect: 'TRANSITION_DETECTION',
          FramerateControl: 'INITIALIZE_FROM_SOURCE',
          ParControl: 'SPECIFIED',
          ParNumerator: 1,
          ParDenominator: 1,
        },
      },
    },
    ...((source?.hasAudio ?? true) && { AudioDescriptions: [stereoAac()] }),
  };
}

function stereoAac(): AudioDescription {
  return {
    AudioSourceName: AUDIO_SELECTOR,
    CodecSettings: {
      Codec: 'AAC',
      AacSettings: { Bitrate: 128_000, CodingMode: 'CODING_MODE_2_0', SampleRate: 48_000 },
    },
  };
}

function thumbnailGroup(source?: SourceShape, destination?: string): OutputGroup {
  const shortSide = source ? Math.min(source.width, source.height) : THUMBNAIL_SHORT_SIDE_PIXELS;
  return {
    Name: 'Thumbnails',
    OutputGroupSettings: {
      Type: 'FILE_GROUP_SETTINGS',
      FileGroupSettings: { ...(destination !== undefined && { Destination: destination }) },
    },
    Outputs: [
      {
        ContainerSettings: { Container: 'RAW' },
        Extension: 'jpg',
        VideoDescription: {
          ...frameSize(Math.min(shortSide, THUMBNAIL_SHORT_SIDE_PIXELS), source),
          CodecSettings: {
            Codec: 'FRAME_CAPTURE',
            FrameCaptureSettings: {
              FramerateNumerator: 1,
              FramerateDenominator: THUMBNAIL_EVERY_SECONDS,
              Quality: 80,
            },
          },
        },
      },
    ],
  };
}

/** Width and height with the source's shape; H.264 with 4:2:0 chroma takes even numbers only. */
function frameSize(shortSidePixels: number, source?: SourceShape) {
  const { width, height } = source ?? { width: 16, height: 9 };
  const scale = shortSidePixels / Math.min(width, height);
  return { Width: even(width * scale), Height: even(height * scale) };
}

function even(pixels: number): number {
  return Math.max(MIN_SIDE_PIXELS, 2 * Math.round(pixels / 2));
}

function evenAtMost(pixels: number): number {
  return Math.max(MIN_SIDE_PIXELS, 2 * Math.floor(pixels / 2));
}

/** AWS's pairing of QVBR quality with picture size: 7 for small screens, 8 for 720p, 9 for full HD and above. */
function qvbrQualityLevel(rung: Rung): number {
  if (rung.shortSidePixels >= 1080) return 9;
  return rung.shortSidePixels >= 720 ? 8 : 7;
}

function requireObjectAddress(name: string, address: string): void {
  if (!/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(?:.*[^/])$/s.test(address)) {
    throw new TypeError(
      `"${name}": wanted s3://<bucket>/<key> with a base name, got ${JSON.stringify(address)}`,
    );
  }
}
