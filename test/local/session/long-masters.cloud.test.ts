/** A video that is too long, given to `npm start`. Those that a page sends are in test/local/demo. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { local } from '../../../envs/local.ts';
import { runLocal } from '../../../local/session/run.ts';
import { makeHourly, statingSeconds, withoutDuration } from '../transcoder/odd-clips.ts';

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
