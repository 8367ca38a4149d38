import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readCallersDotenv, requireSameEnvironment } from '../../../../ops/upload/check/callers-dotenv.ts';
import { parseSeconds } from '../../../../ops/upload/check/seconds.ts';

async function settingsOf(text: string | null) {
  const folder = await mkdtemp(join(tmpdir(), 'callers-dotenv-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (text !== null) await writeFile(join(folder, '.env'), text);
  return readCallersDotenv({ INIT_CWD: folder });
}

const NOTHING = { folder: null, suffix: null, posterSeconds: null, bucket: null, region: null };

describe('the .env of the caller’s folder', () => {
  it('has the names of the customer’s script', async () => {
    const text = `# Video Upload Configuration
LOCAL_VIDEO_DIR=/path/to/your/videos
BUCKET_NAME="storytime-master-uploads-dev"
AWS_REGION=ap-southeast-1
THUMBNAIL_TIME=00:00:01
VIDEO_SUFFIX=.mp4
THUMB_SUFFIX=.jpg
`;
    expect(await settingsOf(text)).toEqual({
      folder: '/path/to/your/videos',
      bucket: 'storytime-master-uploads-dev',
      region: 'ap-southeast-1',
      posterSeconds: 1,
      suffix: '.mp4',
    });
  });

  it('says nothing where it is not there, empty, or about something else', async () => {
    expect(await settingsOf(null)).toEqual(NOTHING);
    expect(await settingsOf('')).toEqual(NOTHING);
    expect(await settingsOf('PORT=1\nBUCKET_NAME=\nTHUMBNAIL_TIME=" "\n')).toEqual(NOTHING);
  });

  it('may omit the dot of a suffix', async () => {
    expect((await settingsOf('VIDEO_SUFFIX=mov')).suffix).toBe('.mov');
  });

  it.each([
    ['THUMB_SUFFIX=.png', /THUMB_SUFFIX: expected \.jpg/],
    ['THUMB_SUFFIX=.webp', /THUMB_SUFFIX: expected \.jpg/],
    ['THUMBNAIL_TIME=soon', /THUMBNAIL_TIME: expected hh:mm:ss/],
    ['THUMBNAIL_TIME=00:61:00', /THUMBNAIL_TIME: expected hh:mm:ss/],
  ])('is refused with %s', async (text, message) => {
    await expect(settingsOf(text)).rejects.toThrow(message);
    await expect(settingsOf(text)).rejects.toMatchObject({ name: 'UploadRefused', code: 'DOTENV_UNUSABLE' });
  });

  it('must be about the same environment, and is not shown', () => {
    const dev = { name: 'dev', mastersBucket: 'storytime-master-uploads-dev', awsRegion: 'eu-west-1' };
    const of = (bucket: string | null, region: string | null) => () =>
      requireSameEnvironment({ bucket, region }, dev);
    expect(of(null, null)).not.toThrow();
    expect(of(dev.mastersBucket, dev.awsRegion)).not.toThrow();
    expect(of('storytime-master-uploads-prod', null)).toThrow(
      /^\.env: BUCKET_NAME: expected "storytime-master-uploads-dev", which "dev" has, got another/,
    );
    expect(of(dev.mastersBucket, 'us-east-1')).toThrow(/^\.env: AWS_REGION: expected "eu-west-1"/);
  });
});

describe('a place in a video', () => {
  it.each([
    ['00:01:30', 90],
    ['1:00:00', 3600],
    ['0:00:01.5', 1.5],
    ['2:05', 125],
    ['90', 90],
    ['0', 0],
    ['7.25', 7.25],
    [' 10 ', 10],
  ])('%s is %s s', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });

  it.each(['', '-1', '1:60', '60:00:00:00', '0:0:100', 'x', '1e3', '1:2:3:4', ':30', '1.', '00:61:00', '٣'])(
    '%j is none',
    (text) => {
      expect(parseSeconds(text)).toBeNull();
    },
  );

  it('is read as it is written, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 * 3_600_000 }), (ms) => {
        const pad = (value: number, digits = 2) => String(value).padStart(digits, '0');
        const seconds = Math.floor(ms / 1000);
        const text = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}.${pad(ms % 1000, 3)}`;
        expect(parseSeconds(text)).toBeCloseTo(ms / 1000, 4);
      }),
    );
  });
});

describe('a .env that is no file of settings', () => {
  const folderWith = async (make: (path: string) => Promise<unknown> | unknown) => {
    const folder = await mkdtemp(join(tmpdir(), 'callers-dotenv-test-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await make(join(folder, '.env'));
    return readCallersDotenv({ INIT_CWD: folder });
  };

  it('says nothing where it is a folder or a device', async () => {
    expect(await folderWith((path) => mkdir(path))).toEqual(NOTHING);
    expect(await folderWith((path) => symlink('/dev/zero', path))).toEqual(NOTHING);
  });

  it('is refused, and not read, where it is larger than settings are', async () => {
    const large = folderWith(async (path) => {
      await writeFile(path, '');
      await truncate(path, 2 ** 40);
    });
    await expect(large).rejects.toMatchObject({
      code: 'DOTENV_UNUSABLE',
      message: '.env is too large: expected at most 1048576 bytes',
    });
  });

  it('sets nothing but its own names', async () => {
    const settings = await folderWith((path) =>
      writeFile(path, '__proto__=x\nconstructor=y\nNODE_OPTIONS=--require=/tmp/x\nAWS_REGION=eu-central-1\n'),
    );
    expect(settings).toEqual({ ...NOTHING, region: 'eu-central-1' });
    expect(process.env.NODE_OPTIONS ?? '').not.toContain('/tmp/x');
  });
});
