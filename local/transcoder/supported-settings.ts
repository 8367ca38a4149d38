/**
 * The part of MediaConvert's job settings that the laptop can carry out. Everything else is refused by its path and
 * never ignored: a setting that silently did nothing here would first be noticed in production.
 */
import { z } from 'zod';

/** A setting, or a value of one, that this transcoder cannot carry out. `message` names it by its path. */
export class UnsupportedSettingError extends Error {
  override readonly name = 'UnsupportedSettingError';
}

/** Settings that can be carried out, with MediaConvert's defaults filled in. */
export interface SupportedSettings {
  readonly input: z.infer<typeof input>;
  readonly outputGroups: readonly (HlsGroup | FrameCaptureGroup)[];
}

export type HlsGroup = z.infer<typeof hlsGroup>;
export type HlsOutput = HlsGroup['outputs'][number];
export type FrameCaptureGroup = z.infer<typeof frameCaptureGroup>;
export type FrameCaptureOutput = FrameCaptureGroup['outputs'][number];

/**
 * Job settings, in the wire's camelCase, as far as they can be carried out.
 *
 * @throws UnsupportedSettingError naming every setting that is unknown, missing or has a value without equivalent
 */
export function parseSettings(settings: unknown): SupportedSettings {
  const complaints: string[] = [];
  const frame = accept(settingsFrame, settings, '', complaints);
  const outputGroups = groupsOf(settings).map((group, index) => {
    const path = `outputGroups[${index}]`;
    const type = accept(typedGroup, group, path, complaints)?.outputGroupSettings.type;
    if (type === undefined) return undefined;
    return type === 'HLS_GROUP_SETTINGS'
      ? accept(hlsGroup, group, path, complaints)
      : accept(frameCaptureGroup, group, path, complaints);
  });
  const input = frame?.inputs[0];
  if (complaints.length > 0 || !input || !outputGroups)
    throw new UnsupportedSettingError(complaints.join('; '));
  return { input, outputGroups: outputGroups.filter((group) => group !== undefined) };
}

/** The groups even of settings that are refused as a whole, so that all complaints come at once. */
function groupsOf(settings: unknown): readonly unknown[] {
  const groups = (settings as { readonly outputGroups?: unknown } | null | undefined)?.outputGroups;
  return Array.isArray(groups) ? groups : [];
}

function accept<T>(schema: z.ZodType<T>, value: unknown, path: string, complaints: string[]): T | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) complaints.push(...describeIssue(issue, path));
  return undefined;
}

function describeIssue(issue: z.core.$ZodIssue, prefix: string): string[] {
  const path = issue.path.reduce<string>(
    (whole, part) =>
      typeof part === 'number' ? `${whole}[${part}]` : whole ? `${whole}.${String(part)}` : String(part),
    prefix,
  );
  if (issue.code !== 'unrecognized_keys') return [`${path || 'settings'}: ${issue.message}`];
  return issue.keys.map((key) => `${path ? `${path}.` : ''}${key}: not supported by the local transcoder`);
}

const side = z.int().min(32).max(8192);
/** `$` starts MediaConvert's format identifiers and `%` ffmpeg's; neither is carried out, so neither is let through. */
const s3Base = z
  .string()
  .regex(/^s3:\/\/[^/]+\/[^$%]*[^/$%]$/, 'wanted s3://<bucket>/<key> with a base name, without "$" or "%"');
const nameModifier = z
  .string()
  .regex(/^[^/$%]{0,256}$/, 'wanted up to 256 characters without "/", "$" or "%"');

