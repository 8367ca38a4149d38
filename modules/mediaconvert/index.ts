export {
  type HlsJobOptions,
  type HlsOutputOptions,
  hlsJobSettings,
  hlsTemplateSettings,
  type Rung,
  rungsFor,
  type SourceShape,
} from './job-settings.ts';
export { TranscodeQueue, type TranscodeQueueProps } from './transcode-queue.ts';
