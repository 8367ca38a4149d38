/** The sound: AAC-LC stereo, in every rendition or in a group of its own. */
import type { AudioDescription } from '@aws-sdk/client-mediaconvert';
import type { Rung } from '../ladder.ts';
import { refuse } from '../refuse.ts';

export const AUDIO_SELECTOR = 'Audio Selector 1';
/** GROUP-ID in the master playlist. */
export const AUDIO_GROUP = 'audio';

const DEFAULT_BITRATE_BPS = 128_000;
/**
 * Of AAC-LC in stereo at 48 kHz.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html
 */
const BITRATES_BPS: readonly number[] = [
  64_000, 80_000, 96_000, 112_000, 128_000, 160_000, 192_000, 224_000, 256_000, 288_000, 320_000, 384_000,
  448_000, 512_000, 576_000,
];

/** @throws TypeError naming the rung whose sound is not possible */
export function requireAudioBitrates(ladder: readonly Rung[], audio: 'muxed' | 'group'): void {
  ladder.forEach(({ audioBitrateBps }, index) => {
    if (audioBitrateBps === undefined) return;
    const path = ['ladder', index, 'audioBitrateBps'] as const;
    if (audio === 'group') {
      const wanted = ['none with ', { option: 'audio', value: 'group' }, ', whose sound all rungs share'];
      refuse(path, wanted, audioBitrateBps);
    }
    if (!BITRATES_BPS.includes(audioBitrateBps)) {
      refuse(path, `one of ${BITRATES_BPS.join(', ')}`, audioBitrateBps);
    }
  });
}

export function stereoAac(bitrateBps = DEFAULT_BITRATE_BPS): AudioDescription {
  return {
    AudioSourceName: AUDIO_SELECTOR,
    CodecSettings: {
      Codec: 'AAC',
      AacSettings: { Bitrate: bitrateBps, CodingMode: 'CODING_MODE_2_0', SampleRate: 48_000 },
    },
  };
}

/** The same for a rendition that a player lists by name and language; the language is the master's, if it says one. */
export function namedStereoAac(): AudioDescription {
  return { ...stereoAac(), LanguageCodeControl: 'FOLLOW_INPUT', StreamName: 'Audio' };
}
