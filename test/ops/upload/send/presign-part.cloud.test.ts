import { readFile } from 'node:fs/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { numbered } from '../../../../ops/upload/parts.ts';
import { presignPart } from '../../../../ops/upload/send/presign-part.ts';
import { useLocalCloud } from '../../../local/aws-api/start.ts';
import { MIB, masterOnDisk, masterPlace, putBytes } from './sending.ts';

const cloud = useLocalCloud();

it('a part is sent by its address alone, others are refused, and the command goes on with it', async () => {
  const { place, read, sender } = await masterPlace(cloud());
  const { master, content } = await masterOnDisk(12 * MIB);
  const { s3 } = cloud();
  const { UploadId: uploadId = '' } = await s3.send(
    new CreateMultipartUploadCommand({
      ...{ Bucket: place.bucket, Key: place.key, ContentType: 'video/mp4' },
      ...{ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' },
    }),
  );
  const [first] = numbered(master.parts);
  if (first === undefined) throw new Error('no part');
  const url = await presignPart(s3, place, { uploadId, part: first, expiresIn: 60 });
  const put = async (body: Buffer) =>
    (await fetch(url, { method: 'PUT', body: new Uint8Array(body) })).status;

  const bytes = content.subarray(0, first.bytes);
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(7) ^ 1, 7);
  expect(await put(changed)).toBe(400);
  expect(await put(bytes.subarray(1))).toBe(403);
  expect(await put(bytes)).toBe(200);

  const one = await sender(cloud());
  expect(await one.send(master)).toEqual({ sentBytes: 4 * MIB, isNew: true });
  expect(putBytes(one)).toBe(4 * MIB);
  expect((await read()).equals(await readFile(master.path))).toBe(true);
});
