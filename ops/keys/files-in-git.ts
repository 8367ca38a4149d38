/** Which files of a directory of keys git has committed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** File names; null where there is no git, no repository or no commit, so that nothing is known. */
export async function filesInGit(directory: string): Promise<ReadonlySet<string> | null> {
  try {
    const { stdout } = await run('git', ['-C', directory, 'ls-tree', '-z', '--name-only', 'HEAD', './']);
    return new Set(stdout.split('\0').filter((name) => name !== ''));
  } catch {
    return null;
  }
}
