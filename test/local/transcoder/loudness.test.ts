import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LevelledSound, levelKey, nextLevel, soundFilters } from '../../../local/transcoder/loudness.ts';
import { parseSettings } from '../../../local/transcoder/supported-settings.ts';
import { wireSettings } from './settings.ts';

const EBU = {
  algorithm: 'ITU_BS_1770_4',
  algorithmControl: 'CORRECT_AUDIO',
  targetLkfs: -23,
  truePeakLimiterThreshold: -1,
} as const;
const STEREO: LevelledSound = { trackIndex: 0, sampleRate: 48_000, channels: 2, loudness: EBU };

describe('the level of a track', () => {
  it('is one gain for what is loud, and for what is quiet without peaks', () => {
    expect(nextLevel(EBU, { integratedLufs: -10, peakDbfs: 0.5 })).toEqual({
      level: { gainDb: -13, isLimited: false },
      isCertain: true,
    });
    expect(nextLevel(EBU, { integratedLufs: -45, peakDbfs: -30 })).toEqual({
      level: { gainDb: 22, isLimited: false },
      isCertain: true,
    });
  });

  it('is measured again where peaks are limited, until what is missing is too little to hear', () => {
    const first = nextLevel(EBU, { integratedLufs: -40, peakDbfs: -3 });
    expect(first).toEqual({ level: { gainDb: 17, isLimited: true }, isCertain: false });
    const second = nextLevel(EBU, { integratedLufs: -25, peakDbfs: -1 }, first?.level);
    expect(second).toEqual({ level: { gainDb: 19, isLimited: true }, isCertain: false });
    expect(nextLevel(EBU, { integratedLufs: -23.1, peakDbfs: -1 }, second?.level)?.isCertain).toBe(true);
  });

  it.each([-70, -70.5, Number.NEGATIVE_INFINITY])('is none for silence: %d LUFS', (integratedLufs) => {
    expect(nextLevel(EBU, { integratedLufs, peakDbfs: Number.NEGATIVE_INFINITY })).toBeUndefined();
  });

  it('reaches the target whatever was measured, and takes no peak above the threshold', () => {
    const lufs = fc.double({ min: -69, max: 5, noNaN: true });
    const target = fc.record({
      targetLkfs: fc.double({ min: -59, max: 0, noNaN: true }),
      truePeakLimiterThreshold: fc.double({ min: -8, max: 0, noNaN: true }),
    });
    fc.assert(
      fc.property(
        target,
        lufs,
        fc.double({ min: 0, max: 40, noNaN: true }),
        (given, integratedLufs, crest) => {
          const peakDbfs = integratedLufs + crest;
          const { level } = nextLevel({ ...EBU, ...given }, { integratedLufs, peakDbfs }) ?? {};
          if (level === undefined) throw new Error('expected a level');
          expect(integratedLufs + level.gainDb).toBeCloseTo(given.targetLkfs, 6);
          if (!level.isLimited)
            expect(peakDbfs + level.gainDb).toBeLessThanOrEqual(given.truePeakLimiterThreshold + 1e-9);
        },
      ),
    );
  });
});

describe('the filters of a track', () => {
  it('are those of before where no loudness is asked for', () => {
    expect(soundFilters({ ...STEREO, loudness: undefined })).toEqual(['aresample=async=1:first_pts=0']);
  });

  it('mix before they measure, so that the gain is that of what is encoded', () => {
    const mixed = ['aresample=async=1:first_pts=0', 'aformat=sample_rates=48000:channel_layouts=stereo'];
    expect(soundFilters(STEREO)).toEqual(mixed);
    expect(soundFilters(STEREO, { gainDb: -13, isLimited: false })).toEqual([...mixed, 'volume=-13.00dB']);
  });

  it('limit peaks between samples, at four times the rate, without a delay', () => {
    expect(soundFilters({ ...STEREO, channels: 6 }, { gainDb: 17, isLimited: true }).slice(1)).toEqual([
      'aformat=sample_rates=48000:channel_layouts=5.1',
      'volume=17.00dB',
      'aresample=192000',
      'alimiter=limit=0.8913:level=false:latency=true',
      'aresample=48000',
    ]);
  });
});

describe('the key of a measurement', () => {
  it('is one for the same sound in several rungs, and another for what is measured otherwise', () => {
    const others: LevelledSound[] = [
      { ...STEREO, trackIndex: 1 },
      { ...STEREO, channels: 6 },
      { ...STEREO, sampleRate: 44_100 },
      { ...STEREO, loudness: { ...EBU, targetLkfs: -16 } },
    ];
    expect(levelKey({ ...STEREO })).toBe(levelKey(STEREO));
    expect(new Set([STEREO, ...others].map(levelKey)).size).toBe(5);
  });
});

describe('settings of loudness', () => {
  const withSettings = (change: object) => {
    const settings = wireSettings({ loudnessLufs: -23 });
    for (const output of settings.outputGroups[0].outputs)
      Object.assign(output.audioDescriptions[0].audioNormalizationSettings, change);
    return () => parseSettings(settings);
  };

  it('are taken as the builder writes them', () => {
    expect(withSettings({})).not.toThrow();
  });

  it.each([
    ['algorithm', 'ITU_BS_1770_1'],
    ['algorithmControl', 'MEASURE_ONLY'],
    ['loudnessLogging', 'LOG'],
    ['correctionGateLevel', -60],
    ['targetLkfs', -60],
    ['truePeakLimiterThreshold', -9],
  ])('are refused by their path where nothing here does them: %s %s', (name, value) => {
    expect(withSettings({ [name]: value })).toThrow(
      new RegExp(
        `^outputGroups\\[0\\]\\.outputs\\[0\\]\\.audioDescriptions\\[0\\]\\.audioNormalizationSettings\\.${name}: `,
      ),
    );
  });
});
