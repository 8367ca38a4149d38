/**
 * The part of MediaConvert's job settings that the local transcoder can carry out. Everything else is refused by its path and
 * never ignored: a setting that silently did nothing here would first be noticed in production.
 */
import { MAX_MASTER_SECONDS } from '@storytime/hls-jobs';
import type { z } from 'zod';
import type { captionDescription } from './captions/schemas.ts';
import type { StreamEncryption } from './encrypt-stream.ts';
import type { ProgramDates } from './program-dates.ts';
import {
  type audioDescription,
  cmafCaptions,
  cmafGroup,
  cmafPicture,
  cmafSound,
  frameCaptureGroup,
  hlsGroup,
  type input,
  type picturePlaylist,
  settingsFrame,
  type soundPlaylist,
  tsCaptions,
  tsPicture,
  tsSound,
  typedGroup,
} from './setting-schemas.ts';
import { UnsupportedSettingError } from './unsupported-setting.ts';

export { UnsupportedSettingError };

/** Settings that can be carried out, with MediaConvert's defaults filled in. */
export interface SupportedSettings {
  readonly input: z.infer<typeof input>;
  readonly outputGroups: readonly SupportedGroup[];
}

type SupportedGroup = StreamGroup | FrameCaptureGroup;

/** HLS playlists over MPEG-TS (an HLS group) or over fragmented MP4 (a CMAF group). */
export interface StreamGroup {
  readonly packaging: 'TS' | 'CMAF';
  readonly destination: string;
  readonly segmentLength: number;
  /** Least seconds of the last segment; 0 where it may be of any length. */
  readonly minFinalSegmentSeconds: number;
  /** Dates of the segments; null without. */
  readonly programDates: ProgramDates | null;
  readonly outputs: readonly (PictureOutput | SoundOutput)[];
  readonly captions: readonly CaptionsOutput[];
  /** Of picture and sound; null without. */
  readonly encryption: StreamEncryption | null;
}

interface CaptionsOutput {
  readonly nameModifier: string;
  /** Of the description in the settings. */
  readonly path: string;
  readonly description: z.infer<typeof captionDescription>;
}

export type PictureOutput = Omit<z.infer<typeof tsPicture>, 'containerSettings' | 'outputSettings'> & {
  readonly playlist: z.infer<typeof picturePlaylist>;
};
export type SoundOutput = Omit<z.infer<typeof tsSound>, 'containerSettings' | 'outputSettings'> & {
  readonly playlist: z.infer<typeof soundPlaylist>;
};
export type AudioDescription = z.infer<typeof audioDescription>;
type FrameCaptureGroup = z.infer<typeof frameCaptureGroup>;
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
    return type === 'FILE_GROUP_SETTINGS'
      ? accept(frameCaptureGroup, group, path, complaints)
      : acceptStreamGroup(type, group, { path, day: frame?.timecodeConfig?.timestampOffset, complaints });
  });
  const input = frame?.inputs[0];
  if (input) complaints.push(...unknownCaptionSelectors(outputGroups, Object.keys(input.captionSelectors)));
  if (complaints.length > 0 || !input || !outputGroups)
    throw new UnsupportedSettingError(complaints.join('; '));
  return { input, outputGroups: outputGroups.filter((group) => group !== undefined) };
}

function unknownCaptionSelectors(groups: readonly (SupportedGroup | undefined)[], known: readonly string[]) {
  return groups.flatMap((group) => {
    if (group === undefined || !('packaging' in group)) return [];
    const unknown = group.captions.filter(
      ({ description }) => !known.includes(description.captionSelectorName),
    );
    return unknown.map(
      ({ path, description: { captionSelectorName: got } }) =>
        `${path}.captionSelectorName: expected one of the input's caption selectors (${known.join(', ') || 'none'}), got ${JSON.stringify(got)}`,
    );
  });
}

/**
 * The longest input that a job takes, in seconds: what `createJobInput` wrote into its metadata, or MediaConvert's day.
 *
 * @throws UnsupportedSettingError for a bound that is not a whole number of seconds: without one it would hold for nothing
 */
export function longestInputSeconds(userMetadata: Readonly<Record<string, string>> = {}): number {
  const text = userMetadata.longest_master_seconds;
  if (text === undefined) return MAX_MASTER_SECONDS;
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_MASTER_SECONDS) return seconds;
  throw new UnsupportedSettingError(
    `userMetadata.longest_master_seconds: expected whole seconds from 1 to ${MAX_MASTER_SECONDS}, got ${JSON.stringify(text)}`,
  );
}

