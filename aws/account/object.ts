/** One object of a bucket, without its content. */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';

export interface StoredObject {
  readonly bytes: number;
  readonly contentType: string;
  /** `STANDARD`, `GLACIER`, … */
  readonly storageClass: string;
  /** Null unless it is encrypted with a KMS key. */
  readonly kmsKeyArn: string | null;
}

/**
 * 404 means missing only to credentials with `s3:ListBucket`; to others S3 answers 403, which is thrown as it is.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export async function readObject(
  client: S3Client,
  { bucket, objectKey }: { readonly bucket: string; readonly objectKey: string },
): Promise<StoredObject | 'missing'> {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: objectKey }));
    return {
      bytes: head.ContentLength ?? 0,
      contentType: head.ContentType ?? 'no content type',
      storageClass: head.StorageClass ?? 'STANDARD',
      kmsKeyArn: head.SSEKMSKeyId ?? null,
    };
  } catch (error) {
    if (error instanceof Error && ['NotFound', 'NoSuchKey'].includes(error.name)) return 'missing';
    throw error;
  }
}
