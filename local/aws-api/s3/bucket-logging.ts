/** A bucket's server access logging, kept here because moto asks policies that it does not have. No log is ever written. */
import { AwsError } from '../aws-error.ts';
import { childrenOf, parseXml, textOf } from '../xml.ts';

export interface LoggingTarget {
  readonly bucket: string;
  readonly prefix: string;
}

/** What a bucket without logging answers. */
export const NO_LOGGING = '<BucketLoggingStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>';

/** Where a submitted `BucketLoggingStatus` wants logs; null when it turns logging off. */
export function loggingTarget(xml: string): LoggingTarget | null {
  const enabled = childrenOf(parseXml(xml), 'BucketLoggingStatus', 'LoggingEnabled')[0];
  if (enabled === undefined) return null;
  return { bucket: textOf(enabled, 'TargetBucket'), prefix: textOf(enabled, 'TargetPrefix') };
}

export function invalidTarget(message: string): AwsError {
  return new AwsError(400, 'InvalidTargetBucketForLogging', message);
}
