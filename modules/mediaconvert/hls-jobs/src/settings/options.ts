/** What can be chosen about a title's output. */
import type { LanguageCode } from '@aws-sdk/client-mediaconvert';
import type { Rung, SourceShape } from '../ladder.ts';
import { refuse } from '../refuse.ts';
import { requireAudioBitrates } from './audio.ts';
import { type AudioTrackOptions, needsAudioGroup, requireAudioTracks } from './audio-tracks.ts';
import { type HlsEncryption, requireEncryption } from './encryption.ts';
import { type PictureOptions, requirePicture } from './picture.ts';
import { type PlaylistOptions, requirePlaylistOptions } from './playlists.ts';

/** Output that a job and its template have in common. */
export interface HlsOutputOptions extends PictureOptions {
  /** Renditions to make; those above the source are omitted. */
  readonly ladder: readonly Rung[];
  /** Target length of a segment, in whole seconds, 1 to 60. */
  readonly segmentSeconds: number;
  /**
   * What is known of the input.
   * @default - 16:9 with sound, and tall enough for every rung
   */
  readonly source?: SourceShape;
  /**
   * What segments are made of: `hls-ts` (MPEG-TS, plays everywhere, can be encrypted) or `cmaf` (fragmented MP4).
   * @default 'hls-ts'
   */
  readonly packaging?: 'hls-ts' | 'cmaf';
  /**
   * Where sound goes: `muxed` into every rendition, or into its own `group`, which is stored once and fetched separately.
   *
   * In CMAF every track is a separate file, so `muxed` is refused there.
   * @default - `muxed` in `hls-ts`, `group` in `cmaf` and for several tracks
   */
  readonly audio?: 'muxed' | 'group';
  /**
   * Whether each rendition gets a playlist of its I-frames as well, for scrubbing and fast forward.
   * @default false
   */
  readonly iFramePlaylists?: boolean;
}

/** Captions of one language, which become a rendition in WebVTT. The first track of a job is the default one. */
export type CaptionTrack = SidecarCaptions | EmbeddedCaptions;

interface CaptionLabels {
  /** ISO 639-2 in capital letters, as MediaConvert spells it: `ENG`, `DEU`. */
  readonly languageCode: LanguageCode;
  /** What the player's menu shows: `English`, `Deutsch (für Hörgeschädigte)`. */
  readonly label: string;
}

/** Captions in a file of their own. */
export interface SidecarCaptions extends CaptionLabels {
  /** `s3://<bucket>/<key>`, ending in .srt, .vtt, .webvtt, .ttml, .dfxp, .xml (IMSC), .scc, .stl or .smi. */
  readonly input: string;
  readonly channel?: never;
}

/** Captions inside the master's picture (CEA-608, or the 608 part of CEA-708). */
export interface EmbeddedCaptions extends CaptionLabels {
  /** The channel: 1 for CC1, as most recordings have it. */
  readonly channel: 1 | 2 | 3 | 4;
  readonly input?: never;
}

export interface HlsJobOptions extends HlsOutputOptions, AudioTrackOptions, PlaylistOptions {
  /** The master: `s3://<bucket>/<key>`. */
  readonly input: string;
  /** Base name of everything written: `s3://<bucket>/<prefix>/<id>/index` gives `index.m3u8`. */
  readonly destination: string;
  /** @default - no captions */
  readonly captions?: readonly CaptionTrack[];
  /**
   * Encrypts segments of picture and sound with AES-128; `hls-ts` only. Captions and thumbnails stay clear.
   * @default - nothing is encrypted
   */
  readonly encryption?: HlsEncryption;
}

/** The options with every choice made. */
export interface Choices extends Omit<HlsOutputOptions, 'audio' | 'hdr'>, AudioTrackOptions, PlaylistOptions {
  readonly packaging: 'hls-ts' | 'cmaf';
  /** `none` where the source is silent. */
  readonly audio: 'muxed' | 'group' | 'none';
  readonly iFramePlaylists: boolean;
  readonly captions: readonly CaptionTrack[];
  readonly encryption?: HlsEncryption;
}

/** @throws TypeError naming the option that cannot be */
export function choose(
  options: HlsOutputOptions &
    AudioTrackOptions &
    PlaylistOptions &
    Pick<HlsJobOptions, 'captions' | 'encryption'>,
): Choices {
  const { packaging = 'hls-ts', iFramePlaylists = false, captions = [], segmentSeconds } = options;
  if (packaging !== 'hls-ts' && packaging !== 'cmaf') refuse('packaging', '"hls-ts" or "cmaf"', packaging);
  const isGroup = packaging === 'cmaf' || needsAudioGroup(options);
  const audio = options.audio ?? (isGroup ? 'group' : 'muxed');
  if (audio !== 'muxed' && audio !== 'group') refuse('audio', '"muxed" or "group"', audio);
  if (packaging === 'cmaf' && audio === 'muxed') {
    const wanted = [
      '"group" with ',
      { option: 'packaging', value: 'cmaf' },
      ', which has a file for every track',
    ];
    refuse('audio', wanted, audio);
  }
  requireAudioTracks(options, audio);
  requireEncryption(options.encryption, packaging);
  requireAudioBitrates(options.ladder, audio);
  requirePicture(options);
  if (!Number.isInteger(segmentSeconds) || segmentSeconds < 1 || segmentSeconds > 60) {
    refuse('segmentSeconds', 'a whole number of seconds from 1 to 60', segmentSeconds);
  }
  requirePlaylistOptions(options, { packaging, segmentSeconds });
  const hasAudio = options.source?.hasAudio ?? true;
  const { ladder, source, audioTracks, surround, encryption } = options;
  const { loudnessLufs, programDateTime, minFinalSegmentSeconds } = options;
  return {
    ladder,
    segmentSeconds,
    ...(source && { source }),
    packaging,
    audio: hasAudio ? audio : 'none',
    ...(audioTracks && { audioTracks }),
    ...(surround && { surround }),
    ...(loudnessLufs !== undefined && { loudnessLufs }),
    ...(programDateTime !== undefined && { programDateTime }),
    ...(minFinalSegmentSeconds !== undefined && { minFinalSegmentSeconds }),
    iFramePlaylists,
    captions,
    ...(encryption && { encryption }),
  };
}
