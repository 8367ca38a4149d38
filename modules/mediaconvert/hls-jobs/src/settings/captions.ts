/** Caption files beside the master, as WebVTT renditions. */
import type {
  CaptionDescription,
  CaptionSelector,
  CaptionSourceType,
  Output,
} from '@aws-sdk/client-mediaconvert';
import { refuse } from '../refuse.ts';
import type { CaptionTrack } from './options.ts';

/** MediaConvert does not look into the file: the ending decides. */
const SOURCE_TYPES: Readonly<Record<string, CaptionSourceType>> = {
  srt: 'SRT',
  vtt: 'WEBVTT',
  webvtt: 'WEBVTT',
  ttml: 'TTML',
  dfxp: 'TTML',
  scc: 'SCC',
  stl: 'STL',
  smi: 'SMI',
};

/**
 * The input's side of the tracks.
 *
 * @throws TypeError naming the track and its option that cannot be used
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/sidecar-input.html
 */
export function captionSelectors(tracks: readonly CaptionTrack[]): Record<string, CaptionSelector> {
  return Object.fromEntries(
    tracks.map(({ input, languageCode, label }, index) => {
      const ending = /^s3:\/\/[^/]+\/.+\.([a-z]+)$/is.exec(input)?.[1]?.toLowerCase() ?? '';
      const SourceType = Object.hasOwn(SOURCE_TYPES, ending) ? SOURCE_TYPES[ending] : undefined;
      if (SourceType === undefined) {
        refuse(
          ['captions', index, 'input'],
          `s3://<bucket>/<key> ending in ${Object.keys(SOURCE_TYPES).join(', ')}`,
          input,
        );
      }
      if (!/^[A-Z]{3}$/.test(languageCode)) {
        refuse(
          ['captions', index, 'languageCode'],
          'an ISO 639-2 code in capital letters, such as "ENG"',
          languageCode,
        );
      }
      if (label.trim() === '')
        refuse(['captions', index, 'label'], 'what the player shows, such as "English"', label);
      const selector = { SourceSettings: { SourceType, FileSourceSettings: { SourceFile: input } } };
      return [selectorName(index), selector];
    }),
  );
}

/**
 * One output per track, which is how MediaConvert makes sidecar captions.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/ttml-and-webvtt-output-captions.html
 */
export function captionOutputs(
  tracks: readonly CaptionTrack[],
  container: Pick<Output, 'ContainerSettings' | 'OutputSettings'>,
): Output[] {
  const modifiers = nameModifiers(tracks);
  return tracks.map((track, index) => ({
    NameModifier: modifiers[index],
    ...container,
    CaptionDescriptions: [webVtt(track, index)],
  }));
}

function webVtt({ languageCode, label }: CaptionTrack, index: number): CaptionDescription {
  return {
    CaptionSelectorName: selectorName(index),
    LanguageCode: languageCode,
    LanguageDescription: label,
    DestinationSettings: {
      DestinationType: 'WEBVTT',
      WebvttDestinationSettings: { StylePassthrough: 'ENABLED' },
    },
  };
}

function selectorName(index: number): string {
  return `Caption Selector ${index + 1}`;
}

/** By language, since people read file names; a second track of one language is numbered. */
function nameModifiers(tracks: readonly CaptionTrack[]): string[] {
  const counts = new Map<string, number>();
  return tracks.map(({ languageCode }) => {
    const language = languageCode.toLowerCase();
    const count = (counts.get(language) ?? 0) + 1;
    counts.set(language, count);
    return `_captions_${language}${count > 1 ? `_${count}` : ''}`;
  });
}
