/** A folder of thirty odd files goes in: each becomes a title that plays, or is refused by name. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcode } from '../../../local/transcoder/index.ts';
import type { Title } from '../../../ops/library/title.ts';
import type { UploadEvent } from '../../../ops/upload/events.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';
import { makeOddFolder, ODD_FILES } from './odd-folder.ts';
import {
  createLibrary,
  eventsOf,
  startUpload,
  type TestLibrary,
  titlesOf,
  type UploadEnd,
} from './uploading.ts';

const cloud = useLocalCloud({ transcode });
let around: string;
let library: TestLibrary;
let end: UploadEnd;
let events: readonly UploadEvent[];
let titles: ReadonlyMap<string, Title>;

beforeAll(async () => {
  around = await mkdtemp(join(tmpdir(), 'odd-folder-test-'));
  await mkdir(join(around, 'films'));
  await makeOddFolder(join(around, 'films'));
  library = await createLibrary(cloud(), 'odd');
  end = await startUpload(cloud(), library, ['films', '--json'], { cwd: around }).ended;
  events = eventsOf(end);
  titles = await titlesOf(cloud(), library);
}, 240_000);

afterAll(() => rm(around, { recursive: true, force: true }));

const lastOf = (name: string) => events.filter(({ file }) => file === join('films', name)).at(-1);

describe('each of thirty files', () => {
  it('is there', () => {
    expect(ODD_FILES).toHaveLength(30);
    expect(end.stderr).toBe('');
  });

  it.each(ODD_FILES.map(({ name, fate }) => [name, fate] as const))('%s: %j', (name, fate) => {
    const last = lastOf(name);
    if (fate === 'ignored') expect(last).toBeUndefined();
    else if ('refusal' in fate) expect(last).toMatchObject({ event: 'refused', code: fate.refusal });
    else {
      expect(last).toMatchObject({ event: 'live', id: expect.stringMatching(fate.id) });
      expect((last as { url: string }).url).toMatch(
        /^http:\/\/127\.0\.0\.1:\d+\/books\/[\w-]+\/index\.m3u8\?/,
      );
    }
  });

  it('makes exit code 1, since some were refused, and the same again changes nothing', async () => {
    expect(end.code).toBe(1);
    const again = await startUpload(cloud(), library, ['films', '--json'], { cwd: around }).ended;
    const what = eventsOf(again).filter(({ event }) => event === 'live');
    expect(what.length).toBeGreaterThan(10);
    expect(what.filter((event) => event.event === 'live' && event.isNew)).toEqual([]);
    expect(await titlesOf(cloud(), library)).toEqual(titles);
  }, 120_000);

  it('has a title of its own, one for equal files', () => {
    const live = ODD_FILES.filter(({ fate }) => typeof fate === 'object' && 'id' in fate);
    expect(titles.size).toBe(live.length - 1);
  });
});

describe('every title', () => {
  it('plays from its playlist to its end, as its record says', async () => {
    for (const [id, title] of titles) {
      const folder = join(around, 'outputs', id);
      await download(`${dirname(title.playlistPath)}/`, folder);
      const { stdout } = await promisify(execFile)('ffprobe', [
        ...['-v', 'error', '-count_frames', '-select_streams', 'v:0'],
        ...['-show_entries', 'stream=nb_read_frames,width,height', '-of', 'json'],
        join(folder, 'index.m3u8'),
      ]);
      const [stream] = JSON.parse(stdout).streams;
      expect([id, Number(stream.nb_read_frames)]).toEqual([id, expect.toSatisfy((frames) => frames >= 8)]);
      expect([id, title.renditions]).toEqual([
        id,
        [expect.objectContaining({ width: stream.width, height: stream.height })],
      ]);
      expect([id, title.durationSeconds]).toEqual([id, expect.closeTo(1, 0)]);
      expect(title).toMatchObject({ state: 'live', version: 1, posterPath: `books/${id}/poster.jpg` });
    }
  }, 120_000);
});

/** Everything below a prefix of the outputs bucket, into a folder. */
async function download(Prefix: string, folder: string): Promise<void> {
  const { Contents = [] } = await cloud().s3.send(
    new ListObjectsV2Command({ Bucket: library.streams, Prefix }),
  );
  for (const { Key = '' } of Contents) {
    const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: library.streams, Key }));
    const path = join(folder, Key.slice(Prefix.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, (await Body?.transformToByteArray()) ?? '');
  }
}
