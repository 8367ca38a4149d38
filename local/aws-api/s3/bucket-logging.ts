/** Buckets' server access logging, kept here because moto asks policies that it does not have. No log is ever written. */
import { AwsError } from '../aws-error.ts';
import { childrenOf, parseXml, textOf } from '../xml.ts';

interface LoggingTarget {
  readonly bucket: string;
  readonly prefix: string;
}

/** What must be so of the bucket that gets the logs. */
export interface TargetChecks {
  readonly exists: (bucket: string) => Promise<boolean>;
  /** Whether its policy lets S3's log service write the key, for the logged bucket's sake. */
  readonly letsIn: (target: { readonly bucket: string; readonly key: string }) => boolean;
}

const OFF = '<BucketLoggingStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>';

export class BucketLogging {
  /** `BucketLoggingStatus` by bucket, as it was put. */
  readonly #byBucket = new Map<string, string>();

  get(bucket: string): string {
    return this.#byBucket.get(bucket) ?? OFF;
  }

  /** @throws AwsError InvalidTargetBucketForLogging for a target that is not there or does not allow the logs */
  async put(bucket: string, xml: string, { exists, letsIn }: TargetChecks): Promise<void> {
    const target = targetOf(xml);
    if (target === null) return this.forget(bucket);
    if (!(await exists(target.bucket))) throw invalidTarget('The target bucket for logging does not exist.');
    if (!letsIn({ bucket: target.bucket, key: `${target.prefix}2026-11-20-00-00-00-EXAMPLE` })) {
      throw invalidTarget(
        `The policy of ${target.bucket} does not let logging.s3.amazonaws.com write there.`,
      );
    }
    this.#byBucket.set(bucket, xml);
  }

  forget(bucket: string): void {
    this.#byBucket.delete(bucket);
  }
}

/** Null when the submitted status turns logging off. */
function targetOf(xml: string): LoggingTarget | null {
  const enabled = childrenOf(parseXml(xml), 'BucketLoggingStatus', 'LoggingEnabled')[0];
  if (enabled === undefined) return null;
  return { bucket: textOf(enabled, 'TargetBucket'), prefix: textOf(enabled, 'TargetPrefix') };
}

function invalidTarget(message: string): AwsError {
  return new AwsError(400, 'InvalidTargetBucketForLogging', message);
}
