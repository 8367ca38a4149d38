/** MediaConvert jobs for private HLS. */
export {
  type CreateJobOptions,
  createJobInput,
  type JobHop,
  MAX_MASTER_SECONDS,
  type MeasuredSource,
} from './create-job-input.ts';
export { APPLE_H264_LADDER, type Rung, rungsFor, type SourceShape } from './ladder.ts';
export type { AudioTrack, AudioTrackOptions } from './settings/audio-tracks.ts';
export type { HlsEncryption } from './settings/encryption.ts';
export { hlsJobSettings, hlsTemplateSettings } from './settings/job-settings.ts';
export type {
  CaptionTrack,
  EmbeddedCaptions,
  HlsJobOptions,
  HlsOutputOptions,
  SidecarCaptions,
} from './settings/options.ts';
export type { PlaylistOptions } from './settings/playlists.ts';
export { THUMBNAIL_EVERY_SECONDS } from './settings/thumbnails.ts';
export { type Spelling, spelled } from './spelling.ts';
