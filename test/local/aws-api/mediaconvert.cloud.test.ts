import {
  CancelJobCommand,
  CreateJobCommand,
  type CreateJobCommandInput,
  CreateJobTemplateCommand,
  CreatePresetCommand,
  CreateQueueCommand,
  DeleteJobTemplateCommand,
  DeleteQueueCommand,
  DescribeEndpointsCommand,
  GetJobCommand,
  GetJobTemplateCommand,
  GetQueueCommand,
  type JobSettings,
  ListJobsCommand,
  ListQueuesCommand,
  ListTagsForResourceCommand,
  MediaConvertClient,
  paginateSearchJobs,
  SearchJobsCommand,
  type SearchJobsCommandInput,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateQueueCommand,
} from '@aws-sdk/client-mediaconvert';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Transcode } from '../../../local/transcoder/contract.ts';
import { createRole } from './query-api.ts';
import { ACCOUNT_ID, errorOf, useLocalCloud } from './start.ts';

const BUCKET = 'storytime-jobs-test';
let role = '';

/** What the test lets a job do: it waits here until told how to end. */
const started: { id: string; settings: object; finish: (how: 'COMPLETE' | 'ERROR' | 'THROW') => void }[] = [];

/** Reads the input and writes one object through the API it is given, as the real worker does. */
const copyingTranscode: Transcode = async (job, { environment, signal, onProgress }) => {
  onProgress({ phase: 'TRANSCODING', percent: 40 });
  const how = await new Promise<'COMPLETE' | 'ERROR' | 'THROW'>((resolve, reject) => {
    started.push({ id: job.id, settings: job.settings, finish: resolve });
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  if (how === 'THROW') throw new Error('worker lost');
  if (how === 'ERROR') return { status: 'ERROR', errorCode: 1040, errorMessage: 'cannot open the input' };
  const s3 = new S3Client({
    endpoint: environment.AWS_ENDPOINT_URL ?? '',
    region: environment.AWS_REGION ?? '',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  await s3.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: `out/${job.id}`, Body: JSON.stringify(job.settings) }),
  );
  const videoDetails = { widthInPx: 640, heightInPx: 360 };
  return {
    status: 'COMPLETE',
    outputGroupDetails: [{ outputDetails: [{ durationInMs: 20_000, videoDetails }] }],
  };
};

let clock = new Date();
const cloud = useLocalCloud({ transcode: copyingTranscode, now: () => clock });

const settings: JobSettings = {
  Inputs: [
    { FileInput: `s3://${BUCKET}/in.mp4`, AudioSelectors: { 'audio one': { DefaultSelection: 'DEFAULT' } } },
  ],
  OutputGroups: [
    {
      OutputGroupSettings: {
        Type: 'HLS_GROUP_SETTINGS',
        HlsGroupSettings: {
          Destination: `s3://${BUCKET}/books/42/index`,
          SegmentLength: 6,
          MinSegmentLength: 0,
        },
      },
      Outputs: [{ NameModifier: '_360p' }],
    },
  ],
};

const createJob = (changes: Partial<CreateJobCommandInput> = {}) =>
  cloud().mediaConvert.send(new CreateJobCommand({ Role: role, Settings: settings, ...changes }));
const getJob = async (Id: string | undefined) =>
  (await cloud().mediaConvert.send(new GetJobCommand({ Id }))).Job;
const startedJob = (id: string | undefined) =>
  expect
    .poll(() => started.find((job) => job.id === id))
    .toBeDefined()
    .then(() => started.find((job) => job.id === id));
const statusOf = (id: string | undefined) => expect.poll(async () => (await getJob(id))?.Status);

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  role = await createRole(cloud(), 'mediaconvert', 'mediaconvert.amazonaws.com');
});

