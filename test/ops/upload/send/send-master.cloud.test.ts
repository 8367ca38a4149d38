import { EventEmitter, once } from 'node:events';
import { appendFile, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { checksumText } from '../../../../ops/upload/parts.ts';
import { useLocalCloud } from '../../../local/aws-api/start.ts';
import { MIB, masterOnDisk, masterPlace, putBytes } from './sending.ts';

const cloud = useLocalCloud();

describe('a master', () => {
  it('of one part arrives as it is, under its own type', async () => {
    const { place, read, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(12_345);
    const one = await sender(cloud());

    expect(await one.send(master)).toEqual({ sentBytes: 12_345, isNew: true });
    expect((await read()).equals(content)).toBe(true);
    const head = await cloud().s3.send(
      new HeadObjectCommand({ Bucket: place.bucket, Key: place.key, ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject({ ContentType: 'video/mp4', ChecksumCRC32: checksumText(master.crc32) });
    expect(head.ChecksumType).toBe('FULL_OBJECT');
    expect(one.told.map(({ event }) => event)).toEqual(['sending', 'sent']);
  });

  it('of many parts arrives as it is, each part sent once', async () => {
    const { read, uploads, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(41 * MIB + 7);
    const one = await sender(cloud());

    expect(await one.send(master, { partsAtOnce: 4 })).toEqual({ sentBytes: 41 * MIB + 7, isNew: true });
    expect((await read()).equals(content)).toBe(true);
    expect(putBytes(one)).toBe(master.bytes);
    expect(await uploads()).toEqual([]);
  });

  it('that is there already is not sent again', async () => {
    const { versions, sender } = await masterPlace(cloud());
    const { master } = await masterOnDisk(9 * MIB);
    await (await sender(cloud())).send(master);
    const again = await sender(cloud());

    expect(await again.send(master)).toEqual({ sentBytes: 0, isNew: false });
    expect(putBytes(again)).toBe(0);
    expect(again.told.map(({ event }) => event)).toEqual(['master-present']);
    expect(await versions()).toHaveLength(1);
  });

  it('is refused where the object of its name is another', async () => {
    const { sender } = await masterPlace(cloud());
    const [first, other] = [await masterOnDisk(1000), await masterOnDisk(1000)];
    await (await sender(cloud())).send(first.master);

    await expect((await sender(cloud())).send(other.master)).rejects.toMatchObject({
      code: 'MASTER_DIFFERS',
    });
  });
});

describe('an upload that was interrupted', () => {
  it('is continued by another process, which sends only what is missing', async () => {
    const { read, versions, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(44 * MIB);
    const stop = new AbortController();
    const begun: { id: string; startedAt: string }[] = [];
    const first = await sender(cloud(), {
      onRequest: ({ partNumber }) => {
        if (partNumber === 4) stop.abort(new Error('killed'));
        return undefined;
      },
    });
    const killed = first.send(master, {
      partsAtOnce: 1,
      signal: stop.signal,
      onUpload: async (upload) => {
        begun.push(upload);
      },
    });
    await expect(killed).rejects.toThrow('killed');
    const second = await sender(cloud());

    const earlier = begun[0] ?? null;
    expect(await second.send(master, { earlier })).toEqual({ sentBytes: 20 * MIB, isNew: true });
    expect(putBytes(second)).toBe(20 * MIB);
    expect(second.told[0]).toMatchObject({ event: 'sending', bytes: 44 * MIB, presentBytes: 24 * MIB });
    expect((await read()).equals(content)).toBe(true);
    expect(await versions()).toHaveLength(1);
  });

  it('that S3 ended meanwhile begins anew and says so', async () => {
    const { sender } = await masterPlace(cloud());
    const { master } = await masterOnDisk(1000);
    const one = await sender(cloud());

    const earlier = { id: 'gone', startedAt: '2026-11-01T00:00:00.000Z' };
    await one.send(master, { earlier });
    expect(one.told[0]).toEqual({ event: 'upload-expired', startedAt: earlier.startedAt });
    expect(one.told.map(({ event }) => event)).toEqual(['upload-expired', 'sending', 'sent']);
  });

  it('is not continued with parts of another content or another size', async () => {
    const { place, read, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(25 * MIB);
    const at = { Bucket: place.bucket, Key: place.key };
    const { UploadId } = await cloud().s3.send(
      new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    );
    const put = (PartNumber: number, Body: Buffer) =>
      cloud().s3.send(
        new UploadPartCommand({ ...at, UploadId, PartNumber, Body, ChecksumAlgorithm: 'CRC32' }),
      );
    await put(1, content.subarray(0, 8 * MIB));
    await put(2, Buffer.alloc(8 * MIB));
    await put(3, content.subarray(16 * MIB, 23 * MIB));
    const one = await sender(cloud());

    expect(await one.send(master)).toEqual({ sentBytes: 17 * MIB, isNew: true });
    expect(one.told[0]).toMatchObject({ event: 'sending', presentBytes: 8 * MIB });
    expect((await read()).equals(content)).toBe(true);
  });

  it('is left alone where S3 keeps other checksums for it', async () => {
    const { place, read, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(1000);
    await cloud().s3.send(new CreateMultipartUploadCommand({ Bucket: place.bucket, Key: place.key }));
    await cloud().s3.send(
      new CreateMultipartUploadCommand({ Bucket: place.bucket, Key: `${place.key}.srt` }),
    );

    await (await sender(cloud())).send(master);
    expect((await read()).equals(content)).toBe(true);
  });
});

describe('two processes with one file', () => {
  it('make one object, and send no part twice but where they meet', async () => {
    const { read, versions, uploads, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(80 * MIB);
    const joining = new EventEmitter();
    /** A line that takes its time for a part, as lines do. */
    const slowLine = ({ partNumber }: { readonly partNumber: number | null }) => {
      if (partNumber === 2) joining.emit('join');
      return partNumber === null ? undefined : sleep(600);
    };
    const first = await sender(cloud(), { onRequest: slowLine });
    const second = await sender(cloud(), { onRequest: slowLine });
    const ends = await Promise.all([
      first.send(master, { partsAtOnce: 1 }),
      once(joining, 'join').then(() => second.send(master, { partsAtOnce: 1 })),
    ]);

    expect(ends.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect((await read()).equals(content)).toBe(true);
    expect(await versions()).toHaveLength(1);
    expect(await uploads()).toEqual([]);
    expect(putBytes(second)).toBeGreaterThan(0);
    expect(putBytes(first) + putBytes(second)).toBeLessThanOrEqual(master.bytes + 4 * 8 * MIB);
  });

  it('that sent it by two uploads make one object, and leave no parts behind', async () => {
    const { place, versions, uploads, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(9 * MIB);
    const one = await sender(cloud(), {
      onRequest: ({ method, query }) =>
        method === 'POST' && query.has('uploadId')
          ? cloud().s3.send(new PutObjectCommand({ Bucket: place.bucket, Key: place.key, Body: content }))
          : undefined,
    });

    expect(await one.send(master)).toEqual({ sentBytes: 9 * MIB, isNew: false });
    expect(one.told.at(-1)).toEqual({ event: 'master-present', key: place.key });
    expect(await versions()).toHaveLength(1);
    expect(await uploads()).toEqual([]);
  });

  it('that begin at the same moment make one object', async () => {
    const { read, versions, uploads, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(17 * MIB);
    const senders = [await sender(cloud()), await sender(cloud()), await sender(cloud())];
    const ends = await Promise.all(senders.map((one) => one.send(master)));

    expect(ends.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect((await read()).equals(content)).toBe(true);
    expect(await versions()).toHaveLength(1);
    expect(await uploads()).toEqual([]);
  });
});

describe('a bad line', () => {
  it('that changes a byte makes S3 refuse the part, which is sent again', async () => {
    const { read, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(17 * MIB);
    const one = await sender(cloud(), {
      corrupt: ({ partNumber, sent }) => (partNumber === 2 && sent === 1 ? 3 * MIB : null),
    });

    expect((await one.send(master)).isNew).toBe(true);
    expect((await read()).equals(content)).toBe(true);
    expect(one.told).toContainEqual({
      event: 'part-resent',
      partNumber: 2,
      why: 'S3 received other bytes than were sent',
    });
  });

  it('that breaks in the middle of a part, or before the answer, costs that part alone', async () => {
    const { read, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(33 * MIB);
    const one = await sender(cloud(), {
      cut: ({ partNumber, sent, method }) => {
        if (partNumber === 2 && sent < 3) return { afterBytes: 5 * MIB };
        if (partNumber === 4 && sent === 1) return 'answer';
        return method === 'HEAD' && sent === 1 && 'answer';
      },
    });

    expect(await one.send(master)).toEqual({ sentBytes: 33 * MIB, isNew: true });
    expect((await read()).equals(content)).toBe(true);
    const resent = one.told.flatMap((event) => (event.event === 'part-resent' ? [event.partNumber] : []));
    expect(resent.toSorted()).toEqual([2, 2, 4]);
  });

  it('that breaks before the answer to the completion leaves one object', async () => {
    const { read, versions, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(9 * MIB);
    const one = await sender(cloud(), {
      cut: ({ method, query, sent }) => method === 'POST' && query.has('uploadId') && sent === 1 && 'answer',
    });

    await one.send(master);
    expect((await read()).equals(content)).toBe(true);
    expect(await versions()).toHaveLength(1);
  });

  it('that carries nothing ends with how to go on', async () => {
    const { sender } = await masterPlace(cloud());
    const { master } = await masterOnDisk(1000);
    const one = await sender(cloud(), { cut: () => ({ afterBytes: 0 }) });

    await expect(one.send(master, { patienceSeconds: 1 })).rejects.toMatchObject({
      name: 'SendFailed',
      code: 'S3_UNREACHABLE',
    });
  });

  it('on which nothing moves is given up for another connection', async () => {
    const { read, sender } = await masterPlace(cloud());
    const { master, content } = await masterOnDisk(1000);
    const one = await sender(cloud(), {
      onRequest: ({ partNumber, sent }) =>
        partNumber === 1 && sent === 1 ? new Promise(() => {}) : undefined,
    });

    await one.send(master, { stallSeconds: 0.5 });
    expect(one.told).toContainEqual({
      event: 'part-resent',
      partNumber: 1,
      why: 'S3 did not answer in time',
    });
    expect((await read()).equals(content)).toBe(true);
  });
});

describe('a file that changes after it was checked', () => {
  const refused = { name: 'UploadRefused', code: 'FILE_CHANGED' };

  it('is refused before anything is sent', async () => {
    const { uploads, sender } = await masterPlace(cloud());
    const { master } = await masterOnDisk(1000);
    await appendFile(master.path, 'more');

    const one = await sender(cloud());
    await expect(one.send(master)).rejects.toMatchObject(refused);
    expect(putBytes(one)).toBe(0);
    expect(await uploads()).toEqual([]);
  });

  it('is refused while it is sent, by its date', async () => {
    const { versions, sender } = await masterPlace(cloud());
    const { master } = await masterOnDisk(17 * MIB);
    const one = await sender(cloud(), {
      onRequest: ({ partNumber }) =>
        partNumber === 3 ? utimes(master.path, new Date(0), new Date(0)) : undefined,
    });

    await expect(one.send(master)).rejects.toMatchObject(refused);
    expect(await versions()).toEqual([]);
  });

  it('is refused while it is sent where its date does not tell, as with files that are mapped into memory', async () => {
    const { versions, sender } = await masterPlace(cloud());
    const { master } = await masterOnDisk(17 * MIB);
    const seconds = Math.floor(master.modifiedMs / 1000);
    await utimes(master.path, seconds, seconds);
    const one = await sender(cloud(), {
      onRequest: async ({ method, query }) => {
        if (method !== 'POST' || !query.has('uploads')) return;
        await writeFile(master.path, Buffer.alloc(master.bytes));
        await utimes(master.path, seconds, seconds);
      },
    });

    await expect(one.send({ ...master, modifiedMs: seconds * 1000 })).rejects.toMatchObject(refused);
    expect(one.told.map(({ event }) => event)).not.toContain('part-resent');
    expect(await versions()).toEqual([]);
  });

  it('is refused when it is no longer there', async () => {
    const { sender } = await masterPlace(cloud());
    const { master } = await masterOnDisk(1000);
    const gone = { ...master, path: `${master.path}.gone` };
    await expect((await sender(cloud())).send(gone)).rejects.toMatchObject({ code: 'MISSING' });
  });
});

it('what S3 refuses for good is thrown as it is, and at once', async () => {
  const { place, sender } = await masterPlace(cloud());
  const { master } = await masterOnDisk(1000);
  const one = await sender(cloud());
  place.bucket = 'no-such-bucket-anywhere';
  await expect(one.send(master)).rejects.toMatchObject({ name: 'NoSuchBucket' });
});
