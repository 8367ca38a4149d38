/** A command that would be refused is not recommended. Pure. */
import { cloudFrontKeyOf, generationOf, isTrusted, type Observation, versionAt } from './observation.ts';

/** Why the environment refuses a kind of command, in the guard's own words; null where it does not. */
export interface Guards {
  /** `npm run apply` */
  readonly apply: string | null;
  /** Every `npm run keys` that changes something. */
  readonly keys: string | null;
}

export const NO_GUARDS: Guards = { apply: null, keys: null };

/** Why a command would be refused; null where it would not. @param command - `apply`, or the verb of a keys command */
export type Refusal = (command: string) => string | null;

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

/**
 * A recommendation without the commands that would be refused: a clause with such a command is replaced by the refusal,
 * which says what to do instead.
 *
 * @param text - clauses, separated by `; `
 */
export function permitted(text: string, refusal: Refusal): string {
  const clauses = text.split('; ').map((clause) => {
    const [first] = commandsIn(clause).flatMap((command) => refusal(command) ?? []);
    return first ?? clause;
  });
  return [...new Set(clauses)].join('; ');
}

/** What a text recommends: `apply`, and the verbs of keys commands. */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(/npm run (?:(apply) --|keys -- ([a-z]+))/g)].map(
    ([, apply, verb]) => apply ?? verb ?? '',
  );
}

function refusalByState(
  command: string,
  observation: Observation,
  step: string,
  guards: Guards,
): string | null {
  const nextIsFirst = 'the step that "next" names comes first';
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
