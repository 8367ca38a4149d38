/** Files of ffmpeg's, whole and broken, as the upload command looks at them. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type CheckEvent,
  type CheckOptions,
  checkMaster,
  filesToCheck,
  probeSecondsFor,
} from '../../../../ops/upload/check/check-master.ts';
import { isIndexLast } from '../../../../ops/upload/check/faststart.ts';
import { makeClip, runFfmpeg } from '../../../local/transcoder/clips.ts';
import { MIB } from '../send/sending.ts';

const config = {
  longestMasterSeconds: 60,
  uploadMaxBytes: 10 * MIB,
  uploadContentTypes: ['video/mp4', 'video/quicktime', 'video/x-matroska'],
};
let folder: string;
let temporary: string;
let options: CheckOptions;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-master-test-'));
  // Copies of other files' tests are none of ours.
  temporary = join(folder, 'temporary');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
  options = { config, signal: new AbortController().signal, env: { INIT_CWD: folder } };
  await makeClip(folder, 'Erster Film.mp4', { seconds: 2 });
  await makeClip(folder, 'plain.mkv');
  await makeClip(folder, 'plain.mov');
  await makeClip(folder, 'plain.avi', { codec: ['-c:v', 'mpeg4'] });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const fileNamed = (name: string, given = {}) => {
  const [file] = filesToCheck([{ file: name, path: join(folder, name) }], given);
  if (file === undefined) throw new Error('no file');
  return file;
};
const check = (name: string, other: Partial<CheckOptions> = {}) =>
  checkMaster(fileNamed(name), { ...options, ...other });
const temporaryFolders = () => readdir(temporary);

describe('a file that is accepted', () => {
  it('is described whole', async () => {
    const master = await check('Erster Film.mp4');
    const content = await readFile(join(folder, 'Erster Film.mp4'));
    expect(master).toMatchObject({
      file: 'Erster Film.mp4',
      path: join(folder, 'Erster Film.mp4'),
      bytes: content.length,
      contentType: 'video/mp4',
      sha256: createHash('sha256').update(content).digest('hex'),
      id: { value: 'erster-film', given: false },
      title: 'Erster Film',
      captions: [],
    });
    expect(master.parts).toHaveLength(1);
    expect(master.posterSeconds).toBeCloseTo(master.probed.durationSeconds / 10);
  });

  it('is so by its content, whatever its name', async () => {
    await writeFile(join(folder, 'matroska.mp4'), await readFile(join(folder, 'plain.mkv')));
    await writeFile(join(folder, 'फिल्म'), await readFile(join(folder, 'plain.mov')));
    expect((await check('matroska.mp4')).contentType).toBe('video/x-matroska');
    const unnamed = await check('फिल्म');
    expect(unnamed).toMatchObject({ contentType: 'video/quicktime', title: 'फिल्म' });
    expect(unnamed.id.value).toBe(`title-${unnamed.sha256.slice(0, 8)}`);
  });

  it('has its poster where it was asked for', async () => {
    expect((await check('Erster Film.mp4', { posterSeconds: 1.5 })).posterSeconds).toBe(1.5);
  });
});

describe('a file that takes long to read', () => {
  /** Two seconds between one look at the clock and the next. */
  const slowly = async (name: string, faststart: boolean) => {
    const told: CheckEvent[] = [];
    let nowMs = 0;
    const now = () => (nowMs += 2000);
    const master = await check(name, { faststart, now, tell: (event) => told.push(event) });
    await master.release();
    return { master, told, stepsOf: [...new Set(told.map(({ step }) => step))] };
  };

  it.each(['Erster Film.mp4', 'plain.mkv'])('is told of with rate and time left: %s', async (name) => {
    const { master, told, stepsOf } = await slowly(name, false);
    expect(stepsOf).toEqual(['probing', 'hashing']);
    for (const { bytes, bytesPerSecond } of told) {
      expect(bytes).toBe(master.bytes);
      expect(bytesPerSecond).toBeGreaterThan(0);
    }
    const probed = told.findLast(({ step }) => step === 'probing');
    // All but the index and the headers of packets.
    expect(probed?.readBytes).toBeGreaterThan(master.bytes * 0.7);
    expect(probed?.readBytes).toBeLessThanOrEqual(master.bytes);
    expect(told.at(-1)).toMatchObject({ readBytes: master.bytes, secondsLeft: 0 });
  });

  it('is told of while --faststart copies it, up to the reading that ffmpeg does not tell', async () => {
    const { told, stepsOf } = await slowly('Erster Film.mp4', true);
    const { size } = await stat(join(folder, 'Erster Film.mp4'));
    expect(stepsOf).toEqual(['probing', 'rewriting', 'hashing']);
    const rewritten = told.findLast(({ step }) => step === 'rewriting');
    expect(rewritten?.bytes).toBe(2 * size);
    expect(rewritten?.readBytes).toBeGreaterThan(0.8 * size);
    expect(rewritten?.readBytes).toBeLessThan(1.2 * size);
  });
});

