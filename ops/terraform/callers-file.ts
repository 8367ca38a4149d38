/** Where a file is that a person named. */
import { resolve } from 'node:path';

/**
 * npm runs our commands in this repository, whatever folder its caller is in; a relative path is meant from the caller's
 * folder, which npm names in `INIT_CWD`.
 *
 * @param env - of this process
 * @see https://docs.npmjs.com/cli/commands/npm-run-script
 */
export function callersFile(file: string, { INIT_CWD }: NodeJS.ProcessEnv): string {
  return resolve(INIT_CWD ?? '', file);
}
