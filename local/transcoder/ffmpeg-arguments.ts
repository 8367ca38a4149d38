/**
 * MediaConvert settings as one ffmpeg command: the source is decoded once and each output scales its own copy.
 * Pure: names files, touches none.
 */

import type { ProbedVideo } from '../../ops/probe/probe.ts';
import { UNTRUSTED_INPUT_OPTIONS } from '../../ops/probe/source-limits.ts';
import { channelsOf, type Sound, soundOf } from './audio-tracks.ts';
import type { StreamEncryption } from './encrypt-stream.ts';
import { localStem } from './local-names.ts';
import { type Level, levelKey, soundFilters } from './loudness.ts';
import {
  captureArguments,
  captureFilter,
  frameRate,
  frameSize,
  outputRate,
  type SourcePicture,
  scale,
  sourcePicture,
  videoArguments,
} from './picture-arguments.ts';
import type { ProgramDates } from './program-dates.ts';
import {
  type AudioDescription,
  type FrameCaptureOutput,
  isSound,
  type PictureOutput,
  type SoundOutput,
  type StreamGroup,
  type SupportedSettings,
  setsOf,
  UnsupportedSettingError,
} from './supported-settings.ts';
import { splitTreatments, treatmentOf } from './treatment.ts';

export interface TranscodeFiles {
  /** The master, on disk. */
  readonly input: string;
  /** Existing directory for each output group, in the order of the settings. */
  readonly groupDirectories: readonly string[];
}

export interface TranscodePlan {
  /** Arguments of the one ffmpeg command. */
  readonly args: readonly string[];
  /** What it leaves behind, per output group in the order of the settings. */
  readonly groups: readonly PlannedGroup[];
}

/** What HLS playlists lead to. */
export interface PlannedStream {
  readonly kind: 'HLS';
  readonly packaging: 'TS' | 'CMAF';
  readonly destination: GroupDestination;
  /** Least seconds of the last segment; 0 where it may be of any length. */
  readonly minFinalSegmentSeconds: number;
  /** Dates of the segments; null without. */
  readonly programDates: ProgramDates | null;
  readonly variants: readonly PlannedVariant[];
  readonly sounds: readonly PlannedSound[];
  readonly captions: readonly PlannedCaptions[];
  /** Of the segments of variants and sounds, when they are finished; null without. */
  readonly encryption: StreamEncryption | null;
}

export type PlannedGroup =
  | PlannedStream
  | {
      readonly kind: 'FRAME_CAPTURE';
      readonly destination: GroupDestination;
      readonly captures: readonly PlannedPicture[];
    };

interface GroupDestination {
  /** Where the files are written first. */
  readonly directory: string;
  /** Where they belong: `s3://<bucket>/<prefix>/`. */
  readonly folder: string;
  /** What the files' names start with: `index` gives `index.m3u8`. Among the objects it may be longer: `stems`. */
  readonly baseName: string;
  /** What the objects' names start with, of the group and of each output: files have them as `localStem` says. */
  readonly stems: readonly string[];
}

interface PlannedPicture {
  /** File name of the variant's playlist, or of the first captured frame. */
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
}

interface PlannedVariant extends PlannedPicture {
  readonly framesPerSecond: number;
  /** The audio groups that it can be played with; none where sound is in the picture's own segments, or there is none. */
  readonly audioGroups: readonly string[];
  /** Its playlist of I-frames, which is made from the finished segments; null without one. */
  readonly iFramesFileName: string | null;
}

interface PlannedSound {
  /** File name of the rendition's playlist. */
  readonly fileName: string;
  readonly group: string;
  /** What a player's menu shows. */
  readonly name: string;
  /** As MediaConvert writes it: `eng`; null where nobody said it. */
  readonly language: string | null;
  readonly channels: number;
  readonly isDefault: boolean;
  readonly isAutoSelected: boolean;
}

interface PlannedCaptions {
  /** What the files' names start with, those of the segments and that of the playlist. */
  readonly stem: string;
  /** Name of the input's captions. */
  readonly selector: string;
  /** What a player's menu shows. */
  readonly name: string;
  /** As MediaConvert writes it: `eng`. */
  readonly language: string;
  readonly isDefault: boolean;
}

/**
 * The ffmpeg command that does what the settings ask for, with MediaConvert's file names.
 *
 * @throws UnsupportedSettingError when an output names an audio selector that the input does not have
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/output-file-names-and-paths.html
 */
