/** The status as a person reads it, and as a program does. Pure. */
import { alignedTable } from '../text/aligned-table.ts';
import type { Assessment, GenerationRow, NextStep } from './assess.ts';
import { weightWord } from './inconsistencies.ts';
import { commandsIn } from './recommend.ts';

/**
 * A table of generations, what is wrong, and the next step.
 *
 * @param run - lines about the command that holds the lock; null when none does
 */
export function statusText(
  environment: string,
  assessment: Assessment,
  now: Date,
  run: string | null = null,
): string {
  const { generations, inconsistencies } = assessment;
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
  return [
    alignedTable([header, ...lines]).join('\n'),
    ...wrong,
    ...(run === null ? [] : [run]),
    `next: ${nextText(environment, assessment, now)}${run === null ? restText(environment, assessment) : ''}`,
  ].join('\n\n');
}

/** The same for programs; instants as ISO 8601. Nothing in it is secret. */
export function statusJson(environment: string, { generations, inconsistencies, next }: Assessment): string {
  return JSON.stringify({ environment, generations, inconsistencies, next }, null, 2);
}

/** What to do next, and with which command; where that would be refused, why and what to do instead. */
export function nextText(environment: string, { next, refusal }: Assessment, now: Date): string {
  const text = stepText(environment, next, now);
  const [refused] = commandsIn(text).flatMap((command) => refusal(command) ?? []);
  if (refused === undefined) return text;
  switch (next.step) {
    case 'none':
      return `nothing; ${refused}`;
    case 'apply':
      return `an apply${changesOf(next)}, but not yet: ${refused}`;
    default:
      return `${next.step}${'generation' in next ? ` ${next.generation}` : ''}, but not yet: ${refused}`;
  }
}

/** `rotate` takes each step of a rotation that has begun. */
function restText(environment: string, { next, refusal, generations }: Assessment): string {
  const isRotation =
    ['create', 'promote', 'finish', 'retire'].includes(next.step) ||
    (next.step === 'apply' && generations.some(({ state }) => state === 'active'));
  if (!isRotation || refusal('rotate') !== null) return '';
  return `; npm run keys -- rotate ${environment} does this and the rest of the rotation`;
}

function stepText(environment: string, next: NextStep, now: Date): string {
  const keys = (command: string) => `npm run keys -- ${command.replace(/^(\S+)/, `$1 ${environment}`)}`;
  switch (next.step) {
    case 'none':
      return `nothing; ${keys('rotate')} begins a rotation`;
    case 'create':
      return `${keys('create')} writes the file of ${next.generation}`;
    case 'inject':
      return `${keys('inject')} < the private key of ${next.generation}`;
    case 'apply':
      return `npm run apply -- ${environment}${changesOf(next)}`;
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

function changesOf({ adds, drops }: Extract<NextStep, { step: 'apply' }>): string {
  const parts = [
    ...(adds.length > 0 ? [`adds ${adds.join(', ')}`] : []),
    ...(drops.length > 0 ? [`drops ${drops.join(', ')}`] : []),
  ];
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
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
    ...(file === null ? [] : [`file (.${file})`]),
    ...(group ? ['group'] : []),
    ...secret,
    ...(kms ? ['KMS'] : []),
  ];
  return places.join(' + ') || '–';
}
