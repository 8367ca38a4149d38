import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { createIngest, MasterRefusedError } from '../../../local/demo/ingest.ts';
import { TranscodeFailedError } from '../../../local/demo/transcoding.ts';

const access = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
};
const ingest = createIngest({
  s3: new S3Client(access),
  mediaConvert: new MediaConvertClient(access),
  rules: {
    bucket: 'masters',
    uploadKeyPrefix: 'uploads/',
    uploadMaxBytes: 1000,
    uploadContentTypes: ['video/mp4'],
    uploadExpirySeconds: 60,
  },
  job: {
    outputsBucket: 'outputs',
    queueArn: 'queue',
    roleArn: 'role',
    ladder: [],
    segmentSeconds: 6,
  } as never,
  probeMaster: () => Promise.reject(new MasterRefusedError('"x" is not a video: give an MP4')),
  signal: new AbortController().signal,
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
  ])('is refused with its remedy when it is one %s', (_, master, refusal) => {
    expect(ingest.refusalOf(master)).toMatch(refusal);
  });

  it('is taken up to the last byte of the limit', () => {
    expect(ingest.refusalOf({ contentType: 'video/mp4', bytes: 1000 })).toBeNull();
  });

  it('is no job at all when it turns out to be no video', async () => {
    await expect(ingest.transcode({ id: '42', title: 'x' }, () => {})).rejects.toThrow('not a video');
  });

  it('fails in words that were meant for people, and in no others', () => {
    expect(ingest.reasonOf(new MasterRefusedError('give an MP4'))).toBe('give an MP4');
    expect(ingest.reasonOf(new TranscodeFailedError('MediaConvert ended the job', 1040))).toContain(
      'MediaConvert',
    );
    expect(ingest.reasonOf(new Error('ECONNREFUSED 127.0.0.1:1'))).not.toContain('127.0.0.1');
  });
});
