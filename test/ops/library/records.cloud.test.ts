/** Records and the catalogue on the local AWS API. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BrokenRecordError } from '../../../ops/library/broken-record.ts';
import { createCatalogue } from '../../../ops/library/catalogue.ts';
import { titleKey } from '../../../ops/library/places.ts';
import { type RecordStore, recordStore } from '../../../ops/library/record-store.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';

const cloud = useLocalCloud();
const signal = new AbortController().signal;
const schema = z.looseObject({ name: z.string(), count: z.int() });

let number = 0;
let bucket: string;
let records: RecordStore;

beforeEach(async () => {
  number += 1;
  bucket = `records-${number}`;
  await cloud().s3.send(new CreateBucketCommand({ Bucket: bucket }));
  records = recordStore({ s3: cloud().s3, bucket, signal });
});

const put = (Key: string, Body: string) =>
  cloud().s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

/** A client whose answers pass through `change`. */
function clientThat(change: (command: string, calls: number, key: string | undefined) => void): S3Client {
  const client = new S3Client(cloud().clientConfig());
  let calls = 0;
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        calls += 1;
        change(commandName, calls, (args.input as { Key?: string }).Key);
        return next(args);
      },
    { step: 'initialize' },
  );
  return client;
}

describe('a record', () => {
  it('is read as it was created, with fields that the schema does not know', async () => {
    const record = { name: 'a', count: 1, later: [1] };
    const created = await records.create('x.json', record);

    expect(await records.read('x.json', schema)).toEqual({
      record,
      etag: created === 'conflict' ? '' : created.etag,
    });
  });

  it('that is larger than records are is broken, and is not read', async () => {
    await put('huge.json', `{"name":"a","count":1,"more":"${'x'.repeat(2 ** 20)}"}`);
    await expect(records.read('huge.json', schema)).rejects.toThrow(
      'huge.json in the masters bucket is not a valid record (expected at most 1048576 bytes)',
    );
  });

  it('that is missing is null', async () => {
    expect(await records.read('x.json', schema)).toBeNull();
  });

  it('is created once, by one of many', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, count) => records.create('x.json', { name: 'a', count })),
    );

    expect(results.filter((result) => result !== 'conflict')).toHaveLength(1);
  });

  it('is replaced only as it was read, by one of many, and not where it is gone', async () => {
    const created = await records.create('x.json', { name: 'a', count: 0 });
    const etag = created === 'conflict' ? '' : created.etag;
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, count) => records.replace('x.json', { name: 'b', count }, etag)),
    );
    const won = results.findIndex((result) => result !== 'conflict');

    expect(results.filter((result) => result !== 'conflict')).toHaveLength(1);
    expect((await records.read('x.json', schema))?.record).toEqual({ name: 'b', count: won });
    expect(await records.replace('gone.json', { name: 'c', count: 1 }, etag)).toBe('conflict');
    expect(await records.read('gone.json', schema)).toBeNull();
  });

  it.each([
    ['{"name": "secret", ', ['expected JSON']],
    [
      '{"name": 1}',
      [
        'name: invalid input: expected string, received number',
        'count: invalid input: expected number, received undefined',
      ],
    ],
    ['[]', ['invalid input: expected object, received array']],
  ])('that does not parse names itself and what is wrong, and stays: %s', async (text, problems) => {
    await put('x.json', text);
    const error = await records.read('x.json', schema).catch((one: unknown) => one);

    expect(error).toBeInstanceOf(BrokenRecordError);
    expect(error).toMatchObject({ key: 'x.json', problems });
    expect((error as Error).message).toBe(
      `x.json in the masters bucket is not a valid record (${problems.join('; ')}): correct it, or restore its earlier version; nothing was changed`,
    );
    expect((error as Error).message).not.toContain('secret');
  });

  it('is written again after a 409, and the waits grow', async () => {
    const waits: number[] = [];
    const s3 = clientThat((command, calls) => {
      if (command === 'PutObjectCommand' && calls <= 3) throw conflictAtS3();
    });
    const store = recordStore({ s3, bucket, signal, wait: async (ms) => void waits.push(ms) });

    expect(await store.create('x.json', { name: 'a', count: 1 })).toMatchObject({ etag: expect.any(String) });
    expect(waits).toHaveLength(3);
    expect((await records.read('x.json', schema))?.record).toEqual({ name: 'a', count: 1 });
  });

  it('is given up after many 409s', async () => {
    let calls = 0;
    const s3 = clientThat(() => {
      calls += 1;
      throw conflictAtS3();
    });
    const store = recordStore({ s3, bucket, signal, wait: async () => {} });

    await expect(store.create('x.json', {})).rejects.toThrow('conflicting');
    expect(calls).toBe(8);
  });

  it('in a bucket that is not there is an error, not a missing record', async () => {
    const store = recordStore({ s3: cloud().s3, bucket: 'no-such-bucket', signal });

    await expect(store.read('x.json', schema)).rejects.toThrow('bucket does not exist');
    await expect(store.create('x.json', {})).rejects.toThrow('bucket does not exist');
    await expect(store.replace('x.json', {}, '"x"')).rejects.toThrow('bucket does not exist');
    await expect(store.list('')).rejects.toThrow('bucket does not exist');
  });
});