/** Output by output, so that a complaint is about the kind of output that was meant. */
function acceptStreamGroup(
  type: 'HLS_GROUP_SETTINGS' | 'CMAF_GROUP_SETTINGS',
  group: unknown,
  { path, day, complaints }: { path: string; day: string | undefined; complaints: string[] },
): StreamGroup | undefined {
  const packaging = type === 'HLS_GROUP_SETTINGS' ? 'TS' : 'CMAF';
  const frame =
    packaging === 'TS'
      ? accept(hlsGroup, group, path, complaints)
      : accept(cmafGroup, group, path, complaints);
  if (!frame) return undefined;
  const settings =
    'hlsGroupSettings' in frame.outputGroupSettings
      ? frame.outputGroupSettings.hlsGroupSettings
      : frame.outputGroupSettings.cmafGroupSettings;
  if (settings.minFinalSegmentLength >= settings.segmentLength)
    complaints.push(
      `${path}.outputGroupSettings.${packaging === 'TS' ? 'hls' : 'cmaf'}GroupSettings.minFinalSegmentLength: expected less than the segmentLength of ${settings.segmentLength}, got ${settings.minFinalSegmentLength}`,
    );
  const isDated = 'programDateTime' in settings && settings.programDateTime === 'INCLUDE';
  if (isDated && day === undefined)
    complaints.push(
      'timecodeConfig.timestampOffset: expected the day that programDateTime starts at, got none',
    );
  const accepted = frame.outputs
    .map((output, index) => acceptStreamOutput(packaging, output, `${path}.outputs[${index}]`, complaints))
    .filter((output) => output !== undefined);
  const outputs = accepted.filter(
    (output): output is Exclude<typeof output, CaptionsOutput> => !isCaptions(output),
  );
  const audioGroups = outputs.flatMap((output) => (isSound(output) ? [output.playlist.audioGroupId] : []));
  outputs.forEach((output, index) => {
    const wanted = isSound(output) ? undefined : output.playlist.audioRenditionSets;
    if (wanted === undefined || setsOf(wanted).every((set) => audioGroups.includes(set))) return;
    complaints.push(
      `${path}.outputs[${index}].audioRenditionSets: expected one of the group's audio groups (${[...new Set(audioGroups)].join(', ') || 'none'}), got ${JSON.stringify(wanted)}`,
    );
  });
  return {
    packaging,
    destination: settings.destination,
    segmentLength: settings.segmentLength,
    minFinalSegmentSeconds: settings.minFinalSegmentLength,
    programDates: isDated
      ? { startMs: Date.parse(`${day}T00:00:00Z`), everySeconds: settings.programDateTimePeriod }
      : null,
    outputs,
    captions: accepted.filter(isCaptions),
    encryption: ('encryption' in settings && settings.encryption) || null,
  };
}

function acceptStreamOutput(
  packaging: StreamGroup['packaging'],
  output: unknown,
  path: string,
  complaints: string[],
): PictureOutput | SoundOutput | CaptionsOutput | undefined {
  const names = typeof output === 'object' && output !== null ? Object.keys(output) : [];
  const isOther = names.includes('videoDescription') || names.includes('audioDescriptions');
  if (names.includes('captionDescriptions') && !isOther) {
    return acceptCaptions(packaging, output, path, complaints);
  }
  const isPicture = names.includes('videoDescription') || !names.includes('audioDescriptions');
  if (packaging === 'TS') {
    const accepted = isPicture
      ? accept(tsPicture, output, path, complaints)
      : accept(tsSound, output, path, complaints);
    if (!accepted) return undefined;
    const { containerSettings: _, outputSettings, ...rest } = accepted;
    return { ...rest, playlist: outputSettings?.hlsSettings ?? {} } as PictureOutput | SoundOutput;
  }
  const accepted = isPicture
    ? accept(cmafPicture, output, path, complaints)
    : accept(cmafSound, output, path, complaints);
  if (!accepted) return undefined;
  const { containerSettings, ...rest } = accepted;
  return { ...rest, playlist: containerSettings.cmfcSettings ?? {} } as PictureOutput | SoundOutput;
}

function acceptCaptions(
  packaging: StreamGroup['packaging'],
  output: unknown,
  path: string,
  complaints: string[],
): CaptionsOutput | undefined {
  const accepted =
    packaging === 'TS'
      ? accept(tsCaptions, output, path, complaints)
      : accept(cmafCaptions, output, path, complaints);
  const description = accepted?.captionDescriptions[0];
  if (!accepted || !description) return undefined;
  return { nameModifier: accepted.nameModifier, path: `${path}.captionDescriptions[0]`, description };
}

function isCaptions(output: PictureOutput | SoundOutput | CaptionsOutput): output is CaptionsOutput {
  return 'description' in output;
}

export function isSound(output: PictureOutput | SoundOutput): output is SoundOutput {
  return !('videoDescription' in output);
}

/** "Input all the audio GROUP-IDs that are associated to the video, separate by ','." */
export function setsOf(audioRenditionSets: string): string[] {
  return audioRenditionSets.split(',').map((set) => set.trim());
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
