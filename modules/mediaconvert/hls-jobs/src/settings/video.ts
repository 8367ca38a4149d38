/** The picture of a rendition, the same in every packaging. */
import type { VideoDescription } from '@aws-sdk/client-mediaconvert';
import { frameSize, type Rung, type SourceShape } from '../ladder.ts';
import { frameRate } from './frame-rate.ts';
import { preprocessors } from './preprocessors.ts';

export function h264(rung: Rung, source?: SourceShape): VideoDescription {
  return {
    ...frameSize(rung.shortSidePixels, source),
    ...preprocessors(source),
    CodecSettings: {
      Codec: 'H_264',
      H264Settings: {
        // Apple's specification for HLS prefers it to MAIN, MediaConvert's default.
        CodecProfile: 'HIGH',
        RateControlMode: 'QVBR',
        QvbrSettings: { QvbrQualityLevel: qvbrQualityLevel(rung) },
        MaxBitrate: rung.maxBitrateBps,
        QualityTuningLevel: 'SINGLE_PASS_HQ',
        // AUTO lets MediaConvert place the I-frames, segment boundaries included; GopSize must then be absent.
        GopSizeUnits: 'AUTO',
        SceneChangeDetect: 'TRANSITION_DETECTION',
        ...frameRate(source),
        ParControl: 'SPECIFIED',
        ParNumerator: 1,
        ParDenominator: 1,
      },
    },
  };
}

/** AWS's pairing of QVBR quality with picture size: 7 for small screens, 8 for 720p, 9 for full HD and above. */
function qvbrQualityLevel(rung: Rung): number {
  if (rung.shortSidePixels >= 1080) return 9;
  return rung.shortSidePixels >= 720 ? 8 : 7;
}
