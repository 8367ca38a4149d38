/** One whole local run for a test file: a file that imports this has it started before the first test and ended after the last. */
import { afterAll, beforeAll } from 'vitest';
import { runLocalSession } from '../support/local-session.ts';

export type LocalRun = Awaited<ReturnType<typeof runLocalSession>>;

let run: LocalRun | undefined;

beforeAll(async () => {
  run = await runLocalSession();
}, 300_000);
afterAll(() => run?.close(), 60_000);

/** Within a hook or a test. */
export function localRun(): LocalRun {
  if (run === undefined) throw new Error('the local run has not been started');
  return run;
}
