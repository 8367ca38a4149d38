/** What handlers answer when they refuse, read from the sources. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns `403 DEVICE_LIMIT_EXCEEDED`, … */
export function refusalCodes(folder: string): string[] {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(?:handlers|http)[/\\].*\.ts$/.test(path))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');
  return [
    ...sources.matchAll(/\brefusal\(\s*(\d{3}),\s*'([A-Z_]+)'/g),
    ...[...sources.matchAll(/\bunauthorized\(\s*'([A-Z_]+)'/g)].map(([, code]) => [undefined, '401', code]),
  ].map(([, status, code]) => `${status} ${code}`);
}
