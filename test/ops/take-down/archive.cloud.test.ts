/** Masters in a cheaper storage class, copied at once or in parts, on the local AWS API. */
import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { hoursToRestore, moveToClass } from '../../../ops/take-down/archive.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';

const MIB = 2 ** 20;
const Bucket = 'archive-masters';
const { signal } = new AbortController();
const cloud = useLocalCloud();

beforeAll(() => cloud().s3.send(new CreateBucketCommand({ Bucket })));

describe('a master that is archived', () => {
  it.each([
    ['at once', 12],
    ['in parts, where S3 does not copy it at once', 6],
  ])('is the same object in another class, copied %s', async (how, mostMib) => {
    const { s3 } = cloud();
    const Key = `uploads/a b+c/${how}`;
    const Body = randomBytes(12 * MIB + 5);
    await s3.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentType: 'video/mp4', Metadata: { by: 'test' } }),
    );
    const place = { bucket: Bucket, key: Key };
    const options = {
      storageClass: 'GLACIER_IR',
      mostBytesAtOnce: mostMib * MIB,
      partBytes: 5 * MIB,
    } as const;

    expect(await moveToClass(s3, place, options, signal)).toBe('GLACIER_IR');
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ...{ StorageClass: 'GLACIER_IR', ContentType: 'video/mp4', Metadata: { by: 'test' } },
      ContentLength: Body.length,
    });
    const { Body: stored } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(Body.equals((await stored?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads).toEqual([]);
    const again = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(await moveToClass(s3, place, options, signal)).toBe('GLACIER_IR');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).LastModified).toEqual(again.LastModified);
  });

  it('is restored within the hours that AWS states', () => {
    const hours = (['Expedited', 'Standard', 'Bulk'] as const).map((tier) => hoursToRestore('GLACIER', tier));
    expect(hours).toEqual([1, 5, 12]);
    expect([hoursToRestore('DEEP_ARCHIVE', 'Standard'), hoursToRestore('DEEP_ARCHIVE', 'Bulk')]).toEqual([
      12, 48,
    ]);
  });
});
