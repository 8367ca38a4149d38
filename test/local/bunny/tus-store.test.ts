import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { PreparedFileStore } from '../../../local/bunny/tus.ts';

it('makes no folder that nobody awaits, so a run that ends at once leaves nothing to fail', async () => {
  const around = mkdtempSync(join(tmpdir(), 'tus-store-'));
  onTestFinished(() => rmSync(around, { recursive: true }));
  const directory = join(around, 'uploads');
  const store = new PreparedFileStore({ directory });
  // Requests to the file system that were made before these have ended after them.
  for (let turn = 0; turn < 20; turn += 1) await stat(around);

  expect(store.directory).toBe(directory);
  expect(existsSync(directory)).toBe(false);
});
