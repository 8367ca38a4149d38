/** Fragmented MP4 (CMAF) behind HLS playlists: less overhead than TS, and what newer codecs and DRM need. */
import type { CmfcSettings, Output, OutputGroup } from '@aws-sdk/client-mediaconvert';
import { rungsFor } from '../ladder.ts';
import { audioRenditionSets, type SoundRendition, soundRenditions } from './audio-tracks.ts';
import { captionOutputs } from './captions.ts';
import type { Choices } from './options.ts';
import { finalSegment } from './playlists.ts';
import { h264 } from './video.ts';

/** Each output holds one track: a picture, the sound, or captions. */
export function cmafGroup(choices: Choices, destination?: string): OutputGroup {
  const { ladder, source, segmentSeconds, audio, iFramePlaylists, captions } = choices;
  return {
    Name: 'CMAF',
    OutputGroupSettings: {
      Type: 'CMAF_GROUP_SETTINGS',
      CmafGroupSettings: {
        ...(destination !== undefined && { Destination: destination }),
        SegmentControl: 'SEGMENTED_FILES',
        SegmentLength: segmentSeconds,
        FragmentLength: fragmentSeconds(segmentSeconds),
        ...finalSegment(choices),
        WriteHlsManifest: 'ENABLED',
        // One delivery path, one format: a DASH manifest would be signed and stored, but no player would use it.
        WriteDashManifest: 'DISABLED',
        ManifestDurationFormat: 'FLOATING_POINT',
        CodecSpecification: 'RFC_4281',
        StreamInfResolution: 'INCLUDE',
      },
    },
    Outputs: [
      ...rungsFor(ladder, source).map((rung) => ({
        NameModifier: `_${rung.shortSidePixels}p`,
        ...container({
          ...(audio === 'group' && { AudioRenditionSets: audioRenditionSets(choices) }),
          ...(iFramePlaylists && { IFrameOnlyManifest: 'INCLUDE' }),
        }),
        VideoDescription: h264(rung, source),
      })),
      ...(audio === 'group' ? soundRenditions(choices).map(audioRendition) : []),
      ...captionOutputs(captions, container({})),
    ],
  };
}

function audioRendition({ nameModifier, groupId, trackType, description }: SoundRendition): Output {
  return {
    NameModifier: nameModifier,
    ...container({
      AudioGroupId: groupId,
      AudioTrackType: trackType,
    }),
    AudioDescriptions: [description],
  };
}

function container(settings: CmfcSettings): Pick<Output, 'ContainerSettings'> {
  return { ContainerSettings: { Container: 'CMFC', CmfcSettings: settings } };
}

/** MediaConvert's own 2 seconds where they divide the segment, else 1. */
function fragmentSeconds(segmentSeconds: number): number {
  return segmentSeconds % 2 === 0 ? 2 : 1;
}
