/** Which sound a title gets: one track of the master or several, each by its language, and 5.1 beside stereo. */
import type {
  AudioDescription,
  AudioSelector,
  CmfcAudioTrackType,
  LanguageCode,
} from '@aws-sdk/client-mediaconvert';
import type { Rung } from '../ladder.ts';
import { refuse } from '../refuse.ts';
import { AUDIO_GROUP, AUDIO_SELECTOR, namedStereoAac, stereoAac } from './audio.ts';
import { dialnorm, normalization, requireLoudness } from './loudness.ts';

/** One track of the master's sound. The first of a job is the default one. */
export interface AudioTrack {
  /** Its number among the master's tracks of sound, 1 for the first. */
  readonly track: number;
  /** ISO 639-2 in capital letters, as MediaConvert spells it: `ENG`, `DEU`. */
  readonly languageCode: LanguageCode;
  /** What the player's menu shows: letters of ASCII, digits, `_` and spaces, since MediaConvert takes no others here. */
  readonly label: string;
}

/** Job options about sound. */
export interface AudioTrackOptions {
  /**
   * Tracks of the master's sound to make renditions of, in the order of the player's menu. Several need `audio: 'group'`,
   * which is the default then; one alone also chooses what is muxed.
   * @default - the first track, without a language of its own
   */
  readonly audioTracks?: readonly AudioTrack[];
  /**
   * 5.1 sound as AC-3 of 384 kbit/s, an extra rendition of each track beside the stereo one: only for masters whose tracks
   * have six channels. It needs `audio: 'group'`, which is the default then.
   *
   * Each rung is listed once with stereo and once with 5.1, so a player without AC-3 chooses among the first.
   * @default - stereo alone
   * @see https://developer.apple.com/documentation/http-live-streaming/hls-authoring-specification-for-apple-devices
   */
  readonly surround?: 'ac3';
  /**
   * Loudness that every track is brought to, stereo and 5.1 alike, in LUFS (which MediaConvert calls LKFS), −59 to 0:
   * −23 by EBU R 128, about −16 for phones. It is measured over the whole track, silence left out, and its true peaks end
   * at −1 dBFS. MediaConvert charges for it by the minute.
   * @default - as loud as the master
   * @see https://tech.ebu.ch/publications/r128
   */
  readonly loudnessLufs?: number;
}

/** A rendition of sound alone. */
export interface SoundRendition {
  readonly nameModifier: string;
  readonly groupId: string;
  readonly trackType: CmfcAudioTrackType;
  readonly description: AudioDescription;
}

const SURROUND_GROUP = 'audio-surround';
/** MediaConvert's own limit of a track number is larger; no container has more. */
const MOST_TRACK = 1000;

/** Whether sound cannot be muxed: a rendition has one track in it. */
export function needsAudioGroup({ audioTracks = [], surround }: AudioTrackOptions): boolean {
  return audioTracks.length > 1 || surround !== undefined;
}

/** @throws TypeError naming the option that is not possible */
export function requireAudioTracks(
  { audioTracks, surround, loudnessLufs }: AudioTrackOptions,
  audio: 'muxed' | 'group',
): void {
  requireLoudness(loudnessLufs);
  if (surround !== undefined && surround !== 'ac3') refuse('surround', '"ac3"', surround);
  if (audio === 'muxed' && surround !== undefined) {
    refuse('audio', ['"group" with ', { option: 'surround', value: surround }], audio);
  }
  if (audioTracks === undefined) return;
  if (audioTracks.length === 0) refuse('audioTracks', 'at least one track, or no such option', []);
  if (audio === 'muxed' && audioTracks.length > 1) {
    refuse('audio', ['"group" with several of ', { option: 'audioTracks' }], audio);
  }
  const labels = new Set<string>();
  audioTracks.forEach(({ track, languageCode, label }, index) => {
    if (!Number.isInteger(track) || track < 1 || track > MOST_TRACK)
      refuse(['audioTracks', index, 'track'], `a whole number from 1 to ${MOST_TRACK}`, track);
    if (!/^[A-Z]{3}$/.test(languageCode))
      refuse(
        ['audioTracks', index, 'languageCode'],
        'an ISO 639-2 code in capital letters, such as "ENG"',
        languageCode,
      );
    if (!/^\w[\w ]*$/.test(label))
      refuse(
        ['audioTracks', index, 'label'],
        'letters of ASCII, digits, _ and spaces, such as "English"',
        label,
      );
    // RFC 8216, section 4.3.4.1.1: the names of a group's renditions differ.
    if (labels.has(label)) refuse(['audioTracks', index, 'label'], 'a label that no other track has', label);
    labels.add(label);
  });
}

