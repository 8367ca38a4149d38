/** How the demo's backend takes in a master: a presigned POST whose conditions come from the environment's configuration. */

import type { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPost } from '@aws-sdk/s3-presigned-post';
import { MOST_BYTES_AT_ONCE } from '../../aws/values/s3-limits.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';

/** What the configuration says about uploads, and the bucket Terraform made for them. */
export type UploadRules = Pick<
  EnvironmentConfig,
  'uploadKeyPrefix' | 'uploadMaxBytes' | 'longestMasterSeconds' | 'uploadContentTypes' | 'uploadExpirySeconds'
> & { readonly bucket: string };

export interface MasterUpload extends PresignedPost {
  /** Where the master will be: `s3://<bucket>/<key>`. */
  readonly key: string;
}

/**
 * A form that uploads one master for one book, and nothing else: S3 refuses another key, another content
 * type, an empty file, one over `uploadMaxBytes` or over the 5 GiB of a POST, and any use after `uploadExpirySeconds`.
 *
 * @throws {TypeError} when the content type is not one the configuration allows.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export async function createUpload(
  client: S3Client,
  rules: Omit<UploadRules, 'longestMasterSeconds'>,
  master: { readonly bookId: string; readonly contentType: string },
): Promise<MasterUpload> {
  if (!rules.uploadContentTypes.includes(master.contentType)) {
    throw new TypeError(
      `"contentType": expected one of ${rules.uploadContentTypes.join(', ')}, got ${JSON.stringify(master.contentType)}`,
    );
  }
  const key = masterKey(rules, master.bookId);
  const post = await createPresignedPost(client, {
    Bucket: rules.bucket,
    Key: key,
    Fields: { 'Content-Type': master.contentType },
    Conditions: [
      ['starts-with', '$key', rules.uploadKeyPrefix],
      ['eq', '$Content-Type', master.contentType],
      ['content-length-range', 1, Math.min(rules.uploadMaxBytes, MOST_BYTES_AT_ONCE)],
    ],
    Expires: rules.uploadExpirySeconds,
  });
  return { ...post, key };
}

/** Where a book's master is in the uploads bucket. */
export function masterKey({ uploadKeyPrefix }: Pick<UploadRules, 'uploadKeyPrefix'>, bookId: string): string {
  return `${uploadKeyPrefix}${bookId}/master`;
}
