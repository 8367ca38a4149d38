/** The sound: AAC-LC stereo, in every rendition or in a group of its own. */
import type { AudioDescription } from '@aws-sdk/client-mediaconvert';

export const AUDIO_SELECTOR = 'Audio Selector 1';
/** GROUP-ID in the master playlist. */
export const AUDIO_GROUP = 'audio';

export function stereoAac(): AudioDescription {
  return {
    AudioSourceName: AUDIO_SELECTOR,
    CodecSettings: {
      Codec: 'AAC',
      AacSettings: { Bitrate: 128_000, CodingMode: 'CODING_MODE_2_0', SampleRate: 48_000 },
    },
  };
}

/** The same for a rendition that a player lists by name and language; the language is the master's, if it says one. */
export function namedStereoAac(): AudioDescription {
  return { ...stereoAac(), LanguageCodeControl: 'FOLLOW_INPUT', StreamName: 'Audio' };
}
