/** The address by which a browser sends one part, and that part only. */
import { type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { checksumText, type Part } from '../parts.ts';
import type { MasterPlace } from './s3-upload.ts';

/**
 * A URL to PUT the part to, without headers of its own: size and checksum are signed. The SDK would sign the checksum of an
 * empty body where it is given none.
 *
 * @param options.expiresIn - seconds
 * @see https://github.com/aws/aws-sdk-js-v3/issues/6810
 */
export function presignPart(
  s3: S3Client,
  { bucket, key }: MasterPlace,
  options: {
    readonly uploadId: string;
    readonly part: Pick<Part, 'number' | 'bytes' | 'crc32'>;
    readonly expiresIn: number;
  },
): Promise<string> {
  const { uploadId, part, expiresIn } = options;
  const command = new UploadPartCommand({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: part.number,
    ContentLength: part.bytes,
    ChecksumCRC32: checksumText(part.crc32),
  });
  return getSignedUrl(s3, command, { expiresIn });
}
