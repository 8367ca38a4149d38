/** The status as a person reads it, and as a program does. Pure. */
import { alignedTable } from '../text/aligned-table.ts';
import { span } from '../text/span.ts';
import type { Assessment, GenerationRow, NextStep } from './assess.ts';
import { weightWord } from './inconsistencies.ts';
import { type Clause, command } from './recommend.ts';

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
  const header = [
    'generation',
    'state',
    'fingerprint',
    'key pair id',
    'age',
    'stored in',
    'next',
    'not before',
  ];
  const lines = generations.map((row) => [
    row.generation,
    row.state,
    row.fingerprint?.slice(0, 12) ?? '–',
    row.keyPairId ?? '–',
    row.createdAt === null ? '–' : span(now.getTime() - row.createdAt.getTime()),
    placesOf(row),
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
  const { text, runs } = stepText(environment, next, now);
  const refused = runs === undefined ? null : refusal(runs);
  if (refused === null) return text;
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
  return `; ${command('rotate', environment).text} does this and the rest of the rotation`;
}

function stepText(environment: string, next: NextStep, now: Date): Clause {
  switch (next.step) {
    case 'none':
      return command('rotate', environment, { before: 'nothing; ', after: ' starts a rotation' });
    case 'create':
      return command('create', environment, { after: ` writes the file of ${next.generation}` });
    case 'inject':
      return command('inject', environment, { after: ` < the private key of ${next.generation}` });
    case 'apply':
      return command('apply', environment, { after: changesOf(next) });
    case 'deployment':
      return { text: 'wait until CloudFront reports the distribution as Deployed' };
    case 'finish':
      return command('promote', environment, { after: ` finishes the promotion of ${next.generation}` });
    case 'promote':
      return command('promote', environment, {
        after: ` makes signers sign with ${next.generation}${when(next.notBefore, now)}`,
      });
    case 'retire':
      return command('retire', environment, { after: ` ${next.generation}${when(next.notBefore, now)}` });
    case 'person':
      return { text: 'a manual decision is needed; no automatic step is safe' };
  }
}

function changesOf({ adds, drops }: Extract<NextStep, { step: 'apply' }>): string {
  const parts = [
    ...(adds.length > 0 ? [`adds ${adds.join(', ')}`] : []),
    ...(drops.length > 0 ? [`drops ${drops.join(', ')}`] : []),
  ];
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

function when(notBefore: Date | null, now: Date): string {
  if (notBefore === null) return ', safe now';
  return `, not before ${notBefore.toISOString().slice(0, 19)}Z (in ${span(notBefore.getTime() - now.getTime())})`;
}

function placesOf({ where: { file, group, secret, kms } }: GenerationRow): string {
  const places = [
    ...(file === null ? [] : [`file (.${file})`]),
    ...(group ? ['group'] : []),
    ...secret,
    ...(kms ? ['KMS'] : []),
  ];
  return places.join(' + ') || '–';
}