describe('a job', () => {
  it('goes from SUBMITTED over PROGRESSING to COMPLETE, with what the worker made', async () => {
    const { Job } = await createJob({ UserMetadata: { bookId: '42' } });
    const job = await startedJob(Job?.Id);
    expect(await getJob(Job?.Id)).toMatchObject({
      Status: 'PROGRESSING',
      CurrentPhase: 'TRANSCODING',
      JobPercentComplete: 40,
    });
    job?.finish('COMPLETE');
    await statusOf(Job?.Id).toBe('COMPLETE');
    const done = await getJob(Job?.Id);
    expect(done).toMatchObject({
      Role: role,
      JobPercentComplete: 100,
      UserMetadata: { bookId: '42' },
      Settings: settings,
      OutputGroupDetails: [
        { OutputDetails: [{ DurationInMs: 20_000, VideoDetails: { WidthInPx: 640, HeightInPx: 360 } }] },
      ],
    });
    expect(done?.CurrentPhase).toBeUndefined();
    expect(done?.Timing?.FinishTime?.getTime()).toBeGreaterThanOrEqual(
      done?.Timing?.SubmitTime?.getTime() ?? Number.NaN,
    );
  });

  it("reaches the worker in the wire's camelCase, names of selectors as they are", async () => {
    const { Job } = await createJob();
    const job = await startedJob(Job?.Id);
    job?.finish('COMPLETE');
    await statusOf(Job?.Id).toBe('COMPLETE');
    const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: `out/${Job?.Id}` }));
    expect(JSON.parse((await Body?.transformToString()) ?? '')).toEqual({
      inputs: [
        {
          fileInput: `s3://${BUCKET}/in.mp4`,
          audioSelectors: { 'audio one': { defaultSelection: 'DEFAULT' } },
        },
      ],
      outputGroups: [
        {
          outputGroupSettings: {
            type: 'HLS_GROUP_SETTINGS',
            hlsGroupSettings: {
              destination: `s3://${BUCKET}/books/42/index`,
              segmentLength: 6,
              minSegmentLength: 0,
            },
          },
          outputs: [{ nameModifier: '_360p' }],
        },
      ],
    });
  });

  it("ends in ERROR with the worker's code, or 1999 when the worker itself fails", async () => {
    const refused = await createJob();
    (await startedJob(refused.Job?.Id))?.finish('ERROR');
    await statusOf(refused.Job?.Id).toBe('ERROR');
    expect(await getJob(refused.Job?.Id)).toMatchObject({
      ErrorCode: 1040,
      ErrorMessage: 'cannot open the input',
    });

    const lost = await createJob();
    (await startedJob(lost.Job?.Id))?.finish('THROW');
    await statusOf(lost.Job?.Id).toBe('ERROR');
    expect((await getJob(lost.Job?.Id))?.ErrorCode).toBe(1999);
    expect(cloud().log.at(-1)).toContain('worker lost');
  });

  it('is made once for one client request token', async () => {
    const ClientRequestToken = 'book-42';
    const [first, second] = await Promise.all([
      createJob({ ClientRequestToken }),
      createJob({ ClientRequestToken }),
    ]);
    expect(second.Job?.Id).toBe(first.Job?.Id);
    (await startedJob(first.Job?.Id))?.finish('COMPLETE');
    const other = createJob({ ClientRequestToken, UserMetadata: { bookId: '43' } });
    expect(await errorOf(other)).toBe('409 ConflictException');
  });

  it('is another one a minute after its client request token was used', async () => {
    const ClientRequestToken = 'book-44';
    const use = async (bookId: string) =>
      (await createJob({ ClientRequestToken, UserMetadata: { bookId } })).Job?.Id;
    const madeAt = clock;
    const first = await use('44');
    clock = new Date(madeAt.getTime() + 59_999);
    expect(await use('44')).toBe(first);
    clock = new Date(madeAt.getTime() + 60_000);
    const second = await use('another');
    expect(second).not.toBe(first);
    // From then on the token is the second one's.
    expect(await use('another')).toBe(second);
    for (const id of [first, second]) (await startedJob(id))?.finish('COMPLETE');
    await statusOf(second).toBe('COMPLETE');
  });

  it('is found by its input, with its error, and has no messages', async () => {
    const { mediaConvert } = cloud();
    const FileInput = `s3://${BUCKET}/uploads/sha256/0123abcd`;
    const searched = { ...settings, Inputs: [{ FileInput }] };
    const made: (string | undefined)[] = [];
    for (const how of ['ERROR', 'COMPLETE'] as const) {
      const { Job } = await createJob({ Settings: searched });
      (await startedJob(Job?.Id))?.finish(how);
      await statusOf(Job?.Id).toBe(how);
      made.push(Job?.Id);
    }
    const search = async (query: SearchJobsCommandInput) =>
      (await mediaConvert.send(new SearchJobsCommand(query))).Jobs ?? [];
    const idsOf = async (query: SearchJobsCommandInput) => (await search(query)).map(({ Id }) => Id);

    expect(await idsOf({ InputFile: FileInput })).toEqual(made.toReversed());
    expect(await idsOf({ InputFile: '0123abcd', Order: 'ASCENDING' })).toEqual(made);
    expect(await idsOf({ InputFile: '0123abcd', Status: 'COMPLETE', Queue: 'Default' })).toEqual([made[1]]);
    expect(await idsOf({ InputFile: 'uploads/sha256' })).toEqual([]);
    expect(await search({ InputFile: FileInput, Status: 'ERROR' })).toMatchObject([
      { ErrorCode: 1040, ErrorMessage: 'cannot open the input', Messages: { Info: [], Warning: [] } },
    ]);

    const pages: (string | undefined)[] = [];
    for await (const page of paginateSearchJobs(
      { client: mediaConvert, pageSize: 1 },
      { InputFile: FileInput },
    )) {
      pages.push(...(page.Jobs ?? []).map(({ Id }) => Id));
    }
    expect(pages).toEqual(made.toReversed());
    expect(await errorOf(search({ Queue: 'unknown' }))).toBe('404 NotFoundException');
    expect(await errorOf(search({ MaxResults: 21 }))).toBe('400 BadRequestException');
    expect(await errorOf(mediaConvert.send(new ListJobsCommand({ MaxResults: 21 })))).toBe(
      '400 BadRequestException',
    );
  });

  it("waits for the one before it in its queue, not for another queue's", async () => {
    const { mediaConvert } = cloud();
    const { Queue } = await mediaConvert.send(new CreateQueueCommand({ Name: 'second' }));
    const first = await createJob();
    const waiting = await createJob();
    const elsewhere = await createJob({ Queue: Queue?.Arn });
    await startedJob(first.Job?.Id);
    await startedJob(elsewhere.Job?.Id);
    expect((await getJob(waiting.Job?.Id))?.Status).toBe('SUBMITTED');
    const submitted = await mediaConvert.send(new ListJobsCommand({ Queue: 'Default', Status: 'SUBMITTED' }));
    expect(submitted.Jobs?.map(({ Id }) => Id)).toEqual([waiting.Job?.Id]);
    (await startedJob(first.Job?.Id))?.finish('COMPLETE');
    (await startedJob(waiting.Job?.Id))?.finish('COMPLETE');
    (await startedJob(elsewhere.Job?.Id))?.finish('COMPLETE');
    await statusOf(waiting.Job?.Id).toBe('COMPLETE');
    await statusOf(elsewhere.Job?.Id).toBe('COMPLETE');
  });

  it('is canceled while it waits and while it runs, and not afterwards', async () => {
    const running = await createJob();
    const waiting = await createJob();
    await startedJob(running.Job?.Id);
    const cancel = (Id: string | undefined) => cloud().mediaConvert.send(new CancelJobCommand({ Id }));
    await cancel(waiting.Job?.Id);
    await cancel(running.Job?.Id);
    expect((await getJob(waiting.Job?.Id))?.Status).toBe('CANCELED');
    expect((await getJob(running.Job?.Id))?.Status).toBe('CANCELED');
    expect(await errorOf(cancel(running.Job?.Id))).toBe('409 ConflictException');
    expect(started.some(({ id }) => id === waiting.Job?.Id)).toBe(false);
  });

  it('waits while its queue is paused', async () => {
    const { mediaConvert } = cloud();
    await mediaConvert.send(new CreateQueueCommand({ Name: 'paused', Status: 'PAUSED' }));
    const { Job } = await createJob({ Queue: 'paused' });
    const { Queue } = await mediaConvert.send(new GetQueueCommand({ Name: 'paused' }));
    expect(Queue).toMatchObject({ Status: 'PAUSED', SubmittedJobsCount: 1, ProgressingJobsCount: 0 });
    expect(await errorOf(mediaConvert.send(new DeleteQueueCommand({ Name: 'paused' })))).toBe(
      '400 BadRequestException',
    );
    await mediaConvert.send(new UpdateQueueCommand({ Name: 'paused', Status: 'ACTIVE' }));
    (await startedJob(Job?.Id))?.finish('COMPLETE');
    await statusOf(Job?.Id).toBe('COMPLETE');
  });
});

