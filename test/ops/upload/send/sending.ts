/** A master on disk and a bucket for it, at the local AWS API with a wire before it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { hashFile } from '../../../../ops/upload/check/hash-file.ts';
import type { SendEvent } from '../../../../ops/upload/send/send-event.ts';
import { type MasterToSend, type SendOptions, sendMaster } from '../../../../ops/upload/send/send-master.ts';
import type { TestCloud } from '../../../local/aws-api/start.ts';
import { startWire, type Wire, type WireOptions } from '../../../support/aws-wire.ts';

export const MIB = 2 ** 20;

export interface Sender {
  readonly wire: Wire;
  readonly s3: S3Client;
  readonly told: readonly SendEvent[];
  send(master: MasterToSend, options?: Partial<SendOptions>): ReturnType<typeof sendMaster>;
}

/** Sends to one key of a bucket of its own. */
export async function masterPlace({ s3 }: Pick<TestCloud, 's3'>) {
  const place = { bucket: `masters-${randomUUID()}`, key: `uploads/sha256/${randomUUID()}` };
  await s3.send(new CreateBucketCommand({ Bucket: place.bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: place.bucket, VersioningConfiguration }));
  return {
    place,
    read: async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: place.bucket, Key: place.key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    versions: async () =>
      (await s3.send(new ListObjectVersionsCommand({ Bucket: place.bucket }))).Versions ?? [],
    uploads: async () =>
      (await s3.send(new ListMultipartUploadsCommand({ Bucket: place.bucket }))).Uploads ?? [],
    /** A process that sends there. */
    async sender(cloud: TestCloud, faults: Omit<WireOptions, 'target'> = {}): Promise<Sender> {
      const wire = await startWire({ target: cloud.cloud.endpoint, ...faults });
      const client = new S3Client({ ...cloud.clientConfig(), requestHandler: { httpAgent: wire.agent } });
      onTestFinished(async () => {
        client.destroy();
        await wire.close();
      });
      const told: SendEvent[] = [];
      return {
        wire,
        s3: client,
        told,
        send: (master, options = {}) =>
          sendMaster(client, place, master, {
            signal: new AbortController().signal,
            partsAtOnce: 2,
            tell: (event) => told.push(event),
            ...options,
          }),
      };
    },
  };
}

/** A file of random bytes, checked. */
export async function masterOnDisk(bytes: number): Promise<{ master: MasterToSend; content: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'send-master-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'master.mp4');
  const content = randomBytes(bytes);
  await writeFile(path, content);
  const { signal } = new AbortController();
  const { crc32, parts } = await hashFile(path, { signal });
  const { mtimeMs: modifiedMs } = await stat(path);
  return {
    content,
    master: { file: 'master.mp4', path, bytes, modifiedMs, contentType: 'video/mp4', crc32, parts },
  };
}

/** Bytes of parts that were put, over all tries. */
export function putBytes({ wire }: Sender): number {
  return [...wire.partBytes().values()].reduce((sum, bytes) => sum + bytes, 0);
}
