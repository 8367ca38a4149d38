export type { BucketLifecycle } from './bucket-lifecycle.ts';
export {
  type DeliveredLogsSource,
  LogBucket,
  type LogBucketProps,
  type ServerAccessLogsSource,
} from './log-bucket.ts';
export { type BucketAccessLogs, PrivateBucket, type PrivateBucketProps } from './private-bucket.ts';
