/**
 * `npm run prove:rotation`: keys rotate under load, and viewers are unaffected. Prints what it counted, writes it as JSON and
 * as a plot into `--out` (`.storytime/rotation`), and exits 1 on any answer that should have been another.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { proveUnderLoad } from './under-load.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const LONGEST_RUN_SECONDS = 20 * 60;
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('../../../.storytime/rotation', import.meta.url)) },
    requests: { type: 'string', default: '100000' },
  },
});

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
const startedAt = Date.now();
const tooLong = setTimeout(
  () => stop.abort(new Error(`not at its end after ${LONGEST_RUN_SECONDS} s`)),
  LONGEST_RUN_SECONDS * 1000,
);
const say = (line: string): void => {
  const seconds = Math.floor((Date.now() - startedAt) / 1000);
  console.log(`${String(seconds).padStart(4)} s  ${line}`);
};

try {
  mkdirSync(values.out, { recursive: true });
  const proof = await proveUnderLoad({ requests: Number(values.requests), say, signal: stop.signal });
  console.log(`\n${proof.table}\n`);
  for (const [name, text] of [
    ['rotation.json', proof.json],
    ['rotation.svg', proof.svg],
  ] as const) {
    writeFileSync(join(values.out, name), text);
    say(`written: ${relative(process.cwd(), join(values.out, name))}`);
  }
  for (const complaint of proof.complaints) console.error(complaint);
  process.exitCode = proof.complaints.length === 0 ? 0 : 1;
} catch (error) {
  console.error(stop.signal.aborted ? String(stop.signal.reason) : error);
  process.exitCode = 1;
} finally {
  clearTimeout(tooLong);
}
