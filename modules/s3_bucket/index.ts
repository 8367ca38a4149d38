export { type BucketLifecycle, PrivateBucket, type PrivateBucketProps } from './private-bucket.ts';
