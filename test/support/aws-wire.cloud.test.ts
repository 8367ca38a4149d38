/** The wire for tests: it passes requests on as they are, counts them and breaks them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { useLocalCloud } from '../local/aws-api/start.ts';
import { startWire, type Wire, type WireOptions } from './aws-wire.ts';

const cloud = useLocalCloud();
const Bucket = 'storytime-wire';
let wire: Wire | undefined;

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket }));
});
afterEach(() => wire?.close());

async function clientOver(options: Omit<WireOptions, 'target'>, maxAttempts = 1): Promise<S3Client> {
  wire = await startWire({ target: cloud().cloud.endpoint, ...options });
  return new S3Client({ ...cloud().clientConfig(), maxAttempts, requestHandler: { httpAgent: wire.agent } });
}
const read = async (Key: string) =>
  (await cloud().s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

it('passes a signed request on as it is, and counts its bytes', async () => {
  const client = await clientOver({});
  await client.send(new PutObjectCommand({ Bucket, Key: 'a b', Body: 'whole' }));

  expect(await read('a b')).toBe('whole');
  expect(wire?.requests).toMatchObject([
    {
      method: 'PUT',
      path: `/${Bucket}/a b`,
      bytes: 5,
      status: 200,
      sent: 1,
      partNumber: null,
      wasCut: false,
    },
  ]);
});

it('changes the byte that it is told to', async () => {
  const client = await clientOver({ corrupt: () => 1 });
  await client.send(new PutObjectCommand({ Bucket, Key: 'changed', Body: 'abc' })).then(
    () => expect.unreachable(),
    (error: Error) => expect(error.name).toBe('BadDigest'),
  );
});

it('cuts the connection within a body, which stores nothing, and a client may try again', async () => {
  const client = await clientOver({ cut: ({ sent }) => sent === 1 && { afterBytes: 2 } }, 2);
  await client.send(new PutObjectCommand({ Bucket, Key: 'cut', Body: 'abc' }));

  expect(await read('cut')).toBe('abc');
  expect(wire?.requests).toMatchObject([
    { bytes: 2, status: undefined, sent: 1, wasCut: true },
    { bytes: 3, status: 200, sent: 2, wasCut: false },
  ]);
});

it('keeps an answer from the client, whose request was carried out', async () => {
  const client = await clientOver({ cut: () => 'answer' });
  await expect(
    client.send(new PutObjectCommand({ Bucket, Key: 'unheard', Body: 'stored' })),
  ).rejects.toThrow();

  expect(await read('unheard')).toBe('stored');
  expect(wire?.requests).toMatchObject([{ status: 200, wasCut: true }]);
});

it('holds a request until it may go on', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const client = await clientOver({ onRequest: () => held });
  const sent = client.send(new PutObjectCommand({ Bucket, Key: 'held', Body: 'abc' }));
  await expect.poll(() => wire?.requests.length).toBe(1);
  await expect(read('held')).rejects.toThrow();
  release();
  await sent;

  expect(await read('held')).toBe('abc');
});

it('tells how much of a body has passed, and that there is an answer, before the client hears of it', async () => {
  const told: string[] = [];
  const client = await clientOver({
    onBytes: ({ bytes }) => void told.push(`${bytes} bytes`),
    onAnswer: async ({ status }) => {
      // It has been carried out by now.
      told.push(`${status}: ${await read('answered')}`);
    },
  });
  await client.send(new PutObjectCommand({ Bucket, Key: 'answered', Body: 'abc' }));
  told.push('heard');

  expect(told).toEqual(['3 bytes', '200: abc', 'heard']);
});

it('adds up the bytes of each part of an upload, over all tries', async () => {
  const upload = { Bucket, Key: 'parts' };
  const { UploadId } = await cloud().s3.send(new CreateMultipartUploadCommand(upload));
  const client = await clientOver(
    { cut: ({ partNumber, sent }) => partNumber === 2 && sent === 1 && { afterBytes: 4 } },
    2,
  );
  for (const PartNumber of [1, 2]) {
    await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber, Body: Buffer.from('part') }));
  }

  expect([...(wire?.partBytes() ?? [])]).toEqual([
    [`/${Bucket}/parts#1`, 4],
    [`/${Bucket}/parts#2`, 8],
  ]);
});

it('is taken by a program of its own whose endpoint is the local AWS API', async () => {
  wire = await startWire({ target: cloud().cloud.endpoint });
  const program = `
    import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
    await new S3Client({}).send(new PutObjectCommand({ Bucket: '${Bucket}', Key: 'child', Body: 'from a child' }));
    await fetch(process.env.AWS_ENDPOINT_URL).then((answer) => answer.text());`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    env: wire.environment({ ...process.env, ...cloud().cloud.environment }),
  });

  expect(await read('child')).toBe('from a child');
  expect(wire.requests).toMatchObject([
    { method: 'PUT', path: `/${Bucket}/child`, status: 200 },
    { method: 'GET', path: '/', status: 403 },
  ]);
});
