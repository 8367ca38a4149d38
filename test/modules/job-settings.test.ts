import type { JobSettings, Output } from '@aws-sdk/client-mediaconvert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hlsJobSettings,
  hlsTemplateSettings,
  rungsFor,
} from '../../modules/mediaconvert/hls-jobs/src/index.ts';

const ladder = [
  { shortSidePixels: 360, maxBitrateBps: 365_000 },
  { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
  { shortSidePixels: 1080, maxBitrateBps: 6_000_000 },
];
const job = {
  input: 's3://masters/uploads/42.mp4',
  destination: 's3://outputs/books/42/index',
  ladder,
  segmentSeconds: 6,
};

describe('the HLS output group', () => {
  it('makes 16:9 renditions with sound when nothing is known of the source', () => {
    expect(renditions(hlsJobSettings(job)).map(sizeAndName)).toEqual([
      ['_360p', 640, 360],
      ['_720p', 1280, 720],
      ['_1080p', 1920, 1080],
    ]);
    expect(renditions(hlsJobSettings(job)).every((output) => output.AudioDescriptions?.length === 1)).toBe(
      true,
    );
  });

  it('keeps the shape of a vertical source and counts its rungs by the short side', () => {
    const source = { width: 720, height: 1280, hasAudio: true };
    expect(renditions(hlsJobSettings({ ...job, source })).map(sizeAndName)).toEqual([
      ['_360p', 360, 640],
      ['_720p', 720, 1280],
    ]);
  });

  it('makes one rung of the source’s own size when the source is below the lowest', () => {
    const source = { width: 321, height: 241, hasAudio: true };
    expect(rungsFor(ladder, source)).toEqual([{ shortSidePixels: 240, maxBitrateBps: 365_000 }]);
  });

  it('leaves sound out of selectors and outputs when the source is silent', () => {
    const settings = hlsJobSettings({ ...job, source: { width: 1280, height: 720, hasAudio: false } });
    expect(settings.Inputs?.[0]).not.toHaveProperty('AudioSelectors');
    expect(renditions(settings).some((output) => 'AudioDescriptions' in output)).toBe(false);
  });

  it('muxes 128 kbit/s AAC from the selector that the input declares', () => {
    const settings = hlsJobSettings(job);
    const audio = renditions(settings)[0]?.AudioDescriptions?.[0];
    expect(audio?.CodecSettings?.AacSettings?.Bitrate).toBe(128_000);
    expect(Object.keys(settings.Inputs?.[0]?.AudioSelectors ?? {})).toEqual([audio?.AudioSourceName]);
  });

  it('caps QVBR at the rung’s bit rate and leaves the GOP to MediaConvert', () => {
    const h264 = renditions(hlsJobSettings(job))[2]?.VideoDescription?.CodecSettings?.H264Settings;
    expect(h264).toMatchObject({
      RateControlMode: 'QVBR',
      QvbrSettings: { QvbrQualityLevel: 9 },
      MaxBitrate: 6_000_000,
      GopSizeUnits: 'AUTO',
    });
    expect(h264).not.toHaveProperty('GopSize');
  });

  it('writes index.m3u8 in segments of the configured length', () => {
    expect(hlsJobSettings(job).OutputGroups?.[0]?.OutputGroupSettings).toMatchObject({
      Type: 'HLS_GROUP_SETTINGS',
      HlsGroupSettings: { Destination: 's3://outputs/books/42/index', SegmentLength: 6 },
    });
  });

  it('never makes a picture above the source, out of its shape, or odd-sized, whatever the source', () => {
    const side = fc.integer({ min: 64, max: 4096 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const outputs = renditions(hlsJobSettings({ ...job, source: { width, height, hasAudio: true } }));
        expect(outputs.length).toBeGreaterThan(0);
        for (const { VideoDescription: picture } of outputs) {
          const [w = 0, h = 0] = [picture?.Width, picture?.Height];
          expect(w % 2 === 0 && h % 2 === 0).toBe(true);
          expect(Math.min(w, h)).toBeLessThanOrEqual(Math.min(width, height));
          expect(Math.abs(w * height - h * width)).toBeLessThanOrEqual(2 * Math.max(width, height));
        }
      }),
    );
  });
});

describe('the thumbnail group', () => {
  it('captures JPEG frames into the title’s own thumbnails folder', () => {
    const group = hlsJobSettings(job).OutputGroups?.[1];
    expect(group?.OutputGroupSettings).toEqual({
      Type: 'FILE_GROUP_SETTINGS',
      FileGroupSettings: { Destination: 's3://outputs/books/42/thumbnails/thumb' },
    });
    expect(group?.Outputs?.[0]).toMatchObject({
      Extension: 'jpg',
      ContainerSettings: { Container: 'RAW' },
      VideoDescription: { Width: 640, Height: 360, CodecSettings: { Codec: 'FRAME_CAPTURE' } },
    });
  });
});

describe('the template', () => {
  it('is the job without the addresses that only a job knows', () => {
    const { ladder, segmentSeconds } = job;
    const template = JSON.stringify(hlsTemplateSettings({ ladder, segmentSeconds }));
    const withoutAddresses = JSON.stringify(hlsJobSettings(job), (key, value) =>
      key === 'FileInput' || key === 'Destination' ? undefined : value,
    );
    expect(template).toBe(withoutAddresses);
  });
});

describe('refused', () => {
  it.each(['s3://outputs/books/42/', 's3://outputs', 'https://outputs/books/42/index', 's3://Bad_Bucket/x'])(
    'refuses %s as a destination and says what is wanted',
    (destination) => {
      expect(() => hlsJobSettings({ ...job, destination })).toThrow(
        new TypeError(`"destination": wanted s3://<bucket>/<key> with a base name, got "${destination}"`),
      );
    },
  );

  it('refuses an empty ladder', () => {
    expect(() => hlsJobSettings({ ...job, ladder: [] })).toThrow(
      '"ladder": wanted at least one rung, got none',
    );
  });
});

function renditions(settings: JobSettings): Output[] {
  return settings.OutputGroups?.[0]?.Outputs ?? [];
}

function sizeAndName(output: Output) {
  return [output.NameModifier, output.VideoDescription?.Width, output.VideoDescription?.Height];
}
