/** Multipart uploads as S3 takes and refuses them. */
import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { signedFetch } from '../../support/signed-request.ts';
import { beginUpload, crcOf, FULL, MIB, PART } from './multipart.ts';
import { errorOf, useLocalCloud } from './start.ts';

const BEGUN_AT = new Date('2026-03-01T12:00:00Z');
let clock = BEGUN_AT;
const cloud = useLocalCloud({ now: () => clock });
const Bucket = 'storytime-uploads';
const begin = (Key: string, created?: Parameters<typeof beginUpload>[3]) =>
  beginUpload(cloud().s3, Bucket, Key, created);
const exists = async (Key: string) => {
  try {
    await cloud().s3.send(new HeadObjectCommand({ Bucket, Key }));
    return true;
  } catch {
    return false;
  }
};

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket }));
});

describe('creation', () => {
  it('tells the algorithm and the type, and that composite is the default', async () => {
    expect((await begin('modes')).creation).toMatchObject(FULL);
    expect((await begin('modes', { ChecksumAlgorithm: 'SHA256' })).creation).toMatchObject({
      ChecksumAlgorithm: 'SHA256',
      ChecksumType: 'COMPOSITE',
    });
    expect((await begin('modes', {})).creation.ChecksumAlgorithm).toBeUndefined();
  });

  it.each([
    [{ ChecksumType: 'FULL_OBJECT' }, '400 InvalidRequest'],
    [{ ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }, '400 InvalidRequest'],
    [{ ChecksumAlgorithm: 'CRC32', ChecksumType: 'WHOLE' }, '400 InvalidRequest'],
    [{ ChecksumAlgorithm: 'CRC16' }, '400 InvalidRequest'],
    [{ ChecksumAlgorithm: 'XXHASH3' }, '501 NotImplemented'],
  ])('refuses %j with %s', async (created, error) => {
    expect(await errorOf(begin('modes', created as Parameters<typeof begin>[1]))).toBe(error);
  });
});

describe('a part', () => {
  it('is answered with its checksum, and is stored under its number alone', async () => {
    const { send, list } = await begin('parts');
    const sent = await send(3, 'three', { ChecksumCRC32: crcOf('three') });
    await send(1, 'one');

    expect(sent.ChecksumCRC32).toBe(crcOf('three'));
    expect(await list()).toMatchObject({
      ...FULL,
      IsTruncated: false,
      Parts: [
        { PartNumber: 1, Size: 3, ChecksumCRC32: crcOf('one') },
        { PartNumber: 3, Size: 5, ChecksumCRC32: crcOf('three'), ETag: sent.ETag },
      ],
    });
  });

  it('with another checksum than it has is refused, and the one that was there before stays', async () => {
    const { send, list } = await begin('parts');
    const kept = await send(1, 'kept');

    const wrong = [
      { ChecksumCRC32: crcOf('other') },
      { ContentMD5: createHash('md5').update('other').digest('base64') },
    ];
    for (const declared of wrong) {
      expect(await errorOf(send(1, 'sent', declared))).toBe('400 BadDigest');
      expect(await errorOf(send(2, 'sent', declared))).toBe('400 BadDigest');
    }
    expect((await list()).Parts).toMatchObject([{ PartNumber: 1, ETag: kept.ETag, Size: 4 }]);
  });

  it('is refused with another algorithm than the upload’s, and without one where parts must have theirs', async () => {
    const full = await begin('parts');
    expect(await errorOf(full.send(1, 'a', { ChecksumAlgorithm: 'SHA256' }))).toBe('400 InvalidRequest');
    const bare = (upload: typeof full.upload) =>
      signedFetch(cloud().cloud.environment, {
        service: 's3',
        method: 'PUT',
        path: `/${Bucket}/parts?partNumber=1&uploadId=${upload.UploadId}`,
        body: 'bare',
      });
    expect((await bare(full.upload)).headers.get('x-amz-checksum-crc32')).toBe(crcOf('bare'));

    const composite = await begin('parts', { ChecksumAlgorithm: 'SHA256' });
    const refused = await bare(composite.upload);
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('expected checksum Type: sha256, actual checksum Type: null');
  });

  it.each([0, 10_001, -1])('has no number %i', async (number) => {
    const { send } = await begin('parts');
    expect(await errorOf(send(number, 'x'))).toBe('400 InvalidArgument');
  });

  it('belongs to an upload of this very key', async () => {
    const { upload } = await begin('parts');
    for (const other of [{ Key: 'another' }, { UploadId: 'none' }]) {
      const mixed = { ...upload, ...other };
      const path = `/${Bucket}/${mixed.Key}?partNumber=1&uploadId=${mixed.UploadId}`;
      const answer = await signedFetch(cloud().cloud.environment, {
        service: 's3',
        method: 'PUT',
        path,
        body: 'x',
      });
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('<Code>NoSuchUpload</Code>');
    }
  });

  it('cannot be copied into an upload with checksums, whose content nobody here has seen', async () => {
    await cloud().s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'x' }));
    const copy = (upload: { Bucket: string; Key: string; UploadId: string | undefined }) =>
      cloud().s3.send(
        new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: `${Bucket}/source` }),
      );
    expect(await errorOf(copy((await begin('copied')).upload))).toBe('501 NotImplemented');

    const without = await begin('copied', {});
    await copy(without.upload);
    expect((await without.list()).Parts).toMatchObject([{ PartNumber: 1, Size: 1 }]);
  });

  it('is listed a page at a time, wherever numbers are missing', async () => {
    const { send, list } = await begin('pages');
    for (const number of [2, 5, 7, 10_000]) await send(number, String(number));

    const numbers: number[] = [];
    let PartNumberMarker: string | undefined;
    do {
      const page = await list({ MaxParts: 2, ...(PartNumberMarker && { PartNumberMarker }) });
      numbers.push(...(page.Parts ?? []).map(({ PartNumber = 0 }) => PartNumber));
      PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (PartNumberMarker !== undefined);
    expect(numbers).toEqual([2, 5, 7, 10_000]);
    expect((await list({ PartNumberMarker: '5' })).Parts).toMatchObject([
      { PartNumber: 7 },
      { PartNumber: 10_000 },
    ]);
  });
});