describe('the catalogue', () => {
  const title = (id: string, fields: object = {}) => ({
    schemaVersion: 1,
    id,
    title: id,
    version: 1,
    state: 'live',
    playlistPath: `books/${id}/index.m3u8`,
    durationSeconds: 1,
    renditions: [],
    captions: [],
    posterPath: null,
    storyboardPath: null,
    createdAt: '2026-11-30T10:00:00.000Z',
    ...fields,
  });

  /** A reader, and what it asked S3 for since the last look. */
  function counted() {
    let asked: string[] = [];
    const s3 = clientThat((command) => asked.push(command));
    const catalogue = createCatalogue({ records: recordStore({ s3, bucket, signal }) });
    return {
      catalogue,
      names: async () =>
        (await catalogue.read()).map((entry) => ('title' in entry ? entry.title.title : entry.broken.key)),
      asked: () => {
        const before = asked;
        asked = [];
        return {
          lists: before.filter((name) => name === 'ListObjectsV2Command').length,
          fetches: before.filter((name) => name === 'GetObjectCommand').length,
        };
      },
    };
  }

  it('fetches a record again only when it changed, and forgets one that is gone', async () => {
    for (const id of ['a', 'b', 'c']) await records.create(titleKey(id), title(id));
    const { names, asked } = counted();
    expect(await names()).toEqual(['a', 'b', 'c']);
    expect(asked()).toEqual({ lists: 1, fetches: 3 });

    expect(await names()).toEqual(['a', 'b', 'c']);
    expect(asked()).toEqual({ lists: 1, fetches: 0 });

    await put(titleKey('b'), JSON.stringify(title('b', { title: 'B' })));
    await cloud().s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: titleKey('a') }));
    await records.create(titleKey('d'), title('d'));
    expect(await names()).toEqual(['B', 'c', 'd']);
    expect(asked()).toEqual({ lists: 1, fetches: 2 });
  });

  it('reads once for callers at the same time', async () => {
    await records.create(titleKey('a'), title('a'));
    const { names, asked } = counted();
    const all = await Promise.all(Array.from({ length: 20 }, names));

    expect(new Set(all.map((one) => one.join()))).toEqual(new Set(['a']));
    expect(asked()).toEqual({ lists: 1, fetches: 1 });
  });

  it('keeps a broken record as an item, fetches it again when it was corrected, and no other', async () => {
    await records.create(titleKey('a'), title('a'));
    await put(titleKey('b'), '{}');
    const { names, asked } = counted();
    expect(await names()).toEqual(['a', titleKey('b')]);
    asked();
    expect(await names()).toEqual(['a', titleKey('b')]);
    expect(asked()).toEqual({ lists: 1, fetches: 0 });

    await put(titleKey('b'), JSON.stringify(title('b')));
    expect(await names()).toEqual(['a', 'b']);
    expect(asked()).toEqual({ lists: 1, fetches: 1 });
  });

  it('lists as many with each call as S3 gives, in as many calls as it takes', async () => {
    for (const id of ['a', 'b', 'c']) await records.create(titleKey(id), title(id));
    const asked: (number | undefined)[] = [];
    const s3 = new S3Client(cloud().clientConfig());
    s3.middlewareStack.add(
      (next) => (args) => {
        const input = args.input as { MaxKeys?: number };
        asked.push(input.MaxKeys);
        // In place of 1,001 titles.
        return next({ ...args, input: { ...input, MaxKeys: 2 } as typeof args.input });
      },
      { step: 'initialize' },
    );
    const listed = await recordStore({ s3, bucket, signal }).list('titles/');

    expect(listed.map(({ key }) => key)).toEqual(['a', 'b', 'c'].map(titleKey));
    expect(asked).toEqual([undefined, undefined]);
  });

  it('fetches no more records at once than it may', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `t${index}`);
    let atOnce = 0;
    let most = 0;
    const many: Pick<RecordStore, 'read' | 'list'> = {
      list: async () => ids.map((id) => ({ key: titleKey(id), etag: '"1"' })),
      read: async (key, of) => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        const record = of.parse(title(key.slice('titles/'.length, -'.json'.length)));
        return { record, etag: '"1"' };
      },
    };

    expect(await createCatalogue({ records: many, mostAtOnce: 7 }).read()).toHaveLength(100);
    expect(most).toBe(7);
  });

  it('fails as a whole when S3 does, and the next call goes on with what was fetched', async () => {
    for (const id of ['a', 'b', 'c']) await records.create(titleKey(id), title(id));
    let isBroken = true;
    const fetched: string[] = [];
    const s3 = clientThat((_, __, key) => {
      if (isBroken && key === titleKey('b')) throw new Error('the network is gone');
      if (key !== undefined) fetched.push(key);
    });
    const catalogue = createCatalogue({ records: recordStore({ s3, bucket, signal }), mostAtOnce: 1 });
    await expect(catalogue.read()).rejects.toThrow('the network is gone');

    isBroken = false;
    expect(await catalogue.read()).toHaveLength(3);
    expect(fetched.filter((key) => key === titleKey('a'))).toHaveLength(1);
  });
});

function conflictAtS3(): S3ServiceException {
  return new S3ServiceException({
    name: 'ConditionalRequestConflict',
    message: 'conflicting operation',
    $fault: 'client',
    $metadata: { httpStatusCode: 409 },
  });
}
