/**
 * `npm run bench:upload`: what sending costs, with a checksum of each part and of the whole. The sender of `npm run upload`
 * against `@aws-sdk/lib-storage`, which cannot go on with an upload, at one local AWS API in one run: bytes per second as
 * ratios of rounds that alternate. A minute. Exits 0 even when the ratio is below what is wanted, and says so; 1 with
 * `--strict`.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startLocalCloud } from '../../local/aws-api/index.ts';
import { hashFile } from '../../ops/upload/check/hash-file.ts';
import { partBytesFor } from '../../ops/upload/parts.ts';
import type { MasterPlace } from '../../ops/upload/send/s3-upload.ts';
import { sendMaster } from '../../ops/upload/send/send-master.ts';
import { quantile } from '../../signer/bench/measure.ts';
import { atLeast, formatTable, isOk, writeJson } from '../../signer/bench/report.ts';

const MIB = 2 ** 20;
const BYTES = 96 * MIB;
const PARTS_AT_ONCE = 4;
const ROUNDS = 7;
const WANTED = 0.8;
const BUCKET = 'masters';

const root = fileURLToPath(new URL('../..', import.meta.url));
const report = join('.storytime', 'bench', 'upload.json');
const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });
const { signal } = new AbortController();
const folder = await mkdtemp(join(tmpdir(), 'storytime-bench-upload-'));
const cloud = await startLocalCloud({
  accountId: '123456789012',
  region: 'us-east-1',
  transcode: () => Promise.reject(new Error('the bench runs no job')),
  log: () => {},
});
const s3 = new S3Client({
  endpoint: cloud.endpoint,
  region: 'us-east-1',
  credentials: {
    accessKeyId: cloud.environment.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: cloud.environment.AWS_SECRET_ACCESS_KEY ?? '',
  },
});

try {
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const path = join(folder, 'master.mp4');
  await writeFile(path, randomBytes(BYTES));
  const senders = { 'lib-storage': sendByLibStorage, 'npm run upload': sendOurs };
  const times: Record<keyof typeof senders, number[]> = { 'lib-storage': [], 'npm run upload': [] };
  const names = Object.keys(senders) as (keyof typeof senders)[];
  // The first round is for the compiler; each is first in every second one.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const seconds = await timed(senders[name], path);
      if (round > 0) times[name].push(seconds);
    }
  }
  const measure = `sending ${BYTES / MIB} MiB with its hashes, against lib-storage`;
  const rows = [atLeast(WANTED, measure, times['lib-storage'], times['npm run upload'])];
  console.log(`${formatTable(rows)}\n\nmedian of ${ROUNDS} rounds, ${PARTS_AT_ONCE} parts at once:`);
  for (const [name, rounds] of Object.entries(times)) {
    console.log(`  ${name.padEnd(14)}  ${Math.round(BYTES / MIB / quantile(rounds, 0.5))} MiB/s`);
  }
  mkdirSync(join(root, '.storytime', 'bench'), { recursive: true });
  writeJson(join(root, report), rows, times);
  console.log(`\nNode ${process.version}; every round is in ${report}`);
  if (values.strict && !rows.every(isOk)) process.exitCode = 1;
} finally {
  s3.destroy();
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
}

/** Its object is removed afterwards, so that the last round has as much to keep as the first. */
async function timed(
  send: (path: string, place: MasterPlace) => Promise<unknown>,
  path: string,
): Promise<number> {
  const place = { bucket: BUCKET, key: `uploads/sha256/${randomUUID()}` };
  const startedAt = performance.now();
  await send(path, place);
  const seconds = (performance.now() - startedAt) / 1000;
  await s3.send(new DeleteObjectCommand({ Bucket: place.bucket, Key: place.key }));
  return seconds;
}

/** As the command does: read once for the hashes, then once to be sent. */
async function sendOurs(path: string, place: MasterPlace): Promise<unknown> {
  const { bytes, crc32, parts } = await hashFile(path, { signal });
  const { mtimeMs: modifiedMs } = await stat(path);
  const master = { file: path, path, bytes, modifiedMs, contentType: 'video/mp4', crc32, parts };
  return sendMaster(s3, place, master, { signal, partsAtOnce: PARTS_AT_ONCE, tell: () => {} });
}

/** The same parts, each with a CRC32, which it computes as it sends. */
function sendByLibStorage(path: string, { bucket, key }: MasterPlace): Promise<unknown> {
  return new Upload({
    client: s3,
    queueSize: PARTS_AT_ONCE,
    partSize: partBytesFor(BYTES),
    params: {
      ...{ Bucket: bucket, Key: key, ContentType: 'video/mp4', ChecksumAlgorithm: 'CRC32' },
      Body: createReadStream(path),
    },
  }).done();
}
