/** One folder for what the tests of a run leave among temporary files (each CDKTF app leaves one): it goes with the run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each project runs this with modules of its own; they share the environment. */
const SHARED = 'STORYTIME_TESTS_FOLDER';

/** The name is short, because a provider's socket below it may have 108 bytes (`sun_path`, unix(7)). */
export default function setup(): () => void {
  if (process.env[SHARED] !== undefined) return () => {};
  const folder = mkdtempSync(join(tmpdir(), 'tests-'));
  process.env[SHARED] = folder;
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
