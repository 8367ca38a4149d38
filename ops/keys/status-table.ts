/** The status as a person reads it, and as a program does. Pure. */
import type { Assessment, GenerationRow, NextStep } from './assess.ts';
import { weightWord } from './inconsistencies.ts';

/** A table of generations, what is wrong, and the next step. */
export function statusText(
  environment: string,
  { generations, inconsistencies, next }: Assessment,
  now: Date,
): string {
  const header = ['generation', 'state', 'fingerprint', 'key pair id', 'age', 'halves', 'next', 'not before'];
  const lines = generations.map((row) => [
    row.generation,
    row.state,
    row.fingerprint?.slice(0, 12) ?? '–',
    row.keyPairId ?? '–',
    row.createdAt === null ? '–' : span(now.getTime() - row.createdAt.getTime()),
    halves(row),
    row.next ?? '–',
    row.notBefore === null ? '–' : `${row.notBefore.toISOString().slice(0, 19)}Z`,
  ]);
  const wrong = inconsistencies.map(
    ({ weight, found, remedy }) => `${weightWord(weight)}: ${found}\n  ${remedy}`,
  );
  return [table([header, ...lines]), ...wrong, `next: ${nextText(environment, next, now)}`].join('\n\n');
}

/** The same for programs; instants as ISO 8601. Nothing in it is secret. */
export function statusJson(environment: string, { generations, inconsistencies, next }: Assessment): string {
  return JSON.stringify({ environment, generations, inconsistencies, next }, null, 2);
}

/** What to do next, and with which command. */
export function nextText(environment: string, next: NextStep, now: Date): string {
  const keys = (command: string) => `npm run keys -- ${command.replace(/^(\S+)/, `$1 ${environment}`)}`;
  switch (next.step) {
    case 'none':
      return `nothing; ${keys('rotate')} begins a rotation`;
    case 'create':
      return `${keys('create')} writes the file of ${next.generation}`;
    case 'inject':
      return `${keys('inject')} < the private key of ${next.generation}`;
    case 'apply': {
      const parts = [
        ...(next.adds.length > 0 ? [`adds ${next.adds.join(', ')}`] : []),
        ...(next.drops.length > 0 ? [`drops ${next.drops.join(', ')}`] : []),
      ];
      return `npm run apply -- ${environment}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
    }
    case 'deployment':
      return 'wait until CloudFront says Deployed';
    case 'finish':
      return `${keys('promote')} ends the promotion of ${next.generation}`;
    case 'promote':
      return `${keys('promote')} makes ${next.generation} the one that mints${when(next.notBefore, now)}`;
    case 'retire':
      return `${keys(`retire ${next.generation}`)}${when(next.notBefore, now)}`;
    case 'person':
      return 'a person decides: no step is safe before that';
  }
}

/** `3 d 4 h`, `2 h 5 min`, `40 s` */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = (
    [
      [86_400, 'd'],
      [3600, 'h'],
      [60, 'min'],
      [1, 's'],
    ] as const
  ).map(([size, unit], index, units) => {
    const whole = units[index - 1]?.[0] ?? Number.POSITIVE_INFINITY;
    return { count: Math.floor((seconds % whole) / size), unit };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ count, unit }) => `${count} ${unit}`)
    .join(' ');
}

function when(notBefore: Date | null, now: Date): string {
  if (notBefore === null) return ', safe now';
  return `, not before ${notBefore.toISOString().slice(0, 19)}Z (in ${span(notBefore.getTime() - now.getTime())})`;
}

function halves({ where: { file, group, secret, kms } }: GenerationRow): string {
  const places = [
    ...(file === null ? [] : [`git (.${file})`]),
    ...(group ? ['group'] : []),
    ...secret,
    ...(kms ? ['KMS'] : []),
  ];
  return places.join(' + ') || '–';
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
