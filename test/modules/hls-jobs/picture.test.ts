import type { Output } from '@aws-sdk/client-mediaconvert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createJobInput,
  hlsTemplateSettings,
  type SourceShape,
} from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { smallest } from './fixtures.ts';

/** Every picture that the job makes: renditions and thumbnails. */
function picturesOf(source: Partial<SourceShape>): Output[] {
  const { Settings } = createJobInput({ ...smallest, source: { ...smallest.source, ...source } });
  return (Settings?.OutputGroups ?? []).flatMap(({ Outputs = [] }) => Outputs);
}

function rateOf(framesPerSecond: number): number | 'source' {
  const settings = picturesOf({ framesPerSecond })[0]?.VideoDescription?.CodecSettings?.H264Settings;
  const { FramerateControl, FramerateNumerator = 0, FramerateDenominator = 0 } = settings ?? {};
  return FramerateControl === 'SPECIFIED' ? FramerateNumerator / FramerateDenominator : 'source';
}

describe('the picture of a job', () => {
  it.each<[string, Partial<SourceShape>, string[]]>([
    ['nothing', {}, ['ColorCorrector', 'Deinterlacer']],
    ['that it is progressive', { scan: 'progressive' }, ['ColorCorrector']],
    ['that it is BT.709', { color: 'bt709' }, ['Deinterlacer']],
    [
      'that it is HDR with fields',
      { scan: 'interlaced', color: 'other' },
      ['ColorCorrector', 'Deinterlacer'],
    ],
  ])('is converted, thumbnails too, where of the master is known: %s', (_, source, expected) => {
    const pictures = picturesOf(source);

    expect(pictures).toHaveLength(3);
    for (const { VideoDescription } of pictures) {
      expect(Object.keys(VideoDescription?.VideoPreprocessors ?? {})).toEqual(expected);
    }
  });

  it('is left alone where the master is known to be progressive and BT.709, which costs less', () => {
    for (const { VideoDescription } of picturesOf({ scan: 'progressive', color: 'bt709' })) {
      expect(VideoDescription).not.toHaveProperty('VideoPreprocessors');
    }
  });

  it('is converted by the template, which knows no master, at the rate of the source', () => {
    const { OutputGroups = [] } = hlsTemplateSettings({ ladder: smallest.ladder, segmentSeconds: 6 });
    for (const { VideoDescription } of OutputGroups.flatMap(({ Outputs = [] }) => Outputs)) {
      expect(VideoDescription?.VideoPreprocessors).toEqual({
        ColorCorrector: { ColorSpaceConversion: 'FORCE_709' },
        Deinterlacer: { Mode: 'ADAPTIVE', Algorithm: 'INTERPOLATE', Control: 'NORMAL' },
      });
      const settings = VideoDescription?.CodecSettings?.H264Settings;
      if (settings) expect(settings).toMatchObject({ FramerateControl: 'INITIALIZE_FROM_SOURCE' });
    }
  });

  it.each([
    [24000 / 1001, 'source'],
    [50, 'source'],
    [60, 'source'],
    [60.02, 'source'],
    [61, 60],
    [72, 60],
    [90, 45],
    [100, 50],
    [120000 / 1001, 60000 / 1001],
    [120, 60],
    [144, 48],
    [240000 / 1001, 60000 / 1001],
    [240, 60],
    [1000, 1000 / 17],
  ] as const)('has, of %f pictures a second, %s', (framesPerSecond, expected) => {
    const rate = rateOf(framesPerSecond);
    if (expected === 'source') expect(rate).toBe('source');
    else expect(rate).toBeCloseTo(expected, 2);
  });

  it('never has more than 60 pictures a second, nor fewer than 40 of a faster master, in numbers that MediaConvert takes', () => {
    fc.assert(
      fc.property(fc.double({ min: 60.31, max: 1e6, noNaN: true }), (framesPerSecond) => {
        const settings = picturesOf({ framesPerSecond })[0]?.VideoDescription?.CodecSettings?.H264Settings;
        const { FramerateNumerator = 0, FramerateDenominator = 0 } = settings ?? {};
        expect(Number.isInteger(FramerateNumerator) && Number.isInteger(FramerateDenominator)).toBe(true);
        expect(FramerateDenominator).toBeGreaterThanOrEqual(1);
        expect(FramerateDenominator).toBeLessThanOrEqual(1001);
        expect(FramerateNumerator / FramerateDenominator).toBeLessThanOrEqual(60);
        expect(FramerateNumerator / FramerateDenominator).toBeGreaterThanOrEqual(39.9);
      }),
    );
  });

  it.each([0, -25, Number.NaN, Number.POSITIVE_INFINITY, '25'])(
    'has no master of %s pictures a second',
    (framesPerSecond) => {
      expect(() => picturesOf({ framesPerSecond: framesPerSecond as number })).toThrow(
        '"source.framesPerSecond": expected a number of pictures a second above 0, got ',
      );
    },
  );

  it('cannot keep HDR, and says why', () => {
    expect(() => createJobInput({ ...smallest, hdr: 'keep' })).toThrow(
      new TypeError(
        '"hdr": expected "sdr", because renditions are H.264 with 8 bits, and players expect HDR in HEVC with 10, got "keep"',
      ),
    );
    expect(createJobInput({ ...smallest, hdr: 'sdr' })).toEqual(createJobInput(smallest));
  });

  it.each([
    ['hdr', { hdr: 'hlg' }, '"hdr": expected "sdr", got "hlg"'],
    [
      'scan',
      { source: { ...smallest.source, scan: 'tff' } },
      '"source.scan": expected "progressive" or "interlaced", got "tff"',
    ],
    [
      'color',
      { source: { ...smallest.source, color: 'p3' } },
      '"source.color": expected "bt709" or "other", got "p3"',
    ],
  ])('refuses another %s', (_, options, message) => {
    expect(() => createJobInput({ ...smallest, ...options } as never)).toThrow(new TypeError(message));
  });
});
