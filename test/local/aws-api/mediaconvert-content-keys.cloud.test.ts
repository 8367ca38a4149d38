/** The local MediaConvert gives a content key to the transcoder and to nobody else. */
import {
  CancelJobCommand,
  CreateJobCommand,
  GetJobCommand,
  ListJobsCommand,
  SearchJobsCommand,
} from '@aws-sdk/client-mediaconvert';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TranscodeJob, TranscodeOutcome } from '../../../local/transcoder/contract.ts';
import { hlsJobSettings } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { createRole } from './query-api.ts';
import { useLocalCloud } from './start.ts';

const KEY = Buffer.from('dummy key, 16 b.').toString('hex');
const HIDDEN = 'hidden by the local AWS API';

const given: TranscodeJob[] = [];
const endings: ((outcome: TranscodeOutcome) => void)[] = [];
const cloud = useLocalCloud({
  transcode: (job) => {
    given.push(job);
    return new Promise((resolve) => endings.push(resolve));
  },
});
let role: string;

beforeAll(async () => {
  role = await createRole(cloud(), 'mediaconvert', 'mediaconvert.amazonaws.com');
});

afterEach(() => {
  for (const end of endings.splice(0)) end({ status: 'COMPLETE', outputGroupDetails: [] });
  given.length = 0;
});

const submit = () =>
  cloud().mediaConvert.send(
    new CreateJobCommand({
      Role: role,
      Settings: hlsJobSettings({
        input: 's3://masters/a.mp4',
        destination: 's3://hls/books/42/index',
        ladder: [{ shortSidePixels: 360, maxBitrateBps: 500_000 }],
        segmentSeconds: 6,
        encryption: { key: Buffer.from(KEY, 'hex'), keyUrl: 'https://api.example.com/k?v=1' },
      }),
    }),
  );
const getJob = async (Id: string) =>
  JSON.stringify(await cloud().mediaConvert.send(new GetJobCommand({ Id })));

describe('a job with a content key', () => {
  it('gives the transcoder the key, and shows it in no answer from its creation to its end', async () => {
    const created = await submit();
    const Id = created.Job?.Id ?? '';
    await vi.waitFor(() => expect(given).toHaveLength(1));
    expect(JSON.stringify(given[0]?.settings)).toContain(`"staticKeyValue":"${KEY}"`);

    const answers = [JSON.stringify(created)];
    const read = async () => {
      answers.push(await getJob(Id));
      answers.push(JSON.stringify(await cloud().mediaConvert.send(new ListJobsCommand({}))));
      answers.push(JSON.stringify(await cloud().mediaConvert.send(new SearchJobsCommand({}))));
    };
    await read();
    endings.splice(0)[0]?.({ status: 'COMPLETE', outputGroupDetails: [] });
    await vi.waitFor(async () => expect(await getJob(Id)).toContain('"COMPLETE"'));
    await read();
    for (const answer of answers) {
      expect(answer).not.toContain(KEY);
      expect(answer).toContain(`"StaticKeyValue":"${HIDDEN}"`);
      // What it is encrypted with stays to be seen.
      expect(answer).toContain('"EncryptionMethod":"AES128"');
    }
    expect(cloud().log.join('\n')).not.toContain(KEY);
  });

  it('that waited in the queue is run with its key, and one that was canceled is not', async () => {
    await submit();
    const canceled = (await submit()).Job?.Id ?? '';
    const waited = (await submit()).Job?.Id ?? '';
    await cloud().mediaConvert.send(new CancelJobCommand({ Id: canceled }));
    await vi.waitFor(() => expect(endings).toHaveLength(1));
    endings.splice(0)[0]?.({ status: 'COMPLETE', outputGroupDetails: [] });
    await vi.waitFor(() => expect(given.map(({ id }) => id)).toContain(waited));
    expect(given.map(({ id }) => id)).not.toContain(canceled);
    expect(JSON.stringify(given.at(-1))).toContain(KEY);
  });
});
