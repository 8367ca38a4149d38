import { S3ServiceException } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { UploadRefused } from '../../../../ops/upload/refused.ts';
import { Retries } from '../../../../ops/upload/send/patience.ts';
import { StalledError, troubleOf } from '../../../../ops/upload/send/trouble.ts';

const answered = (httpStatusCode: number, name: string) =>
  new S3ServiceException({ name, $fault: 'server', $metadata: { httpStatusCode } });
const failed = (code: string) =>
  Object.assign(new Error('socket hang up'), { code, $metadata: { attempts: 1 } });

describe('what passes by itself', () => {
  it.each([
    ['the network failed (ECONNRESET)', failed('ECONNRESET')],
    ['the network failed (EAI_AGAIN)', failed('EAI_AGAIN')],
    ['the network failed (HPE_INVALID_CONSTANT)', failed('HPE_INVALID_CONSTANT')],
    ['S3 answered 503 SlowDown', answered(503, 'SlowDown')],
    ['S3 answered 500 InternalError', answered(500, 'InternalError')],
    ['S3 answered 400 RequestTimeout', answered(400, 'RequestTimeout')],
    ['S3 answered 429 TooManyRequests', answered(429, 'TooManyRequests')],
    ['S3 did not answer in time', new StalledError('nothing moved for 60 s')],
  ])('%s', (why, error) => {
    expect(troubleOf(error)).toEqual({ kind: 'passing', why });
  });
});

it.each([
  ['damaged', answered(400, 'BadDigest')],
  ['damaged', answered(400, 'IncompleteBody')],
  ['upload-gone', answered(404, 'NoSuchUpload')],
  ['lasting', answered(403, 'AccessDenied')],
  ['lasting', answered(400, 'ExpiredToken')],
  ['lasting', answered(412, 'PreconditionFailed')],
  ['lasting', answered(404, 'NoSuchBucket')],
  ['lasting', Object.assign(new Error('no credentials'), { name: 'CredentialsProviderError' })],
  ['lasting', new UploadRefused('FILE_CHANGED', 'changed')],
  ['lasting', 'no error at all'],
])('%s: %s', (kind, error) => {
  expect(troubleOf(error).kind).toBe(kind);
});

describe('patience', () => {
  const { signal } = new AbortController();

  it('ends after its time with a line that says how to go on', async () => {
    const retries = new Retries({ seconds: 0.3, signal });
    const failures = async () => {
      for (;;) await retries.after(failed('ENETUNREACH'));
    };
    await expect(failures()).rejects.toMatchObject({
      name: 'SendFailed',
      code: 'S3_UNREACHABLE',
      message: expect.stringMatching(/^S3 cannot be reached: .*ENETUNREACH.*run the same command again/),
    });
  });

  it('does not try again what is refused for good', async () => {
    const denied = answered(403, 'AccessDenied');
    await expect(new Retries({ seconds: 60, signal }).after(denied)).rejects.toBe(denied);
  });

  it('ends sooner for a line that damages all it carries', async () => {
    const retries = new Retries({ seconds: 60, signal });
    const failures = async () => {
      for (let count = 0; count < 9; count += 1) await retries.after(answered(400, 'BadDigest'));
    };
    await expect(failures()).rejects.toMatchObject({ code: 'DAMAGED_ON_THE_WAY' });
  });

  it('ends at once when nobody waits any more', async () => {
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(new Retries({ seconds: 60, signal: stopped }).after(failed('EPIPE'))).rejects.toThrow(
      'stopped',
    );
    const stopping = new AbortController();
    const waiting = new Retries({ seconds: 60, signal: stopping.signal }).after(failed('EPIPE'));
    stopping.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
