/** Recommendations: what each clause tells a person to run, so that none is made that would be refused. Pure. */
import { cloudFrontKeyOf, generationOf, isTrusted, type Observation, versionAt } from './observation.ts';

/** Why the environment refuses a kind of command, in the guard's own words; null where it does not. */
export interface Guards {
  /** `npm run apply` */
  readonly apply: string | null;
  /** Every `npm run keys` that changes something. */
  readonly keys: string | null;
}

export const NO_GUARDS: Guards = { apply: null, keys: null };

/** A command that a recommendation names: `apply`, or the verb of a keys command. */
export type Command =
  | 'apply'
  | 'create'
  | 'inject'
  | 'promote'
  | 'retire'
  | 'revoke'
  | 'rollback'
  | 'rotate'
  | 'status';

/** A part of a recommendation. */
export interface Clause {
  readonly text: string;
  /** The command that it tells a person to run. @default - none that this environment could refuse */
  readonly runs?: Command;
}

/** A clause with a command line in it. */
export function command(
  runs: Command,
  environment: string,
  { before = '', after = '' }: { readonly before?: string; readonly after?: string } = {},
): Clause {
  const line =
    runs === 'apply' ? `npm run apply -- ${environment}` : `npm run keys -- ${runs} ${environment}`;
  return { text: `${before}${line}${after}`, runs };
}

/** Why a command would be refused; null where it would not. */
export type Refusal = (command: Command) => string | null;

/** By the environment's guards and by what has to come first in this state. */
export function refusalIn(
  observation: Observation,
  { step }: { readonly step: string },
  guards: Guards,
): Refusal {
  return (command) => {
    if (command === 'apply') return guards.apply;
    if (command === 'status') return null;
    return guards.keys ?? refusalByState(command, observation, step, guards);
  };
}

/** Why a command that is the next step would be refused now, where that step has an earliest time; the step's own line names it. */
export function untilNextIsDue(
  command: Command,
  next: { readonly step: string; readonly notBefore?: Date | null },
): string | null {
  if (command !== next.step || !next.notBefore) return null;
  return 'the step after "next" does this; run it at the time that it names';
}

/** The text of a recommendation; a clause whose command would be refused is replaced by the refusal, which says what to do. */
export function permitted(clauses: readonly Clause[], refusal: Refusal): string {
  const texts = clauses.map(({ text, runs }) => (runs === undefined ? null : refusal(runs)) ?? text);
  return [...new Set(texts)].join('; ');
}

function refusalByState(
  command: Command,
  observation: Observation,
  step: string,
  guards: Guards,
): string | null {
  const nextIsFirst = 'do the step after "next" first';
  switch (command) {
    case 'create':
      return step === 'create' ? null : nextIsFirst;
    case 'promote':
      return step === 'promote' || step === 'finish' ? null : nextIsFirst;
    case 'retire':
      return step === 'retire' ? null : nextIsFirst;
    case 'rotate':
      if (step === 'person' || step === 'inject') return nextIsFirst;
      return step === 'apply' ? guards.apply : null;
    case 'rollback':
      return step === 'finish' || canRollBack(observation)
        ? null
        : 'a rollback is impossible, because CloudFront does not trust AWSPREVIOUS';
    default:
      return null;
  }
}

function canRollBack(observation: Observation): boolean {
  const previous = generationOf(versionAt(observation, 'AWSPREVIOUS'));
  const file = observation.committed.find(({ generation }) => generation === previous);
  const key = file && cloudFrontKeyOf(observation, file);
  return key !== undefined && isTrusted(observation, key.id) && observation.distribution?.isDeployed === true;
}
