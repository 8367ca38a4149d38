/** The gateway holds pieces of what passes it, never a part or an object: its peak memory does not follow their size. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { beginUpload, crcOf, FULL, MIB } from './multipart.ts';

const STARTER = fileURLToPath(new URL('start-and-wait.ts', import.meta.url));
/** So much that the memory for passing things on has been taken. */
const SMALL = 32 * MIB;
const LARGE = 96 * MIB;
/** What may come on top between the two: half of what it would take to hold the one and the other. */
const SLACK_KIB = 32 * 1024;

/** Made as it is read, so that nobody holds it. */
function stream(bytes: number): Readable {
  const piece = Buffer.alloc(64 * 1024, 'piece');
  return Readable.from(Array.from({ length: bytes / piece.length }, () => piece));
}

it('a part and an object pass by, whatever their size and whichever way the client sends them', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', STARTER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const environment = JSON.parse((await lines.next()).value) as Record<string, string>;
    const peakKib = async () => {
      child.stdin.write('\n');
      return Number((await lines.next()).value);
    };
    const s3 = new S3Client({
      endpoint: environment.AWS_ENDPOINT_URL ?? '',
      region: environment.AWS_REGION ?? '',
      credentials: {
        accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      },
    });
    const Bucket = 'storytime-memory';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const crcs = new Map(
      [SMALL, LARGE].map((bytes) => [bytes, crcOf(Buffer.alloc(bytes, Buffer.alloc(64 * 1024, 'piece')))]),
    );
    const pass = async (bytes: number) => {
      const crc = crcs.get(bytes) ?? '';
      const { send, complete } = await beginUpload(s3, Bucket, `${bytes}`, FULL);
      const body = () => ({ Body: stream(bytes), ContentLength: bytes }) as Partial<UploadPartCommandInput>;
      // A checksum after the body, which comes in chunks; then one before it.
      expect((await send(1, '', body())).ChecksumCRC32).toBe(crc);
      const { ETag } = await send(1, '', { ...body(), ChecksumCRC32: crc });
      await complete([{ PartNumber: 1, ETag }], { ChecksumCRC32: crc });
      await s3.send(new PutObjectCommand({ Bucket, Key: `put-${bytes}`, ...body(), ChecksumCRC32: crc }));
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `${bytes}` }));
      let read = 0;
      for await (const chunk of Body as Readable) read += (chunk as Buffer).length;
      expect(read).toBe(bytes);
    };
    await pass(SMALL);
    const before = await peakKib();
    await pass(LARGE);
    const after = await peakKib();

    expect(after - before).toBeLessThan(SLACK_KIB);
  } finally {
    child.stdin.end();
    await exited;
  }
});