export function planTranscode(
  settings: SupportedSettings,
  options: {
    readonly video: ProbedVideo;
    readonly files: TranscodeFiles;
    /** Of the sounds whose loudness was measured, by `levelKey`. @default - none was */
    readonly levels?: ReadonlyMap<string, Level>;
  },
): TranscodePlan {
  const { video, levels = new Map<string, Level>() } = options;
  const source = sourcePicture(settings, video);
  const treatments = splitTreatments(
    settings.outputGroups.flatMap(({ outputs: all }) =>
      all.flatMap((output) => ('videoDescription' in output ? [treatmentOf(output, video)] : [])),
    ),
  );
  const filters: string[] = [];
  const outputs: string[] = [];
  const groups = settings.outputGroups.map((group, groupIndex): PlannedGroup => {
    const directory = options.files.groupDirectories[groupIndex] ?? '.';
    const addPicture = (output: PictureOutput | FrameCaptureOutput, chain: string[], args: string[]) => {
      const label = `v${filters.length}`;
      const { deinterlace, color } = treatments.own(treatmentOf(output, video));
      const steps = [...deinterlace, ...color, ...chain, ...scale(output, source)];
      filters.push(`[s${filters.length}]${steps.join(',')}[${label}]`);
      outputs.push('-map', `[${label}]`, ...args);
    };
    if ('packaging' in group) {
      const destination = splitDestination(group.destination, directory, [
        ...group.outputs,
        ...group.captions,
      ]);
      for (const output of group.outputs) {
        const stem = `${directory}/${fileStem(group.destination, output)}`;
        if (isSound(output))
          outputs.push(...soundArguments(group, output, { settings, video, source, levels, stem }));
        else
          addPicture(
            output,
            outputRate(output, source).filters,
            pictureArguments(group, output, { settings, video, source, levels, stem }),
          );
      }
      return plannedStream(group, destination, source);
    }
    const address = group.outputGroupSettings.fileGroupSettings.destination;
    const destination = splitDestination(address, directory, group.outputs);
    const captures = group.outputs.map((output) => {
      const stem = fileStem(address, output);
      addPicture(output, captureFilter(output), captureArguments(output, source, `${directory}/${stem}`));
      return { fileName: `${stem}.0000000.jpg`, ...frameSize(output) };
    });
    return { kind: 'FRAME_CAPTURE', destination, captures };
  });

  const copies = filters.map((_, index) => `[s${index}]`).join('');
  // A fragmented MP4's first picture is played at 0, so one that starts later is shown from 0 on.
  const startsLate = (video.pictureDelaySeconds ?? 0) * source.framesPerSecond >= 1;
  const rate = `fps=${frameRate(source.framesPerSecond)}${startsLate ? ':start_time=0' : ''}`;
  // `fps` fills every gap with copies, and continues to the gap's end when all outputs are done: only the graph can stop it.
  const stop = `trim=end=${source.stopSeconds}`;
  const { deinterlace, color } = treatments.shared;
  const decoded = [...deinterlace, rate, stop, ...color, `split=${filters.length}${copies}`].join(',');
  const graph = [`[0:${video.videoStreamIndex}]${decoded}`, ...filters].join(';');
  return {
    args: [
      ...['-nostdin', '-v', 'error', '-progress', 'pipe:1', '-nostats', '-y'],
      ...UNTRUSTED_INPUT_OPTIONS,
      // MediaConvert ignores rotation metadata unless told to use it; ffmpeg applies it unless told not to.
      ...(source.rotates ? [] : ['-noautorotate']),
      ...['-i', `file:${options.files.input}`, '-filter_complex', graph],
      ...outputs,
    ],
    groups,
  };
}

function plannedStream(
  group: StreamGroup,
  destination: GroupDestination,
  source: SourcePicture,
): PlannedStream {
  const named = (output: PictureOutput | SoundOutput) => fileStem(group.destination, output);
  return {
    kind: 'HLS',
    packaging: group.packaging,
    destination,
    encryption: group.encryption,
    minFinalSegmentSeconds: group.minFinalSegmentSeconds,
    programDates: group.programDates,
    variants: group.outputs.flatMap((output) => {
      if (isSound(output)) return [];
      const { audioRenditionSets, iFrameOnlyManifest } = output.playlist;
      return {
        fileName: `${named(output)}.m3u8`,
        ...frameSize(output),
        framesPerSecond: outputRate(output, source).framesPerSecond,
        audioGroups: audioRenditionSets === undefined ? [] : setsOf(audioRenditionSets),
        iFramesFileName: iFrameOnlyManifest === 'INCLUDE' ? `${named(output)}_I-Frame.m3u8` : null,
      };
    }),
    sounds: group.outputs.flatMap((output) => {
      if (!isSound(output)) return [];
      const { audioGroupId, audioTrackType } = output.playlist;
      const [description] = output.audioDescriptions;
      return {
        fileName: `${named(output)}.m3u8`,
        group: audioGroupId,
        name: description?.streamName || 'Alternate Audio',
        language: description?.languageCode?.toLowerCase() ?? null,
        channels: description === undefined ? 2 : channelsOf(description),
        isDefault: audioTrackType === 'ALTERNATE_AUDIO_AUTO_SELECT_DEFAULT',
        isAutoSelected: audioTrackType !== 'ALTERNATE_AUDIO_NOT_AUTO_SELECT',
      };
    }),
    captions: group.captions.map(({ nameModifier, description }, index) => ({
      stem: fileStem(group.destination, { nameModifier }),
      selector: description.captionSelectorName,
      name: description.languageDescription,
      language: description.languageCode.toLowerCase(),
      // "The captions track that you specify first in your job is signaled as the default track in the HLS manifest":
      // https://docs.aws.amazon.com/mediaconvert/latest/ug/ttml-and-webvtt-output-captions.html
      isDefault: index === 0,
    })),
  };
}

