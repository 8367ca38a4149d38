/** Captions in files beside the master, or inside it, as WebVTT renditions. */
import type {
  CaptionDescription,
  CaptionSelector,
  CaptionSourceSettings,
  CaptionSourceType,
  Output,
} from '@aws-sdk/client-mediaconvert';
import { refuse } from '../refuse.ts';
import type { CaptionTrack, EmbeddedCaptions } from './options.ts';

/**
 * MediaConvert does not look into the file: the ending decides.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/sidecar-captions-support-tables-by-container-type.html
 */
const SOURCE_TYPES: Readonly<Record<string, CaptionSourceType>> = {
  srt: 'SRT',
  vtt: 'WEBVTT',
  webvtt: 'WEBVTT',
  ttml: 'TTML',
  dfxp: 'TTML',
  xml: 'IMSC',
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
    tracks.map((track, index) => {
      const { languageCode, label } = track;
      const SourceSettings =
        track.channel === undefined ? fileSource(track.input, index) : channelSource(track, index);
      if (!/^[A-Z]{3}$/.test(languageCode)) {
        refuse(
          ['captions', index, 'languageCode'],
          'an ISO 639-2 code in capital letters, such as "ENG"',
          languageCode,
        );
      }
      if (label.trim() === '')
        refuse(['captions', index, 'label'], 'what the player shows, such as "English"', label);
      return [selectorName(index), { SourceSettings }];
    }),
  );
}

function fileSource(input: string, index: number): CaptionSourceSettings {
  const ending = /^s3:\/\/[^/]+\/.+\.([a-z]+)$/is.exec(input)?.[1]?.toLowerCase() ?? '';
  const SourceType = Object.hasOwn(SOURCE_TYPES, ending) ? SOURCE_TYPES[ending] : undefined;
  if (SourceType !== undefined) return { SourceType, FileSourceSettings: { SourceFile: input } };
  const wanted = `s3://<bucket>/<key> ending in ${Object.keys(SOURCE_TYPES).join(', ')}`;
  return refuse(['captions', index, 'input'], wanted, input);
}

/** @see https://docs.aws.amazon.com/mediaconvert/latest/ug/embedded.html */
function channelSource({ channel, input }: EmbeddedCaptions, index: number): CaptionSourceSettings {
  if (input !== undefined) {
    refuse(['captions', index, 'input'], 'no file with a channel of the master', input);
  }
  if (![1, 2, 3, 4].includes(channel)) refuse(['captions', index, 'channel'], '1, 2, 3 or 4', channel);
  // MediaConvert reads one picture track, so its number is always 1.
  const EmbeddedSourceSettings = { Source608ChannelNumber: channel, Source608TrackNumber: 1 };
  return { SourceType: 'EMBEDDED', EmbeddedSourceSettings };
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
