import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { createIngest, type IngestOptions, MasterRefusedError } from '../../../local/demo/ingest.ts';
import { TranscodeFailedError } from '../../../local/demo/transcoding.ts';

const access = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
};
/** What reached MediaConvert: nothing, where no job is made. */
const sent: string[] = [];

function ingestOf(probeMaster: IngestOptions['probeMaster']) {
  return createIngest({
    s3: new S3Client(access),
    mediaConvert: new MediaConvertClient({
      ...access,
      maxAttempts: 1,
      requestHandler: {
        handle: async ({ body }: { body: Uint8Array }) => {
          sent.push(new TextDecoder().decode(body));
          throw new Error('seen');
        },
      },
    }),
    rules: {
      bucket: 'masters',
      uploadKeyPrefix: 'uploads/',
      uploadMaxBytes: 1000,
      longestMasterSeconds: 600,
      uploadContentTypes: ['video/mp4'],
      uploadExpirySeconds: 60,
    },
    job: {
      outputsBucket: 'outputs',
      queueArn: 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/test',
      roleArn: 'arn:aws:iam::123456789012:role/test',
      ladder: [{ shortSidePixels: 360, maxBitrateBps: 365_000 }],
      segmentSeconds: 6,
    },
    probeMaster,
    signal: new AbortController().signal,
  });
}

const notAVideo = new MasterRefusedError('NOT_A_VIDEO', '"x" is not a video: give an MP4');
const ingest = ingestOf(() => Promise.reject(notAVideo));
const measured = (durationSeconds?: number) =>
  ingestOf(async () => ({
    ...{ width: 640, height: 360, hasAudio: true },
    ...(durationSeconds !== undefined && { durationSeconds }),
  }));

beforeEach(() => {
  sent.length = 0;
});

describe('a video that is to be added', () => {
  it.each([
    ['of a kind that is not taken', { contentType: 'image/png', bytes: 10 }, /image\/png.*export it as MP4/],
    ['of no kind', { contentType: '', bytes: 10 }, /unknown.*export it as MP4/],
    ['that is empty', { contentType: 'video/mp4', bytes: 0 }, /empty: copy or export/],
    [
      'that is too large',
      { contentType: 'video/mp4', bytes: 1001 },
      /larger than 1000 bytes: export it smaller/,
    ],
    [
      'that is too long',
      { contentType: 'video/mp4', bytes: 1000, durationSeconds: 600.1 },
      /^the video is too long: expected at most 600 s, got 600\.1 s; cut it into shorter videos$/,
    ],
  ])('is refused with its remedy when it is one %s', (_, master, refusal) => {
    expect(ingest.refusalOf(master)).toMatch(refusal);
  });

  it('is taken up to the last byte of the limit', () => {
    expect(ingest.refusalOf({ contentType: 'video/mp4', bytes: 1000 })).toBeNull();
    expect(ingest.refusalOf({ contentType: 'video/mp4', bytes: 1000, durationSeconds: 600 })).toBeNull();
  });

  it.each([
    [
      'that is longer than the environment takes',
      2_588_401,
      'TOO_LONG',
      'expected at most 600 s, got 2588401 s; cut it',
    ],
    [
      'whose length nobody knows',
      undefined,
      'LENGTH_UNKNOWN',
      'does not say its length: expected at most 600 s',
    ],
  ])('is no job when it turns out to be one %s, whatever was asked for', async (_, length, code, said) => {
    const refusal = await measured(length)
      .transcode({ id: '42', title: 'x' }, () => {})
      .catch((error: unknown) => error);

    expect(refusal).toBeInstanceOf(MasterRefusedError);
    expect(refusal).toMatchObject({ code });
    expect(ingest.reasonOf(refusal)).toContain(`"x": the video `);
    expect(ingest.reasonOf(refusal)).toContain(said);
    expect(sent).toEqual([]);
  });

  it('is a job up to the last second, which carries the bound', async () => {
    const job = measured(600).transcode({ id: '42', title: 'x' }, () => {});
    await expect(job).rejects.toThrow('seen');

    expect(sent).toHaveLength(1);
    expect(JSON.parse(sent[0] ?? '')).toMatchObject({ userMetadata: { longest_master_seconds: '600' } });
  });

  it('is no job at all when it turns out to be no video', async () => {
    await expect(ingest.transcode({ id: '42', title: 'x' }, () => {})).rejects.toBe(notAVideo);
  });

  it('fails in words that were meant for people, and in no others', () => {
    expect(ingest.reasonOf(notAVideo)).toBe(notAVideo.message);
    expect(ingest.reasonOf(new TranscodeFailedError('MediaConvert ended the job', 1040))).toContain(
      'MediaConvert',
    );
    expect(ingest.reasonOf(new Error('ECONNREFUSED 127.0.0.1:1'))).not.toContain('127.0.0.1');
  });
});