it.each([
  ['a clip', 1e6, 601],
  ['a film of 50 GB: some seven hours', 5e10, 25_600],
  ['the largest object of S3, as long as a timer can run', 50 * 2 ** 40, 1_728_000],
])('ffprobe may read %s as long as a slow disk takes', (_, bytes, seconds) => {
  expect(probeSecondsFor(bytes)).toBe(seconds);
  expect(probeSecondsFor(bytes) * 1000).toBeLessThan(2 ** 31);
});

describe('a file that is refused', () => {
  beforeAll(async () => {
    const whole = await readFile(join(folder, 'Erster Film.mp4'));
    await writeFile(join(folder, 'cut.mp4'), whole.subarray(0, whole.length / 2));
    await writeFile(join(folder, 'empty.mp4'), '');
    await writeFile(join(folder, 'text.mp4'), 'once upon a time');
    await runFfmpeg(['-f', 'lavfi', '-i', 'sine=d=1', join(folder, 'sound.m4a')]);
    await makeClip(folder, 'long.mp4', { seconds: 61, size: '64x36', rate: 5 });
    await writeFile(join(folder, 'large.mkv'), await readFile(join(folder, 'plain.mkv')));
    await truncate(join(folder, 'large.mkv'), 10 * MIB + 1);
  });

  it.each([
    ['absent.mp4', 'MISSING'],
    ['.', 'NOT_A_FILE'],
    ['empty.mp4', 'EMPTY'],
    ['text.mp4', 'NOT_A_VIDEO'],
    ['sound.m4a', 'NO_PICTURE'],
    ['cut.mp4', 'CUT_OFF'],
    ['long.mp4', 'TOO_LONG'],
    ['plain.avi', 'CONTAINER_REFUSED'],
  ])('%s is: %s, in one line', async (name, code) => {
    const refusal = await check(name).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'UploadRefused', code });
    expect((refusal as Error).message).not.toContain('\n');
    expect((refusal as Error).message).not.toContain(folder);
  });

  it('for its size is told before it is read', async () => {
    await expect(check('large.mkv')).rejects.toMatchObject({ code: 'TOO_MANY_BYTES' });
  });

  it('for its poster or its captions', async () => {
    const late = check('Erster Film.mp4', { posterSeconds: 2.5 });
    await expect(late).rejects.toMatchObject({ code: 'POSTER_UNUSABLE' });
    const captions = check('Erster Film.mp4', { captions: ['en=absent.vtt'] });
    await expect(captions).rejects.toMatchObject({ code: 'CAPTIONS_UNUSABLE' });
  });

  it('for a write while it is looked at', async () => {
    await writeFile(join(folder, 'growing.mkv'), await readFile(join(folder, 'plain.mkv')));
    const path = join(folder, 'growing.mkv');
    const checking = check('growing.mkv');
    await appendFile(path, Buffer.alloc(10));
    await utimes(path, 1, 1);
    await expect(checking).rejects.toMatchObject({ code: 'FILE_CHANGED' });
  });
});

