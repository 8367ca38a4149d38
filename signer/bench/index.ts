/**
 * `npm run bench`: the signer's speed as ratios, each measured in one run, since a machine's own speed means
 * nothing elsewhere. Exits 0 even when a ratio is below what is wanted, and says so; 1 with `--strict`.
 */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchBunny } from './bunny.ts';
import { benchImport } from './cold-import.ts';
import { benchExplain } from './explaining.ts';
import { benchLists } from './lists.ts';
import type { Rounds } from './measure.ts';
import { benchPlaylists } from './playlists.ts';
import { formatTable, formatTimes, isOk, type Row, writeJson } from './report.ts';
import { benchSigning } from './signing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const report = join('.storytime', 'bench', 'signer.json');

const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });

const rows: Row[] = [];
const times: Record<string, Rounds> = {};
for (const bench of [
  benchSigning,
  benchLists,
  benchPlaylists,
  benchExplain,
  benchBunny,
  () => benchImport(root),
]) {
  const result = await bench();
  rows.push(...result.rows);
  Object.assign(times, result.times);
}

console.log(`${formatTable(rows)}\n\nmedian of five rounds:\n${formatTimes(times)}\n`);
writeJson(join(root, report), rows, times);
console.log(`Node ${process.version}; every round is in ${report}`);

const below = rows.filter((row) => !isOk(row));
if (below.length > 0) {
  console.log(`\n${below.length} of ${rows.length} NOT as expected; on a busy machine the rounds differ`);
  if (values.strict) process.exitCode = 1;
}
