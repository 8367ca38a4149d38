/** docs/runbooks/take-down.md: its commands, in their order, against the local AWS API. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'shell-quote';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transcode } from '../../local/transcoder/index.ts';
import { createDistribution, distributionConfig } from '../local/aws-api/cloudfront-fixtures.ts';
import { useLocalCloud } from '../local/aws-api/start.ts';
import { makeClip } from '../local/transcoder/clips.ts';
import { runInProcess } from '../ops/upload/in-process.ts';
import { createLibrary, type TestLibrary, titlesOf } from '../ops/upload/uploading.ts';

const page = await readFile(new URL('../../docs/runbooks/take-down.md', import.meta.url), 'utf8');
const BLOCKS = /```sh\n([\s\S]*?)```/g;
const commands = [...page.matchAll(BLOCKS)].flatMap(([, block = '']) =>
  block
    .trim()
    .split('\n')
    .map((line) => parse(line.replace(/^npm run --silent (\S+) --/, '$1')).map(String)),
);

const cloud = useLocalCloud({ transcode });
let folder: string;
let library: TestLibrary;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'take-down-runbook-'));
  await makeClip(folder, 'intro.mp4', { seconds: 1 });
  const made = await createLibrary(cloud(), 'runbook');
  const { id } = await createDistribution(cloud().cloudFront, distributionConfig());
  library = { ...made, outputs: { ...made.outputs, cloudfront_distribution_id: id } };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (args: readonly string[]) => runInProcess(cloud(), library, args, { cwd: folder });
const intro = async () => (await titlesOf(cloud(), library)).get('intro');

it('does what the page says, command by command', async () => {
  const [look, withdraw, restore, encode, prune, ...others] = commands;
  if (!look || !withdraw || !restore || !encode || !prune) throw new Error('the page lacks a command');
  expect(others).toEqual([]);
  expect(await run(['upload', 'local', 'intro.mp4'])).toMatchObject({ code: 0, stderr: '' });

  expect(await run(look)).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was changed') });
  expect(await intro()).toMatchObject({ state: 'live' });

  expect(await run(withdraw)).toMatchObject({ code: 0, stderr: '' });
  expect(await intro()).toMatchObject({ state: 'withdrawn' });
  const again = await run(['upload', 'local', 'intro.mp4']);
  expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('npm run restore')]);

  expect(await run(restore)).toMatchObject({ code: 0, stderr: '' });
  expect(await intro()).toMatchObject({ state: 'live', playlistPath: 'books/intro/v2/index.m3u8' });

  expect(await run(encode)).toMatchObject({ code: 0, stderr: '' });
  expect(await intro()).toMatchObject({ version: 3, retiredVersions: [{ version: 2 }] });
  expect(await run(prune)).toMatchObject({ code: 0, stderr: '' });
}, 120_000);
