/** A pipe in a folder that is an origin: reading it would wait for ever. A program has to make it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDirectoryOrigin } from '../../edge/directory-origin.ts';

it('answers 403 without the right to list, and 404 with it, to a pipe', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'storytime-pipe-'));
  try {
    execFileSync('mkfifo', [join(directory, 'pipe.ts')]);
    const statusWith = async (mayList: boolean): Promise<number> => {
      const origin = createDirectoryOrigin({ directory, access: { mayRead: () => true, mayList } });
      const { status } = await origin.fetch({
        origin: { bucket: 'b', path: '', signsRequests: true },
        method: 'GET',
        path: '/pipe.ts',
        headers: {},
        signal: new AbortController().signal,
      });
      return status;
    };
    expect([await statusWith(false), await statusWith(true)]).toEqual([403, 404]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
