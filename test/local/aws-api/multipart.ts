/** Multipart uploads to the local cloud, in short words. */

import { crc32 } from 'node:zlib';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';

export const MIB = 1024 * 1024;
/** The smallest part that another may follow. */
export const PART = Buffer.alloc(5 * MIB, 'part ');
export const FULL = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;

export function crcOf(...contents: readonly (Buffer | string)[]): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(contents.reduce<number>((sum, content) => crc32(content, sum), 0));
  return bytes.toString('base64');
}

/** Begins an upload and speaks of it. */
export async function beginUpload(
  client: S3Client,
  Bucket: string,
  Key: string,
  created: Partial<CreateMultipartUploadCommandInput> = FULL,
) {
  const creation = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...created }));
  const upload = { Bucket, Key, UploadId: creation.UploadId };
  return {
    creation,
    upload,
    send: (PartNumber: number, Body: Buffer | string, more: Partial<UploadPartCommandInput> = {}) =>
      client.send(new UploadPartCommand({ ...upload, PartNumber, Body, ...more })),
    list: (page: { MaxParts?: number; PartNumberMarker?: string } = {}) =>
      client.send(new ListPartsCommand({ ...upload, ...page })),
    complete: (Parts: CompletedPart[], more: Partial<CompleteMultipartUploadCommandInput> = {}) =>
      client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more })),
  };
}
