/**
 * Where the properties of a run begin. In CI by the content of the commit: another content looks elsewhere, and the same one
 * looks where it looked before, so that a gate that passed passes again. Elsewhere by chance.
 */

import { execFileSync } from 'node:child_process';

/** Of a fast-check seed, a 32-bit integer with a sign. */
const HEX_DIGITS = 7;

/**
 * @returns a decimal integer, or an empty string for a seed by chance
 * @param environment `PROPERTY_SEED` repeats a run; `CI` asks for the commit's
 */
export function propertySeed(environment: Readonly<Record<string, string | undefined>>): string {
  const { PROPERTY_SEED: wanted, CI: isCi } = environment;
  if (wanted !== undefined && wanted !== '') {
    if (!/^-?\d{1,10}$/.test(wanted)) throw new Error('PROPERTY_SEED must be an integer');
    return wanted;
  }
  return isCi === undefined || isCi === '' ? '' : seedOfCommit();
}

/** A folder without git history, such as an unpacked archive, has one seed. */
function seedOfCommit(): string {
  try {
    const tree = execFileSync('git', ['rev-parse', 'HEAD^{tree}'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return String(Number.parseInt(tree.slice(0, HEX_DIGITS), 16));
  } catch {
    return '1';
  }
}