/** The input's side of the tracks. A track that is missing must not be replaced by one of another language. */
export function audioSelectors({ audioTracks }: AudioTrackOptions): Record<string, AudioSelector> {
  if (audioTracks === undefined) return { [AUDIO_SELECTOR]: { DefaultSelection: 'DEFAULT' } };
  return Object.fromEntries(
    audioTracks.map(({ track }, index) => [
      selectorName(index),
      { SelectorType: 'TRACK' as const, Tracks: [track] },
    ]),
  );
}

/** Sound in the same file as the picture. */
export function muxedSound(
  { audioTracks: [first] = [], loudnessLufs }: AudioTrackOptions,
  { audioBitrateBps }: Pick<Rung, 'audioBitrateBps'>,
): AudioDescription {
  return { ...stereoAac(audioBitrateBps), ...(first && languageOf(first)), ...normalization(loudnessLufs) };
}

/** Sound of its own: stereo of each track, then 5.1 of each where it is asked for. */
export function soundRenditions({
  audioTracks,
  surround,
  loudnessLufs,
}: AudioTrackOptions): SoundRendition[] {
  const tracks = audioTracks ?? [undefined];
  const names = nameModifiers(tracks);
  const rendition = (index: number, groupId: string, sound: AudioDescription): SoundRendition => {
    const track = tracks[index];
    return {
      nameModifier: `${names[index]}${groupId === SURROUND_GROUP ? `_${surround}` : ''}`,
      groupId,
      trackType: index === 0 ? 'ALTERNATE_AUDIO_AUTO_SELECT_DEFAULT' : 'ALTERNATE_AUDIO_AUTO_SELECT',
      description: {
        ...sound,
        AudioSourceName: selectorName(index),
        ...(track && { ...languageOf(track), StreamName: track.label }),
        ...normalization(loudnessLufs),
      },
    };
  };
  return [
    ...tracks.map((_, index) => rendition(index, AUDIO_GROUP, namedStereoAac())),
    ...(surround === undefined
      ? []
      : tracks.map((_, index) => rendition(index, SURROUND_GROUP, namedAc3(loudnessLufs)))),
  ];
}

/** GROUP-IDs that every picture goes with, as MediaConvert lists them. */
export function audioRenditionSets({ surround }: AudioTrackOptions): string {
  return surround === undefined ? AUDIO_GROUP : `${AUDIO_GROUP},${SURROUND_GROUP}`;
}

function namedAc3(loudnessLufs: number | undefined): AudioDescription {
  const Ac3Settings = {
    ...{ Bitrate: 384_000, CodingMode: 'CODING_MODE_3_2_LFE' as const, SampleRate: 48_000 },
    ...dialnorm(loudnessLufs),
  };
  return { ...namedStereoAac(), CodecSettings: { Codec: 'AC3', Ac3Settings } };
}

function languageOf({ languageCode }: AudioTrack) {
  return { LanguageCode: languageCode, LanguageCodeControl: 'USE_CONFIGURED' as const };
}

function selectorName(index: number): string {
  return index === 0 ? AUDIO_SELECTOR : `Audio Selector ${index + 1}`;
}

/** By language, since people read file names; a second track of one language is numbered. */
function nameModifiers(tracks: readonly (AudioTrack | undefined)[]): string[] {
  const counts = new Map<string, number>();
  return tracks.map((track) => {
    if (track === undefined) return '_audio';
    const language = track.languageCode.toLowerCase();
    const count = (counts.get(language) ?? 0) + 1;
    counts.set(language, count);
    return `_audio_${language}${count > 1 ? `_${count}` : ''}`;
  });
}
