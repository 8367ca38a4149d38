/**
 * `npm run bench:synth`: how fast stacks are synthesized, as ratios of whole processes that alternate, since a machine's
 * own speed means nothing elsewhere. Some three minutes. Exits 0 even when a ratio is above what is allowed, and says
 * so; 1 with `--strict`.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, quantile, type Rounds } from '../../signer/bench/measure.ts';
import { atMost, formatTable, isOk, writeJson } from '../../signer/bench/report.ts';
import { stackDifferences } from '../proofs/portable/stack-differences.ts';

const OURS = 'npm run synth';
const CDKTF = 'npx cdktf synth';
const APP = 'node --import tsx/esm envs/main.ts';
const TS_NODE = 'node --loader ts-node/esm envs/main.ts';
const COMMANDS = [OURS, CDKTF, APP, TS_NODE];

const root = fileURLToPath(new URL('../..', import.meta.url));
const report = join('.storytime', 'bench', 'synth.json');
const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });

const folder = mkdtempSync(join(tmpdir(), 'storytime-bench-'));
try {
  synthesizeTheSame();
  const times = await measure(
    Object.fromEntries(COMMANDS.map((command, index) => [command, () => synthesize(command, outdir(index))])),
    // One process is a batch; what loads the disk's cache is not counted.
    { batchMs: 1, batches: 1 },
  );
  const rows = [
    atMost(0.4, `${OURS}, against ${CDKTF}`, of(times, CDKTF), of(times, OURS)),
    atMost(0.5, 'the app alone with tsx, against itself with ts-node', of(times, TS_NODE), of(times, APP)),
  ];

  console.log(`${formatTable(rows)}\n\nmedian of five rounds, all environments and their states:`);
  for (const command of COMMANDS) {
    console.log(`  ${command.padEnd(TS_NODE.length)}  ${quantile(of(times, command), 0.5).toFixed(2)} s`);
  }
  writeJson(join(root, report), rows, times);
  console.log(`\nNode ${process.version}; every round is in ${report}`);
  if (values.strict && !rows.every(isOk)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A ratio is worth something only between programs that do the same. */
function synthesizeTheSame(): void {
  const written = COMMANDS.map((command, index) => {
    synthesize(command, outdir(index));
    return readStacks(outdir(index));
  });
  const [wanted = new Map()] = written;
  written.forEach((stacks, index) => {
    const differing = [...wanted.keys(), ...stacks.keys()].filter(
      (name) => stackDifferences(wanted.get(name) ?? '{}', stacks.get(name) ?? '{}').length > 0,
    );
    if (differing.length > 0) {
      throw new Error(
        `${COMMANDS[index]} writes other stacks than ${OURS}: ${[...new Set(differing)].join(', ')}`,
      );
    }
  });
  console.log(`each writes the same stacks: ${[...wanted.keys()].join(', ')}\n`);
}

function synthesize(command: string, out: string): void {
  const { AWS_ENDPOINT_URL: _notLocal, ...env } = process.env;
  const [program = '', ...args] = command.split(' ');
  const output = command === CDKTF ? ['--output', out] : [];
  const found = args.map((arg) => (arg === 'ts-node/esm' ? import.meta.resolve('ts-node/esm') : arg));
  execFileSync(program, [...found, ...output], {
    cwd: root,
    // Neither asks HashiCorp for news, which takes as long as the network does.
    env: { ...env, CDKTF_OUTDIR: out, CHECKPOINT_DISABLE: '1', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function readStacks(out: string): ReadonlyMap<string, string> {
  const stacks = join(out, 'stacks');
  return new Map(
    readdirSync(stacks)
      .sort()
      .map((name) => [name, readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8')]),
  );
}

function outdir(index: number): string {
  return join(folder, String(index));
}

function of(times: Readonly<Record<string, Rounds>>, command: string): Rounds {
  return times[command] ?? [];
}
