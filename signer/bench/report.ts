/** The table and the JSON that a run leaves behind. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { quantile, type Rounds, ratio } from './measure.ts';

export interface Row {
  readonly measure: string;
  /** Null for a ratio that is shown and held to nothing. */
  readonly wanted: { readonly atLeast: number } | { readonly atMost: number } | null;
  readonly got: number;
  /** The ratio of each round. */
  readonly rounds: readonly number[];
}

/** `against` takes this many times as long as `measured`; at least `wanted` is asked for. */
export function atLeast(wanted: number, measure: string, against: Rounds, measured: Rounds): Row {
  const { median, rounds } = ratio(against, measured);
  return { measure, wanted: { atLeast: wanted }, got: median, rounds };
}

/** `measured` takes this many times as long as `against`; at most `wanted` is allowed. */
export function atMost(wanted: number, measure: string, against: Rounds, measured: Rounds): Row {
  const { median, rounds } = ratio(measured, against);
  return { measure, wanted: { atMost: wanted }, got: median, rounds };
}

/** `against` takes this many times as long as `measured`: for what another processor changes, so that no limit would be true. */
export function shown(measure: string, against: Rounds, measured: Rounds): Row {
  const { median, rounds } = ratio(against, measured);
  return { measure, wanted: null, got: median, rounds };
}

export function isOk({ wanted, got }: Row): boolean {
  if (wanted === null) return true;
  return 'atLeast' in wanted ? got >= wanted.atLeast : got <= wanted.atMost;
}

export function formatTable(rows: readonly Row[]): string {
  const lines = [
    ['measure', 'expected', 'got', ''],
    ...rows.map((row) => [row.measure, formatWanted(row), times(row.got), formatVerdict(row)]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map(([measure = '', wanted = '', got = '', verdict = '']) =>
      [
        measure.padEnd(widths[0] ?? 0),
        wanted.padStart(widths[1] ?? 0),
        got.padStart(widths[2] ?? 0),
        verdict,
      ].join('  '),
    )
    .join('\n');
}

function formatWanted({ wanted }: Row): string {
  if (wanted === null) return '–';
  return 'atLeast' in wanted ? `≥ ${times(wanted.atLeast)}` : `≤ ${times(wanted.atMost)}`;
}

function formatVerdict(row: Row): string {
  if (row.wanted === null) return 'shown';
  if (isOk(row)) return 'ok';
  return 'atLeast' in row.wanted ? 'below' : 'above';
}

/** One line per contender: the median of its rounds. */
export function formatTimes(times: Readonly<Record<string, Rounds>>): string {
  const names = Object.keys(times);
  const width = Math.max(...names.map((name) => name.length));
  return names
    .map((name) => `  ${name.padEnd(width)}  ${(quantile(times[name] ?? [], 0.5) * 1e6).toFixed(1)} µs`)
    .join('\n');
}

export function writeJson(
  file: string,
  rows: readonly Row[],
  secondsPerCall: Readonly<Record<string, Rounds>>,
): void {
  mkdirSync(dirname(file), { recursive: true });
  const processors = cpus();
  const report = {
    date: new Date().toISOString(),
    node: process.version,
    openssl: process.versions.openssl,
    processor: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`,
    loadAverage: loadavg(),
    rows: rows.map((row) => ({ ...row, ok: isOk(row) })),
    secondsPerCall,
  };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

function times(ratioValue: number): string {
  return `${ratioValue >= 100 ? ratioValue.toFixed(0) : ratioValue >= 10 ? ratioValue.toFixed(1) : ratioValue.toFixed(2)} ×`;
}