describe('completion', () => {
  it('makes one object whose checksum is that of the whole', async () => {
    const { send, complete } = await begin('whole');
    const contents = [randomBytes(5 * MIB + 11), randomBytes(5 * MIB), Buffer.from('the end')];
    const parts = [];
    for (const [index, content] of contents.entries()) {
      const { ETag } = await send(index + 1, content, { ChecksumCRC32: crcOf(content) });
      parts.push({ PartNumber: index + 1, ETag });
    }
    const whole = crcOf(...contents);
    const completed = await complete(parts, {
      ChecksumCRC32: whole,
      ChecksumType: 'FULL_OBJECT',
      MpuObjectSize: 10 * MIB + 18,
    });

    expect(completed).toMatchObject({ ChecksumCRC32: whole, ChecksumType: 'FULL_OBJECT' });
    // What follows is moto's own sum of what it stored.
    const stored = { Bucket, Key: 'whole', ChecksumMode: 'ENABLED' } as const;
    const told = { ChecksumCRC32: whole, ChecksumType: 'FULL_OBJECT', ETag: completed.ETag };
    expect(await cloud().s3.send(new HeadObjectCommand(stored))).toMatchObject(told);
    const read = await cloud().s3.send(new GetObjectCommand(stored));
    expect(read).toMatchObject(told);
    const content = Buffer.from((await read.Body?.transformToByteArray()) ?? []);
    expect(content.equals(Buffer.concat(contents))).toBe(true);
    const silent = await cloud().s3.send(new HeadObjectCommand({ Bucket, Key: 'whole' }));
    expect([silent.ChecksumCRC32, silent.ChecksumType]).toEqual([undefined, undefined]);
    const attributes = new GetObjectAttributesCommand({
      Bucket,
      Key: 'whole',
      ObjectAttributes: ['Checksum', 'ObjectSize'],
    });
    expect(await cloud().s3.send(attributes)).toMatchObject({
      Checksum: { ChecksumCRC32: whole, ChecksumType: 'FULL_OBJECT' },
      ObjectSize: 10 * MIB + 18,
    });
  });

  it.each(['CRC32', 'SHA1', 'SHA256'] as const)(
    'makes a composite checksum of %s',
    async (ChecksumAlgorithm) => {
      const { send, complete } = await begin('composite', { ChecksumAlgorithm });
      const name = `Checksum${ChecksumAlgorithm}` as const;
      const first = await send(1, PART, { ChecksumAlgorithm });
      const last = await send(2, 'end', { ChecksumAlgorithm });
      const parts = [first, last].map(({ ETag, [name]: sum }, index) => ({
        PartNumber: index + 1,
        ETag,
        [name]: sum,
      }));
      const sums = Buffer.concat([first, last].map(({ [name]: sum = '' }) => Buffer.from(sum, 'base64')));
      const expected =
        ChecksumAlgorithm === 'CRC32'
          ? crcOf(sums)
          : createHash(ChecksumAlgorithm.toLowerCase()).update(sums).digest('base64');

      const without = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
      expect(await errorOf(complete(without))).toBe('400 InvalidRequest');
      const told = { [name]: `${expected}-2`, ChecksumType: 'COMPOSITE' };
      expect(await complete(parts)).toMatchObject(told);
      expect(
        await cloud().s3.send(new HeadObjectCommand({ Bucket, Key: 'composite', ChecksumMode: 'ENABLED' })),
      ).toMatchObject(told);
    },
  );

  describe('refuses', () => {
    let upload: Awaited<ReturnType<typeof begin>>;
    let parts: { PartNumber: number; ETag: string | undefined }[];
    beforeAll(async () => {
      upload = await begin('refused');
      parts = [];
      for (const [index, content] of [PART, Buffer.from('small'), Buffer.from('end')].entries()) {
        const { ETag } = await upload.send(index + 1, content);
        parts.push({ PartNumber: index + 1, ETag });
      }
    });
    const pick = (...numbers: number[]) =>
      numbers.map((number) => parts[number - 1] ?? { PartNumber: number });

    it.each([
      ['parts that are out of order', () => upload.complete(pick(3, 1)), '400 InvalidPartOrder'],
      ['a part that is listed twice', () => upload.complete(pick(1, 1)), '400 InvalidPartOrder'],
      ['numbers with a gap', () => upload.complete(pick(1, 3)), '400 InvalidPartOrder'],
      ['numbers that do not begin at 1', () => upload.complete(pick(2)), '400 InvalidPartOrder'],
      ['a small part in the middle', () => upload.complete(pick(1, 2, 3)), '400 EntityTooSmall'],
      ['no part', () => upload.complete([]), '400 MalformedXML'],
      [
        'a part that was not sent',
        () => upload.complete([...pick(1, 2), { PartNumber: 4, ETag: '"x"' }]),
        '400 InvalidPart',
      ],
      [
        'the ETag of another part',
        () => upload.complete([{ PartNumber: 1, ETag: parts[1]?.ETag }]),
        '400 InvalidPart',
      ],
      [
        'the checksum of another part',
        () => upload.complete([{ ...parts[0], ChecksumCRC32: crcOf('small') }]),
        '400 InvalidPart',
      ],
      [
        'the checksum of another object',
        () => upload.complete(pick(1, 2), { ChecksumCRC32: crcOf(PART) }),
        '400 BadDigest',
      ],
      [
        'a checksum of another kind',
        () => upload.complete(pick(1, 2), { ChecksumSHA256: Buffer.alloc(32).toString('base64') }),
        '400 InvalidRequest',
      ],
      ['another type', () => upload.complete(pick(1, 2), { ChecksumType: 'COMPOSITE' }), '400 BadDigest'],
      [
        'what is no checksum',
        () => upload.complete(pick(1, 2), { ChecksumCRC32: 'x' }),
        '400 InvalidRequest',
      ],
      ['another size', () => upload.complete(pick(1, 2), { MpuObjectSize: 5 * MIB }), '400 InvalidRequest'],
    ])('%s', async (_, completion, error) => {
      expect(await errorOf(completion())).toBe(error);
      expect(await exists('refused')).toBe(false);
      // And nothing is lost by it.
      expect((await upload.list()).Parts).toHaveLength(3);
    });

    it('a checksum of an upload that was created without', async () => {
      const without = await begin('refused', {});
      const { ETag } = await without.send(1, 'x');
      const part = { PartNumber: 1, ETag };
      expect(await errorOf(without.complete([part], { ChecksumCRC32: crcOf('x') }))).toBe(
        '400 InvalidRequest',
      );
      expect(await errorOf(without.complete([{ ...part, ChecksumCRC32: crcOf('x') }]))).toBe(
        '400 InvalidPart',
      );
      await without.complete([part]);
      const attributes = new GetObjectAttributesCommand({
        Bucket,
        Key: 'refused',
        ObjectAttributes: ['Checksum'],
      });
      expect((await cloud().s3.send(attributes)).Checksum).toBeUndefined();
    });
  });

  it('ends the upload: nothing can be done with it again', async () => {
    const { send, list, complete, upload } = await begin('done');
    const { ETag } = await send(1, 'x');
    await complete([{ PartNumber: 1, ETag }]);

    const calls = [
      // Refused before it has been sent whole.
      () => send(1, PART),
      () => list(),
      () => complete([{ PartNumber: 1, ETag }]),
      () => cloud().s3.send(new AbortMultipartUploadCommand(upload)),
    ];
    for (const call of calls) expect(await errorOf(call())).toBe('404 NoSuchUpload');
  });

  it('is done once when it is asked for several times at once, whatever the first of them was', async () => {
    const { send, complete } = await begin('twice');
    const { ETag } = await send(1, 'x');
    const part = { PartNumber: 1, ETag };
    const outcomes = await Promise.allSettled([
      complete([{ ...part, ETag: '"wrong"' }]),
      ...[1, 2, 3].map(() => complete([part])),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('on the condition that nothing is there is done for one of several at once', async () => {
    for (const round of [1, 2, 3]) {
      const uploads = await Promise.all([1, 2, 3].map(() => begin(`race-${round}`)));
      const calls = uploads.map(async ({ send, complete }) => {
        const { ETag } = await send(1, 'x');
        return complete([{ PartNumber: 1, ETag }], { IfNoneMatch: '*' });
      });
      const outcomes = await Promise.allSettled(calls);
      const refused = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason.name] : [],
      );
      expect(refused).toEqual(['PreconditionFailed', 'PreconditionFailed']);
      // The parts of the others stay until they are aborted.
      const { Uploads } = await cloud().s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'race-' }));
      expect(Uploads).toHaveLength(2 * round);
    }
  });

  it('compares the ETag of what is to be replaced', async () => {
    const { send, complete } = await begin('replaced');
    const { ETag } = await send(1, 'new');
    const parts = [{ PartNumber: 1, ETag }];
    expect(await errorOf(complete(parts, { IfMatch: '"other"' }))).toBe('404 NoSuchKey');
    const old = await cloud().s3.send(new PutObjectCommand({ Bucket, Key: 'replaced', Body: 'old' }));
    expect(await errorOf(complete(parts, { IfMatch: '"other"' }))).toBe('412 PreconditionFailed');
    await complete(parts, { IfMatch: old.ETag ?? '' });
  });
});