describe('priority, hopping and acceleration', () => {
  it('are a job’s own, else its template’s, and shown with the job', async () => {
    const { mediaConvert } = cloud();
    await mediaConvert.send(new CreateQueueCommand({ Name: 'overflow' }));
    const HopDestinations = [{ Queue: 'overflow', WaitMinutes: 15 }];
    const AccelerationSettings = { Mode: 'PREFERRED' as const };
    const shared = { Priority: -5, HopDestinations, AccelerationSettings };
    const template = { Name: 'ranked', Settings: settings, ...shared };
    await mediaConvert.send(new CreateJobTemplateCommand(template));
    const inherited = await createJob({ JobTemplate: 'ranked', StatusUpdateInterval: 'SECONDS_60' });
    expect(inherited.Job).toMatchObject({
      ...shared,
      StatusUpdateInterval: 'SECONDS_60',
    });
    const changed = { Priority: 10, AccelerationSettings: { Mode: 'DISABLED' as const } };
    const own = await createJob({ JobTemplate: 'ranked', ...changed });
    expect(await getJob(own.Job?.Id)).toMatchObject({ ...changed, HopDestinations });
    for (const { Job } of [inherited, own]) (await startedJob(Job?.Id))?.finish('COMPLETE');
  });

  it.each<[Partial<CreateJobCommandInput>, string]>([
    [{ Priority: 51 }, '/priority: expected a whole number from -50 to 50'],
    [
      { HopDestinations: [{ Queue: 'Default', WaitMinutes: 1 }] },
      "/hopDestinations/0/queue: expected another queue than the job's own",
    ],
    [
      { HopDestinations: [{ Queue: 'overflow', WaitMinutes: 4321 }] },
      '/hopDestinations/0/waitMinutes: expected a whole number from 1 to 4320',
    ],
    [
      { HopDestinations: [{ Queue: 'overflow', WaitMinutes: 1, Priority: -51 }] },
      '/hopDestinations/0/priority: expected a whole number from -50 to 50',
    ],
    [{ HopDestinations: [{ Queue: 'nowhere', WaitMinutes: 1 }] }, 'nowhere does not exist'],
    [
      { AccelerationSettings: { Mode: 'FULL' as 'ENABLED' } },
      '/accelerationSettings/mode: expected one of DISABLED, ENABLED, PREFERRED',
    ],
    [{ ClientRequestToken: 'x'.repeat(65) }, '/clientRequestToken: expected up to 64 characters'],
    [
      { UserMetadata: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, 'v'])) },
      '/userMetadata: expected up to 10 pairs',
    ],
  ])('are refused as %j', async (changes, message) => {
    await expect(createJob(changes)).rejects.toThrow(message);
  });
});

