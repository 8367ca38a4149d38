/** `npm run upload` and `npm run titles` among names, files, records and answers that are meant to break them. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, symlink, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcode } from '../../../local/transcoder/index.ts';
import { idKey } from '../../../ops/library/places.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';
import { makeClip } from '../../local/transcoder/clips.ts';
import { startWire, type WireOptions } from '../../support/aws-wire.ts';
import { writePadded } from './padded.ts';
import {
  createLibrary,
  eventsOf,
  jobsOf,
  startCommand,
  startUpload,
  type TestLibrary,
  titlesOf,
  type UploadRun,
} from './uploading.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const cloud = useLocalCloud({ transcode });
let folder: string;
let clip: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-test-'));
  clip = await makeClip(folder, 'clip.mp4', { size: '96x54', seconds: 1 });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (library: TestLibrary, args: readonly string[]) =>
  startUpload(cloud(), library, args, { cwd: folder }).ended;
/** All that a terminal would obey, but the ends of lines. */
const OBEYED = /[^\P{C}\n]/u;

/** A film of three GiB that takes no room: pictures, then a box of nothing. */
async function writeHuge(name: string): Promise<void> {
  const path = join(folder, name);
  await copyFile(clip, path);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(1, 0);
  head.write('free', 4, 'latin1');
  const { length } = await readFile(clip);
  head.writeBigUInt64BE(BigInt(3 * GIB - length), 8);
  await appendFile(path, head);
  await truncate(path, 3 * GIB);
}

