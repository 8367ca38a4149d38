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

  it.each([
    [5120, 2160, ['_360p', 854, 360], ['_1728p', 4096, 1728]],
    [2160, 5120, ['_360p', 360, 854], ['_1728p', 1728, 4096]],
    [7680, 4320, ['_360p', 640, 360], ['_2160p', 3840, 2160]],
    [4320, 4320, ['_360p', 360, 360], ['_2160p', 2160, 2160]],
    [4096, 2160, ['_360p', 682, 360], ['_2160p', 4096, 2160]],
  ] as const)('caps both sides of %dx%d at what AVC takes', (width, height, lowest, highest) => {
    const high = [...ladder.slice(0, 1), { shortSidePixels: 2160, maxBitrateBps: 15_000_000 }];
    const source = { width, height, hasAudio: true };
    expect(renditions(hlsJobSettings({ ...job, ladder: high, source })).map(sizeAndName)).toEqual([
      lowest,
      highest,
    ]);
  });

  it('makes one rendition of the rungs that are all capped to the same size, the cheapest', () => {
    const high = [1080, 1440, 1800, 2000, 2160].map((shortSidePixels) => ({
      shortSidePixels,
      maxBitrateBps: shortSidePixels * 10_000,
    }));
    const source = { width: 5120, height: 2160, hasAudio: true };
    expect(rungsFor(high, source).map((rung) => [rung.shortSidePixels, rung.maxBitrateBps])).toEqual([
      [1080, 10_800_000],
      [1440, 14_400_000],
      [1728, 18_000_000],
    ]);
  });

  it('makes no picture above 4096x2160 of any source, names every rendition once, and leaves none out', () => {
    const side = fc.oneof(fc.integer({ min: 1, max: 16_384 }), fc.integer({ min: 2000, max: 4400 }));
    const rungs = fc.uniqueArray(fc.integer({ min: 16, max: 4320 }), { minLength: 1, maxLength: 6 });
    const shape = fc.option(fc.record({ width: side, height: side, hasAudio: fc.boolean() }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(shape, rungs, fc.constantFrom('hls-ts', 'cmaf'), (source, sides, packaging) => {
        const high = sides.map((shortSidePixels) => ({ shortSidePixels, maxBitrateBps: 1_000_000 }));
        const settings = hlsJobSettings({ ...job, ladder: high, packaging, ...(source && { source }) });
        const made = (settings.OutputGroups ?? []).flatMap(({ Outputs = [] }) =>
          Outputs.filter(({ VideoDescription }) => VideoDescription !== undefined),
        );
        // A thumbnail beside them.
        expect(made.length).toBeGreaterThanOrEqual(2);
        const names = made.map(({ NameModifier }) => NameModifier);
        expect(new Set(names).size).toBe(names.length);
        for (const { VideoDescription: { Width = 0, Height = 0 } = {} } of made) {
          expect(Math.max(Width, Height)).toBeLessThanOrEqual(4096);
          expect(Math.min(Width, Height)).toBeLessThanOrEqual(2160);
          expect([Width % 2, Height % 2]).toEqual([0, 0]);
          expect(Math.min(Width, Height)).toBeGreaterThanOrEqual(32);
          if (source === undefined || Math.min(Width, Height) <= 32 || Math.max(Width, Height) === 4096)
            continue;
          // The source's shape, but for the rounding to even numbers.
          const scale = Math.min(Width, Height) / Math.min(source.width, source.height);
          expect(
            Math.abs(Math.max(Width, Height) / (Math.max(source.width, source.height) * scale) - 1),
          ).toBeLessThan(2 / 32 + 2 / Math.max(Width, Height));
        }
      }),
      { numRuns: 500 },
    );
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
    'refuses %s as a destination and says what is expected',
    (destination) => {
      expect(() => hlsJobSettings({ ...job, destination })).toThrow(
        new TypeError(`"destination": expected s3://<bucket>/<key> with a base name, got "${destination}"`),
      );
    },
  );

  it('refuses an empty ladder', () => {
    expect(() => hlsJobSettings({ ...job, ladder: [] })).toThrow(
      '"ladder": expected at least one rung, got none',
    );
  });
});

function renditions(settings: JobSettings): Output[] {
  return settings.OutputGroups?.[0]?.Outputs ?? [];
}

function sizeAndName(output: Output) {
  return [output.NameModifier, output.VideoDescription?.Width, output.VideoDescription?.Height];
}