describe('several files', () => {
  it('have ends of their own, and ids that differ', async () => {
    await writeFile(join(folder, 'plain.mp4'), await readFile(join(folder, 'Erster Film.mp4')));
    const names = ['plain.mkv', 'text.mp4', 'plain.mov', 'absent.mp4', 'plain.mp4'];
    const files = filesToCheck(names.map((name) => ({ file: name, path: join(folder, name) })));
    const results = await Promise.allSettled(files.map((file) => checkMaster(file, options)));

    const accepted = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(accepted.map(({ file, id }) => [file, id.value]).sort()).toEqual([
      ['plain.mkv', 'plain'],
      ['plain.mov', 'plain-2'],
      ['plain.mp4', 'plain-3'],
    ]);
    const refused = results.flatMap((one, index) =>
      one.status === 'rejected' ? [[names[index], one.reason.code]] : [],
    );
    expect(refused.sort()).toEqual([
      ['absent.mp4', 'MISSING'],
      ['text.mp4', 'NOT_A_VIDEO'],
    ]);
  });

  it('end when they are interrupted, and leave no copy', async () => {
    const stop = new AbortController();
    const files = filesToCheck(
      ['plain.mkv', 'plain.mov'].map((name) => ({ file: name, path: join(folder, name) })),
    );
    const checks = files.map((file) =>
      checkMaster(file, { ...options, faststart: true, signal: stop.signal }),
    );
    stop.abort(new Error('stopped'));
    for (const check of checks) await expect(check).rejects.toThrow('stopped');
    expect(await temporaryFolders()).toEqual([]);
  });
});

describe('--faststart', () => {
  const framesOf = async (path: string) => {
    const sums = join(folder, 'frames.md5');
    await runFfmpeg(['-i', path, '-map', '0', '-c', 'copy', '-f', 'streamhash', sums]);
    return readFile(sums, 'utf8');
  };

  it.each(['Erster Film.mp4', 'plain.mov'])(
    'moves the index of %s to its beginning, and changes nothing else',
    async (name) => {
      const path = join(folder, name);
      expect(await isIndexLast(path)).toBe(true);
      const [plain, master, again] = [
        await check(name),
        await check(name, { faststart: true }),
        await check(name, { faststart: true }),
      ];

      expect(await isIndexLast(master.path)).toBe(false);
      expect(await framesOf(master.path)).toBe(await framesOf(path));
      expect(master.contentType).toBe(plain.contentType);
      expect(master.sha256).not.toBe(plain.sha256);
      expect(again.sha256).toBe(master.sha256);
      expect(master.bytes).toBe((await stat(master.path)).size);
      await Promise.all([plain.release(), master.release(), again.release()]);
      expect(await temporaryFolders()).toEqual([]);
      expect(await isIndexLast(path)).toBe(true);
    },
  );

  it('leaves alone what begins with its index, and what has none', async () => {
    await makeClip(folder, 'fast.mp4', { output: ['-movflags', '+faststart'] });
    for (const name of ['fast.mp4', 'plain.mkv']) {
      expect((await check(name, { faststart: true })).path).toBe(join(folder, name));
    }
    expect(await temporaryFolders()).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const stop = new AbortController();
    const checking = check('Erster Film.mp4', { faststart: true, signal: stop.signal });
    const looked = (async () => {
      while ((await temporaryFolders()).length === 0) await new Promise(setImmediate);
      stop.abort(new Error('stopped'));
    })();
    await expect(checking).rejects.toThrow('stopped');
    await looked;
    expect(await temporaryFolders()).toEqual([]);
  });
});

describe('a file that is taken away while it is checked', () => {
  it.each(['probing', 'hashing'] as const)('in the middle of %s is refused by its name', async (during) => {
    const name = `vanishing-${during}.mov`;
    await writeFile(join(folder, name), await readFile(join(folder, 'plain.mov')));
    let nowMs = 0;
    const checking = check(name, {
      faststart: true,
      now: () => (nowMs += 2000),
      tell: ({ step }) => {
        if (step === during) rmSync(join(folder, name), { force: true });
      },
    });
    const refusal = await checking.catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      name: 'UploadRefused',
      code: expect.stringMatching(/MISSING|FILE_CHANGED|CANNOT_DECODE/),
    });
    expect(await temporaryFolders()).toEqual([]);
  });
});

it('--faststart is refused where no copy can be made', async () => {
  vi.stubEnv('TMPDIR', join(folder, 'nowhere'));
  try {
    await expect(check('Erster Film.mp4', { faststart: true })).rejects.toMatchObject({
      name: 'UploadRefused',
      code: 'FASTSTART_FAILED',
    });
  } finally {
    vi.stubEnv('TMPDIR', temporary);
  }
});