describe('CreateJob refuses', () => {
  it("a role that is missing, unknown, or not MediaConvert's to assume", async () => {
    const other = await createRole(cloud(), 'lambda', 'lambda.amazonaws.com');
    const messages = await Promise.all(
      ['arn:aws:iam::123456789012:role/nobody', 'nobody', other].map((Role) =>
        createJob({ Role }).catch((error: Error) => error.message),
      ),
    );
    expect(messages).toEqual([
      '/role: the role nobody does not exist',
      '/role: expected the ARN of an IAM role',
      expect.stringContaining('MediaConvert cannot assume lambda'),
    ]);
  });

  it('an unknown queue and an unknown job template', async () => {
    expect(await errorOf(createJob({ Queue: 'nowhere' }))).toBe('404 NotFoundException');
    expect(await errorOf(createJob({ JobTemplate: 'nothing' }))).toBe('404 NotFoundException');
  });

  it.each([
    ['no inputs', { ...settings, Inputs: [] }, '/settings/inputs'],
    ['no output groups', { ...settings, OutputGroups: [] }, '/settings/outputGroups'],
    [
      'no destination',
      {
        ...settings,
        OutputGroups: [{ OutputGroupSettings: { Type: 'FILE_GROUP_SETTINGS' }, Outputs: [{}] }],
      },
      '/settings/outputGroups/0/outputGroupSettings/fileGroupSettings/destination',
    ],
  ] as [string, JobSettings, string][])('%s', async (_, faulty, path) => {
    await expect(createJob({ Settings: faulty })).rejects.toMatchObject({
      name: 'BadRequestException',
      message: expect.stringContaining(path),
    });
  });
});

describe('a job template', () => {
  it('lends a job its settings', async () => {
    const { mediaConvert } = cloud();
    const { FileInput, ...input } = settings.Inputs?.[0] ?? {};
    const lent = { ...settings, Inputs: [input] };
    await mediaConvert.send(new CreateJobTemplateCommand({ Name: 'ladder', Settings: lent }));
    const { JobTemplate } = await mediaConvert.send(new GetJobTemplateCommand({ Name: 'ladder' }));
    expect(JobTemplate).toMatchObject({ Name: 'ladder', Type: 'CUSTOM', Settings: lent });
    const { Job } = await createJob({
      JobTemplate: 'ladder',
      Settings: { Inputs: [{ FileInput: `s3://${BUCKET}/other.mp4` }] },
    });
    expect(Job?.JobTemplate).toBe(JobTemplate?.Arn);
    expect(Job?.Settings).toEqual({
      ...settings,
      Inputs: [{ ...input, FileInput: `s3://${BUCKET}/other.mp4` }],
    });
    (await startedJob(Job?.Id))?.finish('COMPLETE');
    const partial = { Inputs: settings.Inputs, OutputGroups: [{ Name: 'hls' }] };
    expect(await errorOf(createJob({ JobTemplate: 'ladder', Settings: partial }))).toBe('501 NotImplemented');
    await mediaConvert.send(new DeleteJobTemplateCommand({ Name: 'ladder' }));
    expect(await errorOf(mediaConvert.send(new GetJobTemplateCommand({ Name: 'ladder' })))).toBe(
      '404 NotFoundException',
    );
  });
});

