/**
 * Sound at the loudness that a job asks for: one gain over the whole track, as measured before, and a limiter where that
 * gain would take the peaks too high. Pure.
 */
import { z } from 'zod';

/**
 * Gated loudness. ITU-R BS.1770-1 is ungated, which nothing here measures.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-audionormalizationsettings
 */
export const audioNormalizationSettings = z.strictObject({
  algorithm: z.enum(['ITU_BS_1770_2', 'ITU_BS_1770_3', 'ITU_BS_1770_4']),
  algorithmControl: z.literal('CORRECT_AUDIO'),
  loudnessLogging: z.literal('DONT_LOG').optional(),
  peakCalculation: z.enum(['TRUE_PEAK', 'NONE']).optional(),
  targetLkfs: z.number().min(-59).max(0).default(-23),
  truePeakLimiterThreshold: z.number().min(-8).max(0).default(0),
});

/** Sound as it is measured, and as it is encoded. */
export interface LevelledSound {
  /** Index among the input's tracks of sound. */
  readonly trackIndex: number;
  readonly sampleRate: number;
  readonly channels: 1 | 2 | 6;
  /** Undefined where it stays as loud as it is. */
  readonly loudness: z.infer<typeof audioNormalizationSettings> | undefined;
}

/** What makes a track as loud as it should be. */
export interface Level {
  readonly gainDb: number;
  readonly isLimited: boolean;
}

/** What was measured of a track. */
export interface MeasuredLoudness {
  /** Of the whole track, in LUFS. */
  readonly integratedLufs: number;
  /** True peak, in dBFS. */
  readonly peakDbfs: number;
}

const LAYOUTS = { 1: 'mono', 2: 'stereo', 6: '5.1' } as const;
/** The measurement's own gate: what is not louder is silence. */
const SILENCE_LUFS = -70;
/** Near enough: less than anybody hears, and than a lossy encoder changes. */
const TOLERANCE_LU = 0.2;
/** Peaks between samples count too, and are seen at four times the rate. */
const LIMITER_SAMPLE_RATE = 192_000;

/** Outputs that share it share one measurement: each rung has the same sound. */
export function levelKey({ trackIndex, sampleRate, channels, loudness }: LevelledSound): string {
  return JSON.stringify([trackIndex, sampleRate, channels, loudness]);
}

/** From a decoded track to what the encoder gets. */
export function soundFilters(sound: LevelledSound, level?: Level): string[] {
  const { sampleRate, channels, loudness } = sound;
  // Sound that starts later, or has a gap, is silence until then: a track of its own would be played too early.
  const whole = 'aresample=async=1:first_pts=0';
  if (loudness === undefined) return [whole];
  const mixed = `aformat=sample_rates=${sampleRate}:channel_layouts=${LAYOUTS[channels]}`;
  if (level === undefined) return [whole, mixed];
  const gain = `volume=${level.gainDb.toFixed(2)}dB`;
  if (!level.isLimited) return [whole, mixed, gain];
  const most = 10 ** (loudness.truePeakLimiterThreshold / 20);
  const limiter = `alimiter=limit=${most.toFixed(4)}:level=false:latency=true`;
  return [whole, mixed, gain, `aresample=${LIMITER_SAMPLE_RATE}`, limiter, `aresample=${sampleRate}`];
}

/**
 * The level after a measurement with `before`, and whether that is certain: a limiter takes loudness away, and how much
 * only another measurement tells.
 *
 * @returns undefined for silence, which stays silent
 */
export function nextLevel(
  { targetLkfs, truePeakLimiterThreshold }: z.infer<typeof audioNormalizationSettings>,
  { integratedLufs, peakDbfs }: MeasuredLoudness,
  before?: Level,
): { readonly level: Level; readonly isCertain: boolean } | undefined {
  if (integratedLufs <= SILENCE_LUFS) return undefined;
  const missing = targetLkfs - integratedLufs;
  if (before !== undefined) {
    const level = { ...before, gainDb: before.gainDb + missing };
    return { level, isCertain: Math.abs(missing) <= TOLERANCE_LU };
  }
  const isLimited = peakDbfs + missing > truePeakLimiterThreshold;
  return { level: { gainDb: missing, isLimited }, isCertain: !isLimited };
}
