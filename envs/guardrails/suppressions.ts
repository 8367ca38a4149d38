/** What is accepted for now: which finding, why, and until when. */
import type { NamedPart } from './part.ts';

/**
 * One finding, named whole: its rule, its stack, its resource and, where a guardrail's failure shows one, the part of the
 * resource. The failure prints the line to copy.
 */
export interface Suppression extends NamedPart {
  readonly rule: string;
  /** `prod`, `state-dev`: the stack in which it holds. */
  readonly stack: string;
  /** The address of the finding, whole. */
  readonly resource: string;
  /** Why it is safe, and what ends it. */
  readonly reason: string;
  /** The last day on which it holds (UTC), `2027-01-31`. After it synth warns and `npm run check` fails. */
  readonly expires: string;
}

/** Where a suppression is written. */
export const SUPPRESSIONS_FILE = 'envs/guardrails/suppressions.ts';

/** Empty: every stack passes every rule. */
export const suppressions: readonly Suppression[] = [];

/** Whether its last day is over, or is not a valid date. */
export function isExpired({ expires }: Suppression, at: Date): boolean {
  const last = lastMoment(expires);
  return last === null || at.getTime() > last;
}

/** The end of a day; null for an invalid date. */
export function lastMoment(day: string): number | null {
  const at = new Date(`${day}T23:59:59.999Z`);
  // Date turns 2027-02-31 into March.
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)
    ? at.getTime()
    : null;
}