describe('another region', () => {
  const region = 'eu-west-1';
  const there = () => new MediaConvertClient({ ...cloud().clientConfig(), region });
  const arn = (name: string) => `arn:aws:mediaconvert:${region}:${ACCOUNT_ID}:${name}`;

  it('is in the ARN of every queue, template and job that is made by a call signed for it', async () => {
    const { Queue } = await there().send(new CreateQueueCommand({ Name: 'away' }));
    const { JobTemplate } = await there().send(
      new CreateJobTemplateCommand({ Name: 'away', Settings: settings }),
    );
    const { Job } = await there().send(
      new CreateJobCommand({ Role: role, Settings: settings, Queue: Queue?.Arn ?? '' }),
    );
    expect(Queue?.Arn).toBe(arn('queues/away'));
    expect(JobTemplate?.Arn).toBe(arn('jobTemplates/away'));
    expect(Job?.Arn).toBe(arn(`jobs/${Job?.Id}`));
    const { Queues } = await there().send(new ListQueuesCommand({}));
    expect(Queues?.map(({ Arn }) => Arn)).toEqual([arn('queues/Default'), arn('queues/away')]);
    (await startedJob(Job?.Id))?.finish('COMPLETE');
    const jobThere = async () => (await there().send(new GetJobCommand({ Id: Job?.Id }))).Job?.Status;
    await expect.poll(jobThere).toBe('COMPLETE');
    expect(await errorOf(getJob(Job?.Id))).toBe('404 NotFoundException');
  });

  it('finds nothing of this one, though it is named by the same name', async () => {
    const { mediaConvert } = cloud();
    const { Queue } = await mediaConvert.send(new CreateQueueCommand({ Name: 'here', Tags: { a: 'b' } }));
    expect(await errorOf(there().send(new GetQueueCommand({ Name: 'here' })))).toBe('404 NotFoundException');
    const Arn = Queue?.Arn;
    expect(await errorOf(there().send(new ListTagsForResourceCommand({ Arn })))).toBe(
      '404 NotFoundException',
    );
    const elsewhere = { Role: role, Settings: settings, Queue: Arn ?? '' };
    expect(await errorOf(there().send(new CreateJobCommand(elsewhere)))).toBe('404 NotFoundException');
  });
});

describe('queues and tags', () => {
  it('has the Default queue from the start, which stays', async () => {
    const { mediaConvert } = cloud();
    const { Queues } = await mediaConvert.send(new ListQueuesCommand({}));
    expect(Queues?.find(({ Name }) => Name === 'Default')?.Type).toBe('SYSTEM');
    const call = mediaConvert.send(new DeleteQueueCommand({ Name: 'Default' }));
    expect(await errorOf(call)).toBe('400 BadRequestException');
  });

  it("keeps a queue's tags", async () => {
    const { mediaConvert } = cloud();
    const { Queue } = await mediaConvert.send(
      new CreateQueueCommand({ Name: 'tagged', Tags: { environment: 'dev' } }),
    );
    const Arn = Queue?.Arn;
    await mediaConvert.send(new TagResourceCommand({ Arn, Tags: { owner: 'video' } }));
    await mediaConvert.send(new UntagResourceCommand({ Arn, TagKeys: ['environment'] }));
    const { ResourceTags } = await mediaConvert.send(new ListTagsForResourceCommand({ Arn }));
    expect(ResourceTags?.Tags).toEqual({ owner: 'video' });
    expect(await errorOf(mediaConvert.send(new CreateQueueCommand({ Name: 'tagged' })))).toBe(
      '409 ConflictException',
    );
  });

  it('gives its own endpoint, and 501 with the call for what it does not do', async () => {
    const { mediaConvert, cloud: local } = cloud();
    const { Endpoints } = await mediaConvert.send(new DescribeEndpointsCommand({}));
    expect(Endpoints).toEqual([{ Url: local.endpoint }]);
    await expect(
      mediaConvert.send(new CreatePresetCommand({ Name: 'p', Settings: {} })),
    ).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('POST /2017-08-29/presets'),
      $metadata: { httpStatusCode: 501, attempts: 1 },
    });
  });
});
