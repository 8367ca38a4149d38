/** MediaConvert jobs for private HLS. */
export {
  type HlsJobOptions,
  type HlsOutputOptions,
  hlsJobSettings,
  hlsTemplateSettings,
  type Rung,
  rungsFor,
  type SourceShape,
} from './job-settings.ts';