interface OutputContext {
  readonly settings: SupportedSettings;
  readonly video: ProbedVideo;
  readonly source: SourcePicture;
  readonly levels: ReadonlyMap<string, Level>;
  /** Path of the output's files up to the number or the ending. */
  readonly stem: string;
}

function pictureArguments(group: StreamGroup, output: PictureOutput, context: OutputContext): string[] {
  const description = 'audioDescriptions' in output ? output.audioDescriptions?.[0] : undefined;
  const sound = description ? audioArguments(description, context) : [];
  return [
    ...videoArguments(output, group.segmentLength, context.source),
    ...(sound.length > 0 && context.source.hasAudio ? sound : ['-an']),
    ...segmentArguments(group, 'v', context),
  ];
}

/** @throws UnsupportedSettingError for a silent source: nothing would come of it but a playlist that leads nowhere */
function soundArguments(group: StreamGroup, output: SoundOutput, context: OutputContext): string[] {
  const [description] = output.audioDescriptions;
  if (!description || !context.source.hasAudio) {
    throw new UnsupportedSettingError(
      `audioDescriptions: the input has no sound for an output of its own (nameModifier ${JSON.stringify(output.nameModifier)})`,
    );
  }
  return [...audioArguments(description, context), ...segmentArguments(group, 'a', context)];
}

/**
 * A picture is decoded before it is shown, at less than 0 for the first one. ffmpeg would move all of an output for it, and
 * sound of its own would then be 80 ms before its picture. Nothing is below 0 when all outputs begin later.
 */
const TS_OFFSET_SECONDS = 1;

/** MediaConvert counts TS segments with five digits and CMAF's with nine. */
function segmentArguments(group: StreamGroup, track: 'v' | 'a', { source, stem }: OutputContext): string[] {
  const playlist = ['-hls_list_size', '0', '-hls_playlist_type', 'vod', '-start_number', '1'];
  const common = [
    ...['-t', String(source.stopSeconds)],
    // What else the master says (titles, places, chapters) can be as large as the file, and is nothing for viewers.
    ...['-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-f', 'hls', '-hls_time', String(group.segmentLength), ...playlist],
  ];
  if (group.packaging === 'TS') {
    const clock = ['-output_ts_offset', String(TS_OFFSET_SECONDS)];
    return [...common, ...clock, '-hls_segment_filename', `${stem}_%05d.ts`, `${stem}.m3u8`];
  }
  const initName = `${stem.slice(stem.lastIndexOf('/') + 1)}init.cmf${track}`;
  return [
    ...[...common, '-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', initName],
    ...['-hls_segment_filename', `${stem}_%09d.cmf${track}`, `${stem}.m3u8`],
  ];
}

/**
 * Every sound of a job, as it is measured before it is encoded.
 *
 * @throws UnsupportedSettingError when an output names an audio selector or a track that the input does not have
 */
export function soundsOf(settings: SupportedSettings, video: ProbedVideo): Sound[] {
  if (!video.hasAudio) return [];
  const { audioSelectors: selectors } = settings.input;
  const outputs = settings.outputGroups.flatMap((group) => ('packaging' in group ? group.outputs : []));
  const descriptions = outputs.flatMap((output) => output.audioDescriptions ?? []);
  return descriptions.map((description) => soundOf(description, { selectors, video }));
}

function audioArguments(description: AudioDescription, { settings, video, levels }: OutputContext): string[] {
  const { audioSelectors: selectors } = settings.input;
  const sound = soundOf(description, { selectors, video });
  const { trackIndex, encoder, bitrateBps, sampleRate, channels, dialnorm } = sound;
  return [
    ...['-map', `0:a:${trackIndex}`, '-c:a', encoder, '-b:a', String(bitrateBps), '-ar', String(sampleRate)],
    ...['-ac', String(channels)],
    ...(dialnorm === undefined ? [] : ['-dialnorm', String(-dialnorm)]),
    ...['-filter:a', soundFilters(sound, levels.get(levelKey(sound))).join(',')],
  ];
}

interface NamedOutput {
  readonly nameModifier: string;
}

function splitDestination(
  address: string,
  directory: string,
  outputs: readonly NamedOutput[],
): GroupDestination {
  const baseName = baseNameOf(address);
  return {
    directory,
    folder: address.slice(0, address.length - baseName.length),
    baseName: localStem(baseName),
    stems: [baseName, ...outputs.map(({ nameModifier }) => `${baseName}${nameModifier}`)],
  };
}

/** What the files of an output start with. */
function fileStem(address: string, { nameModifier }: NamedOutput): string {
  return localStem(`${baseNameOf(address)}${nameModifier}`);
}

function baseNameOf(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1);
}
