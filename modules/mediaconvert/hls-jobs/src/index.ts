/** MediaConvert jobs for private HLS. */
export { APPLE_H264_LADDER, type Rung, rungsFor, type SourceShape } from './ladder.ts';
export { hlsJobSettings, hlsTemplateSettings } from './settings/job-settings.ts';
export type { CaptionTrack, HlsJobOptions, HlsOutputOptions } from './settings/options.ts';
