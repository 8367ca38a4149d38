export type { Rung } from './hls-jobs/src/index.ts';
export { TranscodeQueue, type TranscodeQueueProps } from './transcode-queue.ts';
