import { S3ServiceException } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { FileEvent } from '../../../../ops/upload/publish/ensure-job.ts';
import { followJob } from '../../../../ops/upload/publish/follow-job.ts';
import { explainJobError } from '../../../../ops/upload/publish/job-errors.ts';
import type { JobState } from '../../../../ops/upload/publish/jobs.ts';
import { isPassing } from '../../../../ops/upload/publish/passing.ts';

const running = (
  phase: 'PROBING' | 'TRANSCODING' | 'UPLOADING' | null,
  percent: number | null,
): JobState => ({
  status: 'running',
  phase,
  percent,
});

/** Follows a job that answers these, one after another. */
async function follow(answers: readonly (JobState | Error)[]) {
  const events: FileEvent[] = [];
  const waits: number[] = [];
  const left = [...answers];
  const outcome = await followJob(
    {
      jobs: {
        get: async () => {
          const next = left.shift();
          if (next instanceof Error) throw next;
          return next ?? expect.fail('asked too often');
        },
      },
      wait: async (milliseconds) => void waits.push(milliseconds),
      tell: (event) => events.push(event),
    },
    { id: 'intro', jobId: 'job-1' },
  ).catch((error: unknown) => error);
  return { outcome, events, waits, left: left.length };
}

const failureOfAws = (name: string, status: number) =>
  new S3ServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode: status } });
const networkFailure = (code: string) => Object.assign(new Error(code), { code });

describe('following a job', () => {
  it('tells where it is only when that changes', async () => {
    const { outcome, events } = await follow([
      running(null, null),
      running(null, null),
      running('PROBING', 0),
      running('TRANSCODING', 0),
      running('TRANSCODING', 50),
      running('TRANSCODING', 50),
      running('UPLOADING', 100),
      { status: 'complete' },
    ]);

    expect(outcome).toBeNull();
    expect(events).toEqual([
      { event: 'transcoding', id: 'intro', phase: null, percent: null },
      { event: 'transcoding', id: 'intro', phase: 'PROBING', percent: 0 },
      { event: 'transcoding', id: 'intro', phase: 'TRANSCODING', percent: 0 },
      { event: 'transcoding', id: 'intro', phase: 'TRANSCODING', percent: 50 },
      { event: 'transcoding', id: 'intro', phase: 'UPLOADING', percent: 100 },
    ]);
  });

  it('asks after a second first, and every ten seconds in the end', async () => {
    const { waits } = await follow([...Array(30).fill(running(null, null)), { status: 'complete' }]);

    expect(waits[0]).toBe(1000);
    expect(waits.every((wait, index) => index === 0 || wait >= (waits[index - 1] ?? 0))).toBe(true);
    expect(waits.at(-1)).toBe(10_000);
    expect(Math.max(...waits)).toBe(10_000);
  });

  it('waits out the network, throttling and errors of AWS, and tells each outage once', async () => {
    const { outcome, events } = await follow([
      networkFailure('ECONNRESET'),
      failureOfAws('TooManyRequestsException', 429),
      running('TRANSCODING', 10),
      failureOfAws('InternalServerErrorException', 500),
      running('TRANSCODING', 10),
      { status: 'complete' },
    ]);

    expect(outcome).toBeNull();
    expect(events).toEqual([
      { event: 'job-unreachable', id: 'intro', jobId: 'job-1', why: 'Error' },
      { event: 'transcoding', id: 'intro', phase: 'TRANSCODING', percent: 10 },
      { event: 'job-unreachable', id: 'intro', jobId: 'job-1', why: 'InternalServerErrorException' },
    ]);
  });

  it.each([
    failureOfAws('ForbiddenException', 403),
    failureOfAws('ExpiredTokenException', 403),
    Object.assign(new Error('aborted'), { name: 'AbortError' }),
    new TypeError('a defect'),
  ])('ends with what does not pass by itself: %s', async (error) => {
    expect(await follow([error])).toMatchObject({ outcome: error, left: 0 });
  });
});

describe('a failure that passes by itself', () => {
  it.each([
    ['a broken connection', networkFailure('ECONNRESET'), true],
    ['a name that cannot be resolved', networkFailure('EAI_AGAIN'), true],
    ['a cause of that kind', new Error('x', { cause: networkFailure('ETIMEDOUT') }), true],
    ['attempts of that kind', new AggregateError([networkFailure('ECONNREFUSED')]), true],
    ['throttling', failureOfAws('ThrottlingException', 400), true],
    ['a service that is not available', failureOfAws('ServiceUnavailable', 503), true],
    ['a request that is refused', failureOfAws('BadRequestException', 400), false],
    ['no credentials', Object.assign(new Error('x'), { name: 'CredentialsProviderError' }), false],
    ['another file error', networkFailure('ENOENT'), false],
    ['no error at all', 'x', false],
  ])('is %s: %#', (_, error, expected) => {
    expect(isPassing(error)).toBe(expected);
  });
});

describe('the end of a job', () => {
  it.each<[JobState, { code: string; text: string }]>([
    [
      { status: 'error', code: 1030, message: 'Unsupported codec' },
      {
        code: '1030',
        text: 'MediaConvert does not support the codec or the container of the master (error 1030: Unsupported codec): export it again as H.264 MP4, then upload that file',
      },
    ],
    [
      { status: 'error', code: 424_242, message: 'Something new.' },
      { code: '424242', text: 'MediaConvert error 424242: Something new' },
    ],
    [
      { status: 'error', code: null, message: 'no reason given' },
      { code: 'JOB_FAILED', text: 'MediaConvert error without a code: no reason given' },
    ],
    [
      { status: 'canceled' },
      {
        code: 'JOB_CANCELED',
        text: 'somebody canceled the job job-1: run the same command again to begin a new one',
      },
    ],
    [
      { status: 'unknown' },
      {
        code: 'JOB_UNKNOWN',
        text: 'MediaConvert does not know the job job-1 (any more): run the same command again to begin a new one',
      },
    ],
  ])('as %j is told with what to do', async (state, expected) => {
    expect((await follow([state])).outcome).toEqual(expected);
  });

  it.each([1010, 1020, 1030, 1040, 1056, 1075, 1076, 1401, 1404, 1432, 1433, 1434, 1515, 1999])(
    'with the documented code %i has words of ours, and MediaConvert’s own message',
    (code) => {
      const text = explainJobError(code, 'Unable to open [s3://masters/x]');

      expect(text).toContain(`(error ${code}: Unable to open [s3://masters/x]): `);
      expect(text).not.toMatch(/^MediaConvert error/);
    },
  );

  it('shows no control character of the message', () => {
    expect(explainJobError(7, 'a\u001b[2J\nb')).toBe('MediaConvert error 7: a\\u001b[2J\\u000ab');
  });
});
