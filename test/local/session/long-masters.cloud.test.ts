/** A master that is too long, at both ways in: the file that `npm start` is given, and the upload to the demo. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { local } from '../../../envs/local.ts';
import { MasterRefusedError } from '../../../local/demo/ingest.ts';
import { probeMaster } from '../../../local/session/probe-master.ts';
import { runLocal } from '../../../local/session/run.ts';
import { useLocalCloud } from '../aws-api/start.ts';
import { makeHourly, statingSeconds, withoutDuration } from '../transcoder/odd-clips.ts';

const cloud = useLocalCloud();
let directory: string;
let files: Readonly<Record<string, string>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'long-masters-test-'));
  const month = await makeHourly(directory, 'month.mkv');
  files = {
    honest: month,
    lying: await statingSeconds(month, 5),
    silent: await withoutDuration(directory, month),
  };
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const CASES = [
  ['states thirty days', 'honest', 'got 2588401 s'],
  ['states five seconds and has other timestamps', 'lying', 'got timestamps that span at least 18001 s'],
  ['states nothing', 'silent', 'got timestamps that span at least 18001 s'],
] as const;

describe('npm start -- --video', () => {
  it.each(CASES)(
    'refuses a file that %s, in one line and before anything starts',
    async (_, file, got) => {
      let said = '';
      vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
        said += String(text);
        return true;
      });
      const videoPath = files[file] ?? '';
      expect(await runLocal({ environment: local, videoPath, once: true })).toBe(1);
      expect(said.trim().split('\n').at(-1)).toMatch(
        /^"\/.*\/[\w-]+\.mkv" is too long: expected at most 14400 s, /,
      );
      expect(said).toContain(got);
      expect((await readdir(directory)).filter((name) => name.endsWith('.pem'))).toEqual([]);
    },
    60_000,
  );
});

describe('an upload to the demo', () => {
  it.each(CASES)('is refused when it %s, under its owner’s name, and no copy stays', async (_, file, got) => {
    const { s3 } = cloud();
    const scratch = await mkdtemp(join(directory, 'tmp-'));
    vi.stubEnv('TMPDIR', scratch);
    await s3.send(new CreateBucketCommand({ Bucket: `masters-${file}` }));
    const key = 'uploads/42/master';
    const Body = await readFile(files[file] ?? '');
    await s3.send(new PutObjectCommand({ Bucket: `masters-${file}`, Key: key, Body }));
    const probing = probeMaster(s3, {
      ...{ bucket: `masters-${file}`, key, title: 'My holiday', longestMasterSeconds: 14_400 },
      signal: new AbortController().signal,
    });
    await expect(probing).rejects.toThrow(MasterRefusedError);
    await expect(probing).rejects.toMatchObject({ code: 'TOO_LONG' });
    await expect(probing).rejects.toThrow(`"My holiday" is too long: expected at most 14400 s, ${got}`);
    expect(await readdir(scratch)).toEqual([]);
  });

  it.each(['あ'.repeat(120), `a${'𠀀'.repeat(119)}`, 'ü'.repeat(120), `${'あ'.repeat(66)}𠀀𠀀`])(
    'is looked at under a title of many bytes: %s',
    async (title) => {
      const { s3 } = cloud();
      await s3.send(new CreateBucketCommand({ Bucket: 'masters-titles' }));
      const key = 'uploads/42/master';
      await s3.send(new PutObjectCommand({ Bucket: 'masters-titles', Key: key, Body: 'no video' }));
      const probing = probeMaster(s3, {
        ...{ bucket: 'masters-titles', key, title, longestMasterSeconds: 14_400 },
        signal: new AbortController().signal,
      });

      await expect(probing).rejects.toThrow(MasterRefusedError);
      const [, name = ''] = /^"([^"]*)"/.exec(await probing.catch(({ message }) => message)) ?? [];
      expect(name).not.toBe('');
      expect(title.startsWith(name)).toBe(true);
      expect(Buffer.from(name).toString()).toBe(name);
    },
  );
});
