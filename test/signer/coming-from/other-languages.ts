/** The page's Python and Ruby, each set-up and its calls in one process. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findPython } from '../../../local/aws-api/python.ts';
import { KEY_PAIR_ID, rsa } from '../fixtures.ts';
import type { Library } from './page.ts';
import { setUpOf } from './page-module.ts';

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What each call gives. */
export async function callElsewhere(library: Library, calls: readonly string[]): Promise<readonly unknown[]> {
  // botocore is where moto is.
  const [program, script] =
    library === 'Ruby' ? ['ruby', fileOf('sign.rb')] : [(await findPython()) ?? 'python3', fileOf('sign.py')];
  const input = JSON.stringify({
    keyPairId: KEY_PAIR_ID,
    privateKey: rsa.privatePem,
    setUp: setUpOf(library),
    calls,
  });
  const { status, stdout, stderr } = spawnSync(program, [script], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}
