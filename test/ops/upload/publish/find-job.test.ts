/** The search for a master's job, as MediaConvert is asked for it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { expect, it, onTestFinished } from 'vitest';
import { transcodeJobs } from '../../../../ops/upload/publish/jobs.ts';

const QUEUES = ['arn:aws:mediaconvert:eu-central-1:111122223333:queues/storytime-dev', 'arn:hop'];
const METADATA = { claim: 'a-b', attempt: '1' };

/** Answers searches by their queue; the queues that were asked for, in order. */
async function searching(jobsByQueue: Readonly<Record<string, readonly object[]>>) {
  const asked: (string | null)[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://mediaconvert');
    asked.push(searchParams.get('queue'));
    response.end(JSON.stringify({ jobs: jobsByQueue[searchParams.get('queue') ?? ''] ?? [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const mediaConvert = new MediaConvertClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });
  onTestFinished(() => {
    mediaConvert.destroy();
    server.close();
  });
  const { signal } = new AbortController();
  const jobs = transcodeJobs({ mediaConvert, queues: QUEUES, signal, now: () => new Date() });
  return { asked, find: () => jobs.find('s3://masters/uploads/sha256/a', METADATA) };
}

it('names each queue, because the permission is for a queue, and ends where the job is', async () => {
  const { asked, find } = await searching({ [QUEUES[0] ?? '']: [{ id: '1-a', userMetadata: METADATA }] });
  expect(await find()).toBe('1-a');
  expect(asked).toEqual([QUEUES[0]]);
});

it('finds a job that has hopped to another queue', async () => {
  const { asked, find } = await searching({
    [QUEUES[0] ?? '']: [{ id: '2-b', userMetadata: { ...METADATA, attempt: '2' } }],
    'arn:hop': [{ id: '1-a', userMetadata: METADATA }],
  });
  expect(await find()).toBe('1-a');
  expect(asked).toEqual(QUEUES);
});

it('finds none where no queue has the job', async () => {
  const { asked, find } = await searching({});
  expect(await find()).toBeNull();
  expect(asked).toEqual(QUEUES);
});
