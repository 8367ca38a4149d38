/** The public keys that the repository knows: what is committed for every environment, and what was removed from this one. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readTrustedKeys } from '../../envs/keys.ts';
import type { KnownKey } from './observation.ts';

export interface KnownKeysOptions {
  readonly environment: string;
  /** `envs/keys/<environment>`, of every environment. */
  readonly keysDirectories: ReadonlyMap<string, string>;
}

const run = promisify(execFile);
/** As many removals as a group has seen in years. */
const MOST_REMOVED = 50;

export async function readKnownKeys({ environment, keysDirectories }: KnownKeysOptions): Promise<KnownKey[]> {
  const committed = [...keysDirectories].flatMap(([name, directory]) => readCommitted(name, directory));
  const directory = keysDirectories.get(environment);
  return [...committed, ...(directory === undefined ? [] : await readRemoved(environment, directory))];
}

/** Nothing for an environment whose keys are not there: those of `local` come with its run. */
function readCommitted(environment: string, directory: string): KnownKey[] {
  try {
    return Object.entries(readTrustedKeys(directory).generations).map(([generation, pem]) => ({
      environment,
      generation,
      pem,
      removedAt: null,
    }));
  } catch (error) {
    if (error instanceof Error && error.name === 'ConfigError') return [];
    throw error;
  }
}

/** From git's history; nothing without git, or in a copy that has no history. */
async function readRemoved(environment: string, directory: string): Promise<KnownKey[]> {
  const git = async (...args: string[]) => (await run('git', ['-C', directory, ...args])).stdout;
  try {
    const log = await git(
      'log',
      '--format=%H %cI',
      '--diff-filter=D',
      '--name-only',
      '--relative',
      '--',
      '*.pem',
    );
    const removals: { commit: string; removedAt: Date; file: string }[] = [];
    let [commit, removedAt] = ['', new Date(0)];
    for (const line of log.split('\n')) {
      const [, hash, date] = /^([0-9a-f]{40,64}) (\S+)$/.exec(line) ?? [];
      if (hash !== undefined) [commit, removedAt] = [hash, new Date(date ?? 0)];
      else if (/^\d{4}-\d{2}-[a-z]\.pem$/.test(line)) removals.push({ commit, removedAt, file: line });
    }
    return await Promise.all(
      removals.slice(0, MOST_REMOVED).map(async ({ commit, removedAt, file }) => ({
        environment,
        generation: file.replace(/\.pem$/, ''),
        pem: await git('show', `${commit}^:./${file}`),
        removedAt,
      })),
    );
  } catch {
    return [];
  }
}
