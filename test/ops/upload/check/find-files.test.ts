import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFiles } from '../../../../ops/upload/check/find-files.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'find-files-test-')));
  env = { INIT_CWD: folder };
  const files = [
    ...['films/10.mp4', 'films/2.mp4', 'films/no-ending', 'films/clip.TS', 'films/series/1.mkv'],
    ...['films/2.en.vtt', 'films/2.jpg', 'films/2.srt', 'films/notes.txt', 'films/sound.mp3'],
    ...['films/Thumbs.db', 'films/list.m3u8', 'films/rip.mxf', 'films/odd.ogg'],
    ...['films/.hidden.mp4', 'films/.cache/1.mp4', 'films/-v.mp4', 'other.mp4'],
  ];
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), file);
  }
  await symlink(join(folder, 'films'), join(folder, 'films/series/up'));
  await symlink(join(folder, 'films/2.mp4'), join(folder, 'films/same.mp4'));
  await symlink(join(folder, 'other.mp4'), join(folder, 'films/linked.mp4'));
  await symlink(join(folder, 'nowhere'), join(folder, 'films/broken.mp4'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the files of a folder', () => {
  it('are all that may be videos, each once, in the order of their names', async () => {
    const { files, ignored } = await findFiles(['films'], { env });
    expect(files.map(({ file }) => file)).toEqual(
      [
        ...[
          '-v.mp4',
          '2.mp4',
          '10.mp4',
          'broken.mp4',
          'clip.TS',
          'linked.mp4',
          'no-ending',
          'odd.ogg',
          'rip.mxf',
        ],
        'series/1.mkv',
      ].map((name) => join('films', name)),
    );
    expect(ignored.map((file) => file.slice('films/'.length))).toEqual([
      ...['2.en.vtt', '2.jpg', '2.srt', 'list.m3u8', 'notes.txt', 'sound.mp3', 'Thumbs.db'],
    ]);
  });

  it('are those with a suffix alone where one is given', async () => {
    for (const suffix of ['.mkv', '.MKV']) {
      const { files, ignored } = await findFiles(['films'], { env, suffix });
      expect(files.map(({ file }) => file)).toEqual(['films/series/1.mkv']);
      expect(ignored).toEqual([]);
    }
  });
});

describe('a file that is named', () => {
  it('is taken whatever its name, from the caller’s folder', async () => {
    const { files } = await findFiles(['films/2.srt', './films/.hidden.mp4'], { env, suffix: '.mkv' });
    expect(files).toEqual([
      { file: 'films/2.srt', path: join(folder, 'films/2.srt') },
      { file: './films/.hidden.mp4', path: join(folder, 'films/.hidden.mp4') },
    ]);
  });

  it('is taken once, by whatever paths it is named', async () => {
    const given = [
      'films/2.mp4',
      'films/same.mp4',
      join(folder, 'films/2.mp4'),
      'films/../films/2.mp4',
      'films',
    ];
    const { files } = await findFiles(given, { env, suffix: '2.mp4' });
    expect(files.map(({ file }) => file)).toEqual(['films/2.mp4']);
  });

  it('is kept where it does not exist, to be refused by its name', async () => {
    const { files } = await findFiles(['absent.mp4'], { env });
    expect(files).toEqual([{ file: 'absent.mp4', path: join(folder, 'absent.mp4') }]);
  });
});

it('refuses by its name what it cannot name to the file system', async () => {
  const odd = join(folder, 'odd');
  await mkdir(odd);
  await writeFile(Buffer.concat([Buffer.from(`${odd}/caf`), Buffer.from([0xe9]), Buffer.from('.mp4')]), 'x');
  await writeFile(join(odd, 'fine.mp4'), 'x');
  const { files, refused } = await findFiles(['odd'], { env });
  expect(files.map(({ file }) => file)).toEqual(['odd/fine.mp4']);
  expect(refused).toMatchObject([
    {
      file: 'odd/caf\ufffd.mp4',
      refusal: { code: 'UNREADABLE', message: expect.stringContaining('rename it') },
    },
  ]);
});

it('passes over devices, and comes back from links that lead to each other', async () => {
  const loops = join(folder, 'loops');
  await mkdir(join(loops, 'a'), { recursive: true });
  await symlink(join(loops, 'a'), join(loops, 'a/b'));
  await symlink(join(loops, 'two.mp4'), join(loops, 'one.mp4'));
  await symlink(join(loops, 'one.mp4'), join(loops, 'two.mp4'));
  await symlink('/dev/zero', join(loops, 'device.mp4'));
  await writeFile(join(loops, 'a/fine.mp4'), 'x');
  const { files } = await findFiles(['loops'], { env });
  expect(files.map(({ file }) => file)).toEqual(['loops/a/fine.mp4', 'loops/one.mp4', 'loops/two.mp4']);
});
