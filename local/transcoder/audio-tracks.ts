/** Which track of the input an output's sound is made of, and how it is encoded. Pure. */
import { z } from 'zod';
import type { ProbedVideo } from '../../ops/probe/probe.ts';
import type { LevelledSound } from './loudness.ts';
import { UnsupportedSettingError } from './unsupported-setting.ts';

/** @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-ac3settings */
export const ac3Settings = z.strictObject({
  bitrate: z.int().min(64_000).max(640_000),
  codingMode: z.enum(['CODING_MODE_2_0', 'CODING_MODE_3_2_LFE']),
  sampleRate: z.literal(48_000),
  bitstreamMode: z.literal('COMPLETE_MAIN').optional(),
  dialnorm: z.int().min(1).max(31).optional(),
});

const CHANNELS = { CODING_MODE_1_0: 1, CODING_MODE_2_0: 2, CODING_MODE_3_2_LFE: 6 } as const;

interface Coding {
  readonly bitrate: number;
  readonly sampleRate: number;
  readonly codingMode: keyof typeof CHANNELS;
  readonly dialnorm?: number | undefined;
}

/** The part of an audio description that says how its sound is encoded. */
interface SoundDescription {
  readonly audioSourceName: string;
  readonly audioNormalizationSettings?: LevelledSound['loudness'];
  readonly codecSettings:
    | { readonly codec: 'AAC'; readonly aacSettings: Coding }
    | { readonly codec: 'AC3'; readonly ac3Settings: Coding };
}

interface SoundSelector {
  readonly tracks?: readonly number[] | undefined;
}

export interface Sound extends LevelledSound {
  /** ffmpeg's name of the encoder. */
  readonly encoder: 'aac' | 'ac3';
  readonly bitrateBps: number;
  /** What AC-3 says of its own level: decibels below full scale. */
  readonly dialnorm: number | undefined;
}

/**
 * @param selectors - of the input, by name
 * @throws UnsupportedSettingError for a selector or a track that the input does not have, and for 5.1 of fewer channels:
 *   silent loudspeakers would be noticed by viewers alone
 */
export function soundOf(
  { audioSourceName: name, codecSettings, audioNormalizationSettings: loudness }: SoundDescription,
  {
    selectors,
    video,
  }: {
    readonly selectors: Readonly<Record<string, SoundSelector>>;
    readonly video: Pick<ProbedVideo, 'audioChannels'>;
  },
): Sound {
  const names = Object.keys(selectors);
  if (!names.includes(name)) {
    throw new UnsupportedSettingError(
      `audioSourceName: expected one of the input's audio selectors (${names.join(', ') || 'none'}), got ${JSON.stringify(name)}`,
    );
  }
  const [track = 1] = selectors[name]?.tracks ?? [];
  // Of a silent input no sound is made, so that no track of it is missing.
  const audioChannels = video.audioChannels?.length ? video.audioChannels : undefined;
  if (audioChannels !== undefined && track > audioChannels.length) {
    throw new UnsupportedSettingError(
      `inputs[0].audioSelectors.${name}.tracks: expected one of the input's ${audioChannels.length} tracks of sound, got ${track}`,
    );
  }
  const { bitrate, sampleRate, codingMode, dialnorm } = codingOf(codecSettings);
  const channels = CHANNELS[codingMode];
  const there = audioChannels?.[track - 1] ?? channels;
  if (channels > 2 && there < channels) {
    throw new UnsupportedSettingError(
      `ac3Settings.codingMode: expected a track with ${channels} channels for ${codingMode}, got track ${track} with ${there}`,
    );
  }
  const encoder = codecSettings.codec === 'AAC' ? 'aac' : 'ac3';
  return { trackIndex: track - 1, encoder, bitrateBps: bitrate, dialnorm, sampleRate, channels, loudness };
}

/** Channels that the output has. */
export function channelsOf({ codecSettings }: Pick<SoundDescription, 'codecSettings'>): number {
  return CHANNELS[codingOf(codecSettings).codingMode];
}

function codingOf(codecSettings: SoundDescription['codecSettings']): Coding {
  return codecSettings.codec === 'AAC' ? codecSettings.aacSettings : codecSettings.ac3Settings;
}
