/** MPEG-TS segments: the widest reach, and the only ones that MediaConvert encrypts with AES-128. */
import type { Output, OutputGroup } from '@aws-sdk/client-mediaconvert';
import { type Rung, rungsFor } from '../ladder.ts';
import { audioRenditionSets, muxedSound, type SoundRendition, soundRenditions } from './audio-tracks.ts';
import { captionOutputs } from './captions.ts';
import { hlsEncryption } from './encryption.ts';
import type { Choices } from './options.ts';
import { finalSegment, programDates } from './playlists.ts';
import { h264 } from './video.ts';

export function hlsGroup(choices: Choices, destination?: string): OutputGroup {
  return {
    Name: 'HLS',
    OutputGroupSettings: {
      Type: 'HLS_GROUP_SETTINGS',
      HlsGroupSettings: {
        ...(destination !== undefined && { Destination: destination }),
        SegmentControl: 'SEGMENTED_FILES',
        SegmentLength: choices.segmentSeconds,
        MinSegmentLength: 0,
        ...finalSegment(choices),
        ...programDates(choices),
        ManifestDurationFormat: 'FLOATING_POINT',
        CodecSpecification: 'RFC_4281',
        DirectoryStructure: 'SINGLE_DIRECTORY',
        OutputSelection: 'MANIFESTS_AND_SEGMENTS',
        StreamInfResolution: 'INCLUDE',
        ...(choices.encryption && { Encryption: hlsEncryption(choices.encryption) }),
      },
    },
    Outputs: [
      ...rungsFor(choices.ladder, choices.source).map((rung) => rendition(rung, choices)),
      ...(choices.audio === 'group' ? soundRenditions(choices).map(audioRendition) : []),
      ...captionOutputs(choices.captions, { ...container(), OutputSettings: { HlsSettings: {} } }),
    ],
  };
}

function rendition(rung: Rung, choices: Choices): Output {
  const { source, audio, iFramePlaylists } = choices;
  return {
    NameModifier: `_${rung.shortSidePixels}p`,
    ...container(),
    OutputSettings: {
      HlsSettings: {
        ...(audio === 'group' && { AudioRenditionSets: audioRenditionSets(choices) }),
        ...(iFramePlaylists && { IFrameOnlyManifest: 'INCLUDE' }),
      },
    },
    VideoDescription: h264(rung, source),
    ...(audio === 'muxed' && { AudioDescriptions: [muxedSound(choices, rung)] }),
  };
}

function audioRendition({ nameModifier, groupId, trackType, description }: SoundRendition): Output {
  return {
    NameModifier: nameModifier,
    ...container(),
    OutputSettings: {
      HlsSettings: {
        AudioGroupId: groupId,
        AudioTrackType: trackType,
        // In TS like the picture, so that both use the same clock, without ID3 tags in raw AAC.
        AudioOnlyContainer: 'M2TS',
      },
    },
    AudioDescriptions: [description],
  };
}

function container(): Pick<Output, 'ContainerSettings'> {
  return { ContainerSettings: { Container: 'M3U8', M3u8Settings: {} } };
}
