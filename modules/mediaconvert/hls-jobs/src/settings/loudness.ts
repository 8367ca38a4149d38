/** How loud a title is: every rendition of sound at the same level, whatever the master's. */
import type { AudioNormalizationSettings } from '@aws-sdk/client-mediaconvert';
import { refuse } from '../refuse.ts';

/** MediaConvert's bounds of a target. */
const LEAST_LUFS = -59;
const MOST_LUFS = 0;
/** EBU R 128 permits true peaks up to it. */
const MOST_PEAK_DBFS = -1;

/** @throws TypeError for a level that MediaConvert does not take */
export function requireLoudness(loudnessLufs: number | undefined): void {
  if (loudnessLufs === undefined) return;
  const isNumber = Number.isFinite(loudnessLufs);
  if (isNumber && loudnessLufs >= LEAST_LUFS && loudnessLufs <= MOST_LUFS) return;
  refuse('loudnessLufs', `a number of LUFS from ${LEAST_LUFS} to ${MOST_LUFS}, such as -23`, loudnessLufs);
}

/**
 * For a description of sound; nothing without a level.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-audionormalizationsettings
 */
export function normalization(loudnessLufs: number | undefined): {
  readonly AudioNormalizationSettings?: AudioNormalizationSettings;
} {
  if (loudnessLufs === undefined) return {};
  return {
    AudioNormalizationSettings: {
      Algorithm: 'ITU_BS_1770_4',
      AlgorithmControl: 'CORRECT_AUDIO',
      // A log would be a file among the title's, which nobody asks for.
      LoudnessLogging: 'DONT_LOG',
      PeakCalculation: 'TRUE_PEAK',
      TargetLkfs: loudnessLufs,
      TruePeakLimiterThreshold: MOST_PEAK_DBFS,
    },
  };
}

/**
 * What AC-3 says of its own level, by which decoders turn it down: whole decibels, 1 to 31. Nothing without a level.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-ac3settings
 */
export function dialnorm(loudnessLufs: number | undefined): { readonly Dialnorm?: number } {
  if (loudnessLufs === undefined) return {};
  return { Dialnorm: Math.min(31, Math.max(1, Math.round(-loudnessLufs))) };
}
