/** What a job's playlists say of time, and how their last segment ends. */
import type { HlsGroupSettings, TimecodeConfig } from '@aws-sdk/client-mediaconvert';
import { refuse } from '../refuse.ts';

/** Job options about the playlists of segments. */
export interface PlaylistOptions {
  /**
   * The day, as `2026-12-01`, at whose midnight (UTC) the first picture is dated: every playlist of segments then has
   * `EXT-X-PROGRAM-DATE-TIME` at its first segment, and again every ten minutes. In `hls-ts` alone, because
   * MediaConvert's CMAF groups have no such setting.
   * @default - no dates
   * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-hlsgroupsettings
   */
  readonly programDateTime?: string;
  /**
   * Least length of the last segment, in seconds, from 1 to less than `segmentSeconds`: a shorter one is joined with the
   * one before it. For players that stop at a short last segment.
   * @default - the last segment is as short as the title ends
   * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html#jobs-model-hlsgroupsettings
   */
  readonly minFinalSegmentSeconds?: number;
}

/** Seconds between two dates, as MediaConvert's console has them. */
const DATE_EVERY_SECONDS = 600;

/** @throws TypeError naming the option that is not possible */
export function requirePlaylistOptions(
  { programDateTime, minFinalSegmentSeconds: least }: PlaylistOptions,
  { packaging, segmentSeconds }: { readonly packaging: 'hls-ts' | 'cmaf'; readonly segmentSeconds: number },
): void {
  if (programDateTime !== undefined && packaging === 'cmaf') {
    const wanted = ['no date with ', { option: 'packaging', value: 'cmaf' }, ', whose playlists have none'];
    refuse('programDateTime', wanted, programDateTime);
  }
  if (programDateTime !== undefined && !isDay(programDateTime)) {
    refuse('programDateTime', 'a day, such as 2026-12-01', programDateTime);
  }
  if (least === undefined) return;
  if (Number.isFinite(least) && least >= 1 && least < segmentSeconds) return;
  const wanted = ['a number of seconds from 1 to less than ', { option: 'segmentSeconds' }];
  refuse('minFinalSegmentSeconds', wanted, least);
}

/** Times count from the first picture, so the date is the job's to say. */
export function timecodes({ programDateTime }: PlaylistOptions): TimecodeConfig {
  return {
    Source: 'ZEROBASED',
    ...(programDateTime !== undefined && { TimestampOffset: programDateTime }),
  };
}

/** Settings of an HLS group. */
export function programDates({ programDateTime }: PlaylistOptions): HlsGroupSettings {
  if (programDateTime === undefined) return {};
  return { ProgramDateTime: 'INCLUDE', ProgramDateTimePeriod: DATE_EVERY_SECONDS };
}

/** A setting of either kind of group. */
export function finalSegment({ minFinalSegmentSeconds }: PlaylistOptions) {
  return minFinalSegmentSeconds === undefined ? {} : { MinFinalSegmentLength: minFinalSegmentSeconds };
}

function isDay(text: unknown): boolean {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  // 30 February is in March.
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}