describe('an upload that is aborted', () => {
  it('is gone with its parts', async () => {
    const { send, list, upload } = await begin('aborted');
    await send(1, 'x');
    await cloud().s3.send(new AbortMultipartUploadCommand(upload));

    expect(await errorOf(list())).toBe('404 NoSuchUpload');
    expect(await errorOf(cloud().s3.send(new AbortMultipartUploadCommand(upload)))).toBe('404 NoSuchUpload');
  });

  it('is gone with its bucket, too', async () => {
    const made = { Bucket: 'storytime-short-lived' };
    await cloud().s3.send(new CreateBucketCommand(made));
    const { list } = await beginUpload(cloud().s3, made.Bucket, 'x');
    await cloud().s3.send(new DeleteBucketCommand(made));
    await cloud().s3.send(new CreateBucketCommand(made));

    expect(await errorOf(list())).toBe('404 NoSuchUpload');
  });
});

describe('uploads', () => {
  const listed = { Bucket: 'storytime-listed' };
  const ids: Record<string, string[]> = {};
  beforeAll(async () => {
    await cloud().s3.send(new CreateBucketCommand(listed));
    for (const key of ['b', 'a/2', 'a/1', 'b', 'ü&<']) {
      const { upload } = await beginUpload(cloud().s3, listed.Bucket, key);
      ids[key] = [...(ids[key] ?? []), upload.UploadId ?? ''];
      clock = new Date(clock.getTime() + 1000);
    }
  });
  const pages = async (query: Partial<ListMultipartUploadsCommandInput>) => {
    const entries: string[] = [];
    let more: Partial<ListMultipartUploadsCommandInput> | null = {};
    while (more !== null) {
      const page: ListMultipartUploadsCommandOutput = await cloud().s3.send(
        new ListMultipartUploadsCommand({ ...listed, ...query, ...more }),
      );
      const { Uploads = [], CommonPrefixes = [], IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
      entries.push(...Uploads.map(({ Key = '', UploadId = '' }) => `${Key} ${ids[Key]?.indexOf(UploadId)}`));
      entries.push(...CommonPrefixes.map(({ Prefix = '' }) => Prefix));
      more = IsTruncated ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : null;
    }
    return entries;
  };

  it.each([1, 2, 1000])('are listed by key, then by their begin, %i at a time', async (MaxUploads) => {
    expect(await pages({ MaxUploads })).toEqual(['a/1 0', 'a/2 0', 'b 0', 'b 1', 'ü&< 0']);
  });

  it('are listed by a prefix, and together up to a delimiter', async () => {
    expect(await pages({ Prefix: 'a/' })).toEqual(['a/1 0', 'a/2 0']);
    expect(await pages({ Delimiter: '/', MaxUploads: 1 })).toEqual(['a/', 'b 0', 'b 1', 'ü&< 0']);
  });

  it('tell when they began, and their checksums', async () => {
    const { Uploads } = await cloud().s3.send(new ListMultipartUploadsCommand({ ...listed, Prefix: 'a/1' }));
    expect(Uploads).toMatchObject([{ ...FULL, Initiated: new Date('2026-03-01T12:00:02Z') }]);
  });
});

describe('an upload that a rule of the bucket ends', () => {
  const ruled = { Bucket: 'storytime-ruled' };
  beforeAll(async () => {
    clock = BEGUN_AT;
    await cloud().s3.send(new CreateBucketCommand(ruled));
    await cloud().s3.send(
      new PutBucketLifecycleConfigurationCommand({
        ...ruled,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'ends-uploads',
              Status: 'Enabled',
              Filter: { Prefix: 'uploads/' },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
            },
          ],
        },
      }),
    );
  });

  it('tells by which rule and when, and is gone from then on', async () => {
    const { creation, list, send } = await beginUpload(cloud().s3, ruled.Bucket, 'uploads/1');
    const { ETag } = await send(1, 'x');
    const told = { AbortDate: new Date('2026-03-09T00:00:00Z'), AbortRuleId: 'ends-uploads' };
    expect(creation).toMatchObject(told);
    expect(await list()).toMatchObject({ ...told, Parts: [{ ETag }] });

    clock = new Date('2026-03-08T23:59:59Z');
    expect((await list()).Parts).toHaveLength(1);
    clock = new Date('2026-03-09T00:00:00Z');
    expect(await errorOf(send(2, 'x'))).toBe('404 NoSuchUpload');
    expect(await errorOf(list())).toBe('404 NoSuchUpload');
    clock = BEGUN_AT;
    expect(await errorOf(list())).toBe('404 NoSuchUpload');
  });

  it('is no longer listed, and one of another prefix stays', async () => {
    clock = BEGUN_AT;
    await beginUpload(cloud().s3, ruled.Bucket, 'uploads/2');
    const { creation } = await beginUpload(cloud().s3, ruled.Bucket, 'others/2');
    expect(creation.AbortDate).toBeUndefined();
    clock = new Date('2027-01-01T00:00:00Z');
    const { Uploads } = await cloud().s3.send(new ListMultipartUploadsCommand(ruled));
    expect(Uploads).toMatchObject([{ Key: 'others/2' }]);
    clock = BEGUN_AT;
  });
});

it('a copy is not told to have a checksum that nobody here computes', async () => {
  await cloud().s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'x' }));
  const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/source` };
  const call = new CopyObjectCommand({ ...copy, ChecksumAlgorithm: 'SHA512' as 'SHA256' });
  expect(await errorOf(cloud().s3.send(call))).toBe('501 NotImplemented');
});

it('a multipart call of a bucket that is not there says so', async () => {
  const missing = { Bucket: 'storytime-missing', Key: 'x' };
  expect(await errorOf(cloud().s3.send(new CreateMultipartUploadCommand(missing)))).toBe('404 NoSuchBucket');
  expect(await errorOf(cloud().s3.send(new ListMultipartUploadsCommand(missing)))).toBe('404 NoSuchBucket');
});
