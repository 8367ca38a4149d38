export type { Rung } from './hls-jobs/src/index.ts';
export { JobEvents, type JobEventsProps, type JobEventsTopic } from './job-events.ts';
export { type QueueHop, TranscodeQueue, type TranscodeQueueProps } from './transcode-queue.ts';
