/** What is accepted for now: which rule, where, why, and until when. */

export interface Suppression {
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

/** Empty: every stack passes every rule. */
export const suppressions: readonly Suppression[] = [];

/** What is wrong with a list of suppressions itself, line by line. */
export function suppressionFaults(list: readonly Suppression[], ruleIds: readonly string[]): string[] {
  return list.flatMap(({ rule, stack, resource, reason, expires }) => [
    ...(ruleIds.includes(rule) ? [] : [`${rule} on ${resource}: no such rule`]),
    ...(stack.trim() && resource.trim()
      ? []
      : [`${rule} on ${resource || 'nothing'}: no stack or no resource`]),
    ...(reason.trim().length >= 10 ? [] : [`${rule} on ${resource}: no reason`]),
    ...(lastMoment(expires) === null
      ? [`${rule} on ${resource}: wanted an expiry like "2027-01-31", got ${JSON.stringify(expires)}`]
      : []),
  ]);
}

/** Whether its last day is over, or is no day. */
export function isExpired({ expires }: Suppression, at: Date): boolean {
  const last = lastMoment(expires);
  return last === null || at.getTime() > last;
}

function lastMoment(day: string): number | null {
  const at = new Date(`${day}T23:59:59.999Z`);
  // Date turns 2027-02-31 into March.
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)
    ? at.getTime()
    : null;
}
