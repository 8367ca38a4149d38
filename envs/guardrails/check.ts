/** `node --import tsx/esm envs/guardrails/check.ts [--json]`: every stack, strictly, as part of `npm run check`. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnvironment } from '../config.ts';
import { environments, keysDirectory } from '../environments.ts';
import { readTrustedKeys, type TrustedKeys } from '../keys.ts';
import { printable } from '../printable.ts';
import { inspectAll } from '../synth.ts';
import { isRefused } from './index.ts';
import { expiredText, type GuardrailReport, reportJson, reportText } from './report.ts';
import { rules } from './rules/index.ts';
import { unknownStack } from './suppressed.ts';
import { type Suppression, suppressions } from './suppressions.ts';

export interface StrictResult {
  readonly passed: boolean;
  /** Lines for a person, or one JSON document. */
  readonly output: string;
}

/** Stricter than synth: an expired suppression, and one for a stack that does not exist, fails as well. */
export function judgeStrictly(
  reports: readonly GuardrailReport[],
  list: readonly Suppression[],
  format: 'text' | 'json',
): StrictResult {
  const stacks = reports.map(({ stack }) => stack);
  const faults = [
    ...reports.flatMap(({ expired }) => expired.map(expiredText)),
    ...list
      .filter(({ stack }) => !stacks.includes(stack))
      .map((suppression) => unknownStack(suppression, stacks).message),
  ];
  const bad = reports.filter(isRefused);
  const passed = faults.length === 0 && bad.length === 0;
  if (format === 'json') {
    return { passed, output: JSON.stringify({ passed, faults, stacks: reports.map(reportJson) }, null, 2) };
  }
  const summary = `guardrails: ${rules.length} rules over ${stacks.join(', ')}: ${passed ? 'passed' : 'failed'}`;
  return { passed, output: [...bad.map(reportText), ...faults, summary].join('\n') };
}

function reportsOfAll(): GuardrailReport[] {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-guardrails-'));
  try {
    const all = [...environments.values()].map((config) => ({
      config: parseEnvironment(config),
      keys: keysOf(config.environment),
    }));
    return inspectAll(all, outdir);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The keys of `local` are made at its first start: a fresh clone is judged with a key of its own. */
function keysOf(environment: string): TrustedKeys {
  const directory = keysDirectory(environment);
  if (environments.get(environment)?.localPorts === null || existsSync(directory))
    return readTrustedKeys(directory);
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { active: '2026-01-a', generations: { '2026-01-a': pem }, inKms: {} };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const format = process.argv.includes('--json') ? 'json' : 'text';
  const { passed, output } = judgeStrictly(reportsOfAll(), suppressions, format);
  process.stdout.write(`${printable(output)}\n`);
  process.exitCode = passed ? 0 : 1;
}
