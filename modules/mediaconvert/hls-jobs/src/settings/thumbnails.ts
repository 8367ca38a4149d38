/** A still every ten seconds, as JPEG. */
import type { OutputGroup } from '@aws-sdk/client-mediaconvert';
import { frameSize, type SourceShape } from '../ladder.ts';
import { preprocessors } from './preprocessors.ts';

const THUMBNAIL_SHORT_SIDE_PIXELS = 360;
/** Seconds from one thumbnail to the next; the first is the video's first picture. */
export const THUMBNAIL_EVERY_SECONDS = 10;

export function thumbnailGroup(source?: SourceShape, destination?: string): OutputGroup {
  const shortSide = source ? Math.min(source.width, source.height) : THUMBNAIL_SHORT_SIDE_PIXELS;
  return {
    Name: 'Thumbnails',
    OutputGroupSettings: {
      Type: 'FILE_GROUP_SETTINGS',
      FileGroupSettings: { ...(destination !== undefined && { Destination: destination }) },
    },
    Outputs: [
      {
        ContainerSettings: { Container: 'RAW' },
        Extension: 'jpg',
        VideoDescription: {
          ...frameSize(Math.min(shortSide, THUMBNAIL_SHORT_SIDE_PIXELS), source),
          ...preprocessors(source),
          CodecSettings: {
            Codec: 'FRAME_CAPTURE',
            FrameCaptureSettings: {
              FramerateNumerator: 1,
              FramerateDenominator: THUMBNAIL_EVERY_SECONDS,
              Quality: 80,
            },
          },
        },
      },
    ],
  };
}