describe('names and files', () => {
  const NAMES = [
    ...['--id', '--dry-run.mp4', '-', '__proto__.mp4', 'constructor', '$(id).mp4', '*?.mp4', 'a..mp4'],
    ...['a\nb: live.mp4', '\u001b[2Jx.mp4', '\u009b31m.mp4', '\u202e4pm.x', '\u200bzero.mp4', '%2e%2e.mp4'],
    `${'x'.repeat(251)}.mp4`,
  ];

  it('of any name are accepted or refused by it, and the terminal obeys none of them', async () => {
    const library = await createLibrary(cloud(), 'hostile-names');
    await mkdir(join(folder, 'names/loop'), { recursive: true });
    for (const name of NAMES) await copyFile(clip, join(folder, 'names', name));
    await symlink('..', join(folder, 'names/loop/up'));
    await symlink('nowhere', join(folder, 'names/gone.mp4'));
    await symlink('/dev/zero', join(folder, 'names/zero.mp4'));
    execFileSync('mkfifo', [join(folder, 'names/pipe.mp4')]);

    const plain = await run(library, ['names', '--dry-run']);
    expect([plain.code, plain.stderr]).toEqual([1, '']);
    expect(plain.stdout).not.toMatch(OBEYED);
    expect(plain.stdout).toContain(`${NAMES.length} accepted (nothing was sent), 1 refused\n`);
    expect(plain.stdout.trimEnd().split('\n')).toHaveLength(NAMES.length + 3);

    const json = await run(library, ['names', '--dry-run', '--json']);
    expect(json.stdout).not.toMatch(OBEYED);
    const accepted = eventsOf(json).flatMap((event) => (event.event === 'accepted' ? [event] : []));
    expect(accepted.map(({ file }) => file.slice('names/'.length)).sort()).toEqual([...NAMES].sort());
    for (const { id, title } of accepted) {
      expect(id).toMatch(/^[a-z0-9-]{1,64}$/);
      expect(title).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  }, 120_000);

  it('that are named behind -- are files, and pipes and devices are none', async () => {
    const library = await createLibrary(cloud(), 'hostile-given');
    await copyFile(clip, join(folder, '--json'));
    execFileSync('mkfifo', [join(folder, 'given.mp4')]);
    const { code, stdout } = await run(library, [
      '--dry-run',
      '--',
      '--json',
      'given.mp4',
      '/dev/zero',
      '/dev/null',
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('--json: accepted as "json"');
    for (const file of ['given.mp4', '/dev/zero', '/dev/null']) {
      expect(stdout).toContain(`${file}: refused: "${file}" is not a regular file`);
    }
  }, 60_000);

  it('that are pipes are not waited for as captions or as .env', async () => {
    const library = await createLibrary(cloud(), 'hostile-pipes');
    const own = join(folder, 'pipes');
    await mkdir(own);
    await copyFile(clip, join(own, 'clip.mp4'));
    for (const name of ['.env', 'en.vtt']) execFileSync('mkfifo', [join(own, name)]);
    const start = (args: readonly string[]) => startUpload(cloud(), library, args, { cwd: own }).ended;
    expect(await start(['clip.mp4', '--dry-run'])).toMatchObject({ code: 0, stderr: '' });
    expect(await start(['clip.mp4', '--captions', 'en=en.vtt'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('--captions: "en.vtt" is not a regular file'),
    });
  }, 60_000);

  it('that are none: a folder without videos is a mistake', async () => {
    const library = await createLibrary(cloud(), 'hostile-empty');
    await mkdir(join(folder, 'empty'));
    expect(await run(library, ['empty'])).toEqual({
      ...{ code: 2, stdout: '' },
      stderr: 'there is no video in "empty": name video files, or folders that contain some\n',
    });
  }, 60_000);
});

describe('a film that takes long to hash', () => {
  beforeAll(() => writeHuge('huge.mp4'));

  /** The first event of hashing. What is printed is read by others too, so that it may not be iterated here. */
  const firstHashing = ({ child }: UploadRun) =>
    new Promise<unknown>((resolve, reject) => {
      let printed = '';
      child.stdout?.on('data', (chunk) => {
        printed += chunk;
        const line = printed
          .split('\n')
          .slice(0, -1)
          .find((one) => one.includes('"hashing"'));
        if (line !== undefined) resolve(JSON.parse(line));
      });
      child.once('close', () => reject(new Error('hashing was not told of')));
    });

  it('says how far it is, how fast, and how long it will take', async () => {
    const library = await createLibrary(cloud(), 'hostile-huge');
    const { code, stdout } = await run(library, ['huge.mp4', '--dry-run']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^huge\.mp4: \d+ % hashed, [\d.]+ [kMG]B\/s, \d+ s left$/m),
    ]);
  }, 120_000);

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends at two %s with one line and exit code 1',
    async (signal) => {
      const library = await createLibrary(cloud(), `hostile-${signal.toLowerCase()}`);
      const started = startUpload(cloud(), library, ['huge.mp4', '--json'], { cwd: folder });
      expect(await firstHashing(started)).toMatchObject({ file: 'huge.mp4', bytes: 3 * GIB });
      started.child.kill(signal);
      started.child.kill(signal);
      expect(await started.ended).toMatchObject({
        code: 1,
        stderr: 'interrupted; run the same command again to continue\n',
      });
      expect(await titlesOf(cloud(), library)).toEqual(new Map());
    },
    120_000,
  );
});

it('goes on to its end when nobody reads what it prints any more', async () => {
  const library = await createLibrary(cloud(), 'hostile-head');
  const { child, ended } = startUpload(cloud(), library, ['clip.mp4', '--json'], { cwd: folder });
  // It wants to read to the end.
  ended.catch(() => undefined);
  const closed = once(child, 'close');
  await once(child.stdout ?? child, 'data');
  child.stdout?.destroy();
  expect(await closed).toEqual([0, null]);
  expect([...(await titlesOf(cloud(), library)).keys()]).toEqual(['clip']);
}, 120_000);

describe('records in the bucket', () => {
  const HUGE = `{"schemaVersion":1,"claim":"${'x'.repeat(2 * MIB)}"}`;

  it.each([
    ['huge', HUGE, 'expected at most 1048576 bytes'],
    [
      'leading elsewhere',
      '{"schemaVersion":1,"claim":"titles/../claims/x.json"}',
      'expected the key of a claim',
    ],
    ['of a later version', '{"schemaVersion":2}', 'update your checkout'],
    ['no object', '[[[[]]]]', 'expected object'],
  ])(
    'that are %s stop their own title, and no other',
    async (name, text, problem) => {
      const library = await createLibrary(cloud(), `hostile-record-${name.replaceAll(' ', '-')}`);
      // Masters of this case alone: MediaConvert remembers the token of the same work for a minute.
      const content = { clip: await readFile(clip), bytes: MIB };
      await writePadded(join(folder, 'other.mp4'), { ...content, seed: 100 + name.length });
      await writePadded(join(folder, 'mine.mp4'), { ...content, seed: 200 + name.length });
      const place = { Bucket: library.masters, Key: idKey('mine') };
      await cloud().s3.send(new PutObjectCommand({ ...place, Body: text }));
      const { code, stdout, stderr } = await run(library, ['mine.mp4', 'other.mp4']);
      expect([code, stderr]).toEqual([1, '']);
      expect(stdout).toContain(
        '1 live now, 1 failed\n  mine.mp4: failed: claims/ids/mine.json in the masters bucket',
      );
      expect(stdout).toContain(problem);
      expect(stdout.length).toBeLessThan(10_000);
      expect([...(await titlesOf(cloud(), library)).keys()]).toEqual(['other']);
    },
    120_000,
  );
});

describe('answers of AWS', () => {
  const answered = async (name: string, answer: NonNullable<WireOptions['answer']>) => {
    const library = await createLibrary(cloud(), name);
    const file = `${name}.mp4`;
    await writePadded(join(folder, file), { clip: await readFile(clip), bytes: 20 * MIB, seed: name.length });
    const wire = await startWire({ target: cloud().cloud.endpoint, answer });
    const ended = await startUpload(cloud(), library, [file], { cwd: folder, wire }).ended;
    await wire.close();
    return { library, file, ended };
  };
  const errorOf = (code: string, message: string) =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

  it('that the credentials have expired end the file with the remedy, and its parts stay', async () => {
    const expired = errorOf('ExpiredToken', 'The provided token has expired.');
    const { library, file, ended } = await answered('expired', ({ method, query }) =>
      method === 'POST' && query.has('uploadId') ? { status: 400, body: expired } : null,
    );
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(ended.stdout).toMatch(/expired\.mp4: failed: the AWS credentials.* have expired: /);

    const wire = await startWire({ target: cloud().cloud.endpoint });
    const again = await startUpload(cloud(), library, [file], { cwd: folder, wire }).ended;
    await wire.close();
    expect(again).toMatchObject({ code: 0 });
    expect([...wire.partBytes().keys()]).toEqual([]);
    expect(await jobsOf(cloud(), library)).toBe(1);
  }, 120_000);

  it.each([
    ['no XML', '<html>Please sign in to this network'],
    ['empty', ''],
    ['about a machine’s clock', errorOf('RequestTimeTooSkewed', 'The difference is too large.')],
    ['hostile', errorOf('AccessDenied', '&#x9b;2J &#x202e; no&#10;live: everything')],
  ])(
    'that are %s end the file in one line',
    async (name, body) => {
      const { ended } = await answered(
        `answer-${name.replaceAll(/\W/g, '').toLowerCase()}`,
        ({ method, path }) => (method === 'PUT' && path.includes('/claims/') ? { status: 403, body } : null),
      );
      expect(ended).toMatchObject({ code: 1, stderr: '' });
      expect(ended.stdout).not.toMatch(OBEYED);
      const [, failed, summary, again, ...rest] = ended.stdout.trimEnd().split('\n');
      expect([failed, summary, rest]).toEqual([expect.stringMatching(/: failed: /), '1 failed', []]);
      expect(again).toMatch(/: failed: /);
    },
    120_000,
  );
});

it('titles names a command that it does not know', async () => {
  const library = await createLibrary(cloud(), 'hostile-titles');
  const { code, stderr } = await startCommand(cloud(), library, ['titles', 'remove', 'local'], {
    cwd: folder,
  }).ended;
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(
      /^expected one environment, or a command before it \(list, adopt, rename.*\), got "remove" and more\n$/,
    ),
  ]);
}, 60_000);