const rendition = z.strictObject({
  nameModifier: nameModifier.min(1),
  containerSettings: z.strictObject({
    container: z.literal('M3U8'),
    m3u8Settings: z.strictObject({}).optional(),
  }),
  outputSettings: z.strictObject({ hlsSettings: z.strictObject({}) }).optional(),
  videoDescription: z.strictObject({
    width: side,
    height: side,
    scalingBehavior: z.enum(['DEFAULT', 'STRETCH_TO_OUTPUT']).default('DEFAULT'),
    codecSettings: z.strictObject({
      codec: z.literal('H_264'),
      h264Settings: z.strictObject({
        rateControlMode: z.literal('QVBR'),
        qvbrSettings: z.strictObject({ qvbrQualityLevel: z.int().min(1).max(10) }).optional(),
        maxBitrate: z.int().min(1000),
        codecProfile: z.enum(['BASELINE', 'MAIN', 'HIGH']).default('MAIN'),
        codecLevel: z.literal('AUTO').optional(),
        gopSizeUnits: z.literal('AUTO'),
        framerateControl: z.literal('INITIALIZE_FROM_SOURCE').optional(),
        parControl: z.literal('SPECIFIED').optional(),
        parNumerator: z.literal(1).optional(),
        parDenominator: z.literal(1).optional(),
        // Known, and without effect on what a player can notice: how hard the encoder tries, where it adds I-frames.
        qualityTuningLevel: z.enum(['SINGLE_PASS', 'SINGLE_PASS_HQ', 'MULTI_PASS_HQ']).optional(),
        sceneChangeDetect: z.enum(['DISABLED', 'ENABLED', 'TRANSITION_DETECTION']).optional(),
      }),
    }),
  }),
  audioDescriptions: z
    .array(
      z.strictObject({
        audioSourceName: z.string(),
        codecSettings: z.strictObject({
          codec: z.literal('AAC'),
          aacSettings: z.strictObject({
            bitrate: z.int().min(6000).max(1_024_000),
            codingMode: z.enum(['CODING_MODE_1_0', 'CODING_MODE_2_0']),
            sampleRate: z.union([z.literal(44_100), z.literal(48_000)]),
            codecProfile: z.literal('LC').optional(),
            rateControlMode: z.literal('CBR').optional(),
          }),
        }),
      }),
    )
    .max(1)
    .optional(),
});

const hlsGroup = z.strictObject({
  name: z.string().optional(),
  outputGroupSettings: z.strictObject({
    type: z.literal('HLS_GROUP_SETTINGS'),
    hlsGroupSettings: z.strictObject({
      destination: s3Base,
      segmentLength: z.int().min(1).max(60),
      minSegmentLength: z.literal(0),
      segmentControl: z.literal('SEGMENTED_FILES').optional(),
      directoryStructure: z.literal('SINGLE_DIRECTORY').optional(),
      manifestDurationFormat: z.literal('FLOATING_POINT').optional(),
      manifestCompression: z.literal('NONE').optional(),
      codecSpecification: z.enum(['RFC_4281', 'RFC_6381']).optional(),
      outputSelection: z.literal('MANIFESTS_AND_SEGMENTS').optional(),
      streamInfResolution: z.literal('INCLUDE').optional(),
      programDateTime: z.literal('EXCLUDE').optional(),
    }),
  }),
  outputs: z.array(rendition).min(1),
});

const frameCaptureGroup = z.strictObject({
  name: z.string().optional(),
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

const input = z.strictObject({
  fileInput: z.string().regex(/^s3:\/\/[^/]+\/.+$/s, 'wanted s3://<bucket>/<key>'),
  timecodeSource: z.literal('ZEROBASED').optional(),
  videoSelector: z.strictObject({ rotate: z.enum(['DEGREE_0', 'AUTO']).default('DEGREE_0') }).optional(),
  audioSelectors: z
    .record(z.string(), z.strictObject({ defaultSelection: z.literal('DEFAULT').optional() }))
    .default({}),
});

const settingsFrame = z.strictObject({
  timecodeConfig: z.strictObject({ source: z.literal('ZEROBASED') }).optional(),
  inputs: z.array(input).length(1),
  outputGroups: z.array(z.unknown()).min(1),
});

/** Read first, so that a complaint is about the kind of group that was meant. */
const typedGroup = z.looseObject({
  outputGroupSettings: z.looseObject({ type: z.enum(['HLS_GROUP_SETTINGS', 'FILE_GROUP_SETTINGS']) }),
});
