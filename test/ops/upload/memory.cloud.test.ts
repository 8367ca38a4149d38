/** A file of ten times the size takes no more memory. The gateway's part is in `test/local/aws-api`. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { transcode } from '../../../local/transcoder/index.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';
import { makeClip } from '../../local/transcoder/clips.ts';
import { writePadded } from './padded.ts';
import { createLibrary, startUpload, titlesOf } from './uploading.ts';

const MIB = 2 ** 20;

const cloud = useLocalCloud({ transcode });

it('has the same peak for 300 MB as for 30 MB, within 30 MB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'upload-memory-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clip = await readFile(await makeClip(folder, 'clip.mp4', { size: '96x54' }));
  const library = await createLibrary(cloud(), 'memory');
  const peaks = [];
  for (const megabytes of [30, 300]) {
    const name = `master-${megabytes}.mp4`;
    const memory = join(folder, `peak-${megabytes}`);
    await writePadded(join(folder, name), { clip, bytes: megabytes * 1_000_000, seed: 1 });
    const end = await startUpload(cloud(), library, [name], { cwd: folder, memory }).ended;
    expect([end.code, end.stderr]).toEqual([0, '']);
    peaks.push((Number(await readFile(memory, 'utf8')) * 1024) / MIB);
  }
  const [small = 0, large = 0] = peaks;
  expect((await titlesOf(cloud(), library)).size).toBe(2);
  expect(small).toBeGreaterThan(30);
  expect(large - small).toBeLessThan(30);
}, 120_000);
