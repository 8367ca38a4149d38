/** What is made once in a run of the tests, whatever the number of files that ask: the first makes it, the others wait. */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

/**
 * @param name of a folder in the run's own folder for temporary files
 * @param make is given that folder; what it gives travels as JSON
 * @throws Error with the message of what `make` threw, for all who ask
 */
export async function oncePerRun<Made>(name: string, make: (folder: string) => Made): Promise<Made> {
  const folder = join(tmpdir(), name);
  const outcome = join(folder, 'outcome.json');
  if (isFirst(folder)) {
    writeFileSync(`${outcome}.part`, JSON.stringify(outcomeOf(() => make(folder))));
    renameSync(`${outcome}.part`, outcome);
  }
  await vi.waitUntil(() => existsSync(outcome), { timeout: 240_000, interval: 100 });
  const made: Outcome<Made> = JSON.parse(readFileSync(outcome, 'utf8'));
  if ('failure' in made) throw new Error(`${name}: ${made.failure}`);
  return made.made;
}

type Outcome<Made> = { readonly made: Made } | { readonly failure: string };

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function outcomeOf<Made>(make: () => Made): Outcome<Made> {
  try {
    return { made: make() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
