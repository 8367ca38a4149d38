/** The edge for a stack that was synthesized and not applied: no AWS API, no Terraform. */

import type { Distribution } from '../aws/cloudfront/distribution.ts';
import { distributionFromStack, type FromStackOptions } from '../aws/cloudfront/from-stack.ts';
import { OptionError } from '../aws/values/option-error.ts';
import { bucketAccess } from './bucket-access.ts';
import { createDirectoryOrigin } from './directory-origin.ts';
import type { Origin } from './origin.ts';
import { type Edge, type RunOptions, runEdge } from './run-edge.ts';
import { createS3Origin } from './s3-origin.ts';

export interface StackEdgeOptions extends RunOptions, FromStackOptions {
  /** The object that the stack's `cdk.tf.json` holds. */
  readonly stack: unknown;
  readonly origin: StackOrigin;
}

/**
 * Where objects come from: a folder that is judged by the stack's bucket policy, or an S3 that has policies of its own,
 * asked with the credentials of `environment`, unsigned without them.
 */
type StackOrigin =
  | { readonly directory: string }
  | {
      readonly endpoint: string;
      /** @default - the bucket that the stack names */
      readonly bucket?: string;
      /** `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. @default - none of them */
      readonly environment?: Readonly<Record<string, string | undefined>>;
    };

/**
 * The edge for a synthesized stack. Key pair ids are the generations' names.
 *
 * @throws TypeError for a stack without one distribution, or a folder that cannot be read
 * @throws UnsupportedDistributionError when the distribution uses something that the edge does not support
 * @throws Error in one line when a port is taken
 */
export async function startEdgeFromStack(options: StackEdgeOptions): Promise<Edge> {
  const { distribution, bucketPolicies } = distributionFromStack(options.stack, options);
  const source = {
    current: () => distribution,
    refresh: () => Promise.resolve(),
    close: () => undefined,
  };
  const origin = stackOrigin(options.origin, distribution, bucketPolicies);
  return runEdge(source, origin, {
    ...options,
    now: options.now ?? (() => new Date()),
    onWarning: options.onWarning ?? ((message) => console.error(`edge: ${message}`)),
  });
}

function stackOrigin(
  given: StackOrigin,
  distribution: Distribution,
  bucketPolicies: ReadonlyMap<string, string>,
): Origin {
  if ('directory' in given) {
    const [bucket, ...others] = new Set(distribution.behaviours.map(({ origin }) => origin.bucket));
    if (bucket === undefined || others.length > 0) {
      throw new OptionError(
        'directory',
        'expected a stack whose behaviours share one bucket; use an S3 endpoint instead',
      );
    }
    const access = bucketAccess(bucketPolicies.get(bucket), { bucket, distribution });
    return createDirectoryOrigin({ directory: given.directory, access });
  }
  const { endpoint, bucket, environment = {} } = given;
  return createS3Origin({
    endpoint,
    ...(bucket !== undefined && { bucket }),
    ...(environment.AWS_REGION !== undefined && { region: environment.AWS_REGION }),
    ...credentialsIn(environment),
  });
}

function credentialsIn(environment: Readonly<Record<string, string | undefined>>) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  const { AWS_SESSION_TOKEN: sessionToken } = environment;
  if (!accessKeyId || !secretAccessKey) return {};
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } };
}
