/** Variables as a file that `sh` and dotenv parsers read alike. */
import { UsageError } from '../terraform/targets.ts';

/** Line breaks and other control characters, half a character, and the escape character that each reader takes otherwise. */
const READ_DIFFERENTLY = /[\p{Cc}\p{Cs}\\]/u;

/**
 * One `NAME='value'` a line, for `set -a; . file` and for dotenv parsers (Node's `--env-file`, the npm package, the gem).
 *
 * Values are literal: single quotes, or double quotes around a value with an apostrophe.
 *
 * @throws UsageError for a value that the readers would take differently; the value is not in the message
 */
export function dotenv(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(name, value)}`)
    .join('\n');
}

function quoted(name: string, value: string): string {
  if (!READ_DIFFERENTLY.test(value)) {
    if (!value.includes("'")) return `'${value}'`;
    if (!/["$`]/.test(value)) return `"${value}"`;
  }
  throw new UsageError(
    `${name}: no quoting means the same to sh and to dotenv for a line break, a backslash, or an apostrophe beside ", $ or \`: ` +
      'use --json',
  );
}
