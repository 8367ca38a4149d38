/**
 * The transcoder's own process. The first line on stdin is the assignment; progress and outcome go to stdout, one JSON
 * object a line. stdin stays open for as long as the parent lives: its end, for whatever reason, ends ffmpeg and the
 * worker, so that no encoder is left running behind a Ctrl-C or a crash.
 */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { S3Client } from '@aws-sdk/client-s3';
import type { Assignment, WorkerMessage } from './index.ts';
import { runJob } from './run-job.ts';

const parentGone = new AbortController();
const input = createInterface(process.stdin);
input.once('close', () => parentGone.abort(new Error('the process that started this job has ended')));
input.once('line', (line) => {
  carryOut(JSON.parse(line) as Assignment).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});

async function carryOut({ job, workDirectory, folders }: Assignment): Promise<void> {
  // Endpoint, region and credentials come from the environment, as for any client of AWS.
  const s3 = new S3Client({});
  try {
    const outcome = await runJob(job, {
      s3,
      folders,
      workDirectory,
      signal: parentGone.signal,
      onProgress: (progress) => void send({ progress }),
    });
    await rm(workDirectory, { recursive: true, force: true });
    await send({ outcome });
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

function send(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve()));
}
