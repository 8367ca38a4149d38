/** One folder for what the tests of a run leave among temporary files (each CDKTF app leaves one): it goes with the run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/** Every project of a run shares it. */
export default function setup(): () => void {
  folder ??= mkdtempSync(join(tmpdir(), 'storytime-tests-'));
  process.env.TMPDIR = folder;
  return () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
}
