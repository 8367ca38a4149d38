/** docs/runbooks/upload.md: its commands, in their order, against the local AWS API; and what the page says they print. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { parse } from 'shell-quote';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transcode } from '../../local/transcoder/index.ts';
import { useLocalCloud } from '../local/aws-api/start.ts';
import { makeClip } from '../local/transcoder/clips.ts';
import { createLibrary, startCommand, type TestLibrary, titlesOf } from '../ops/upload/uploading.ts';

const page = await readFile(new URL('../../docs/runbooks/upload.md', import.meta.url), 'utf8');
const COMMAND = /npm run --silent (upload|titles) -- ([^`\n]+)/g;
const commands = [...page.matchAll(COMMAND)].map(([, name = '', args = '']) =>
  [name, ...parse(args)].map(String),
);
const [dryRun = '', list = ''] = [...page.matchAll(/```text\n([\s\S]*?)```/g)].map(([, text = '']) => text);

const cloud = useLocalCloud({ transcode });
let folder: string;
let library: TestLibrary;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-runbook-'));
  await mkdir(join(folder, 'films'));
  await makeClip(join(folder, 'films'), 'intro.mp4', { seconds: 2 });
  await makeClip(join(folder, 'films'), 'story.mp4', { seconds: 3 });
  await writeFile(join(folder, 'films/story.en.vtt'), 'WEBVTT\n\n00:01.000 --> 00:02.000\nOnce\n');
  await writeFile(join(folder, 'films/story.de.srt'), '1\n00:00:01,000 --> 00:00:02,000\nEinmal\n');
  await writeFile(join(folder, 'films/notes.mp4'), 'a shopping list\n');
  library = await createLibrary(cloud(), 'runbook');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (args: readonly string[]) => startCommand(cloud(), library, args, { cwd: folder }).ended;
/** Sizes differ by the version of ffmpeg, days by the day; two files end in any order. */
const comparable = (text: string) =>
  text
    .replace(/\(\d+ s, [\d.]+ \w+\)/g, '(length, size)')
    .replace(/\d{4}-\d\d-\d\d/g, 'day')
    // The largest rendition is the ladder's, which is small here.
    .replace(/\d+x\d+/g, 'w x h  ')
    .split('\n')
    .sort();

it('does what the page says, command by command', async () => {
  const [look, send, sendWithCaptions, show, rename, adopt, ...others] = commands;
  if (!look || !send || !sendWithCaptions || !show || !rename || !adopt)
    throw new Error('the page lacks a command');
  expect(others).toEqual([]);

  const looked = await run(look);
  expect([looked.code, looked.stderr, comparable(looked.stdout)]).toEqual([1, '', comparable(dryRun)]);
  expect(await titlesOf(cloud(), library)).toEqual(new Map());

  const sent = await run(send);
  expect([sent.code, sent.stderr]).toEqual([0, '']);
  expect((await titlesOf(cloud(), library)).get('intro')).toMatchObject({
    title: 'The intro',
    state: 'live',
  });

  const captioned = await run(sendWithCaptions);
  expect([captioned.code, captioned.stderr]).toEqual([0, '']);
  expect((await titlesOf(cloud(), library)).get('story')).toMatchObject({
    captions: [{ language: 'eng' }, { language: 'deu' }],
    storyboardPath: expect.toSatisfy((path: string) => page.includes(`\`${path}\``)),
  });

  const shown = await run(show);
  expect([shown.code, comparable(shown.stdout)]).toEqual([0, comparable(list)]);

  expect(await run(rename)).toMatchObject({ code: 0, stderr: '' });
  expect((await titlesOf(cloud(), library)).get('intro')).toMatchObject({ title: 'Welcome' });

  // A title of the time before the catalogue.
  const playlist = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=320x180\nindex_180p.m3u8\n';
  const Key = 'books/older/index.m3u8';
  await cloud().s3.send(new PutObjectCommand({ Bucket: library.streams, Key, Body: playlist }));
  expect(await run(adopt)).toMatchObject({ code: 0, stdout: expect.stringContaining('older') });
  expect(await titlesOf(cloud(), library)).toSatisfy(
    (titles: ReadonlyMap<string, unknown>) => !titles.has('older'),
  );
  expect(await run([...adopt, '--yes'])).toMatchObject({ code: 0 });
  expect([...(await titlesOf(cloud(), library)).keys()]).toEqual(['intro', 'older', 'story']);
}, 300_000);
