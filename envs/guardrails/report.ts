/** What the guardrails say about one stack, as data, text and JSON. */
import type { Finding, Rule } from './rule.ts';
import type { Suppression } from './suppressions.ts';

/** A finding with the rule that made it. */
export interface GuardrailViolation extends Finding {
  readonly rule: Rule;
}

export interface GuardrailReport {
  readonly stack: string;
  readonly violations: readonly GuardrailViolation[];
  readonly suppressed: readonly { readonly violation: GuardrailViolation; readonly by: Suppression }[];
  /** Suppressions that still hold back a violation although their day is over. */
  readonly expired: readonly Suppression[];
}

/** Every violation of every stack that was judged; `reports` hold them, and nothing that might be a secret. */
export class GuardrailError extends Error {
  override readonly name = 'GuardrailError';
  readonly reports: readonly GuardrailReport[];

  constructor(reports: readonly GuardrailReport[]) {
    super(reports.map(reportText).join('\n'));
    this.reports = reports;
  }
}

/** For people: rule, address, found, wanted, why. */
export function reportText({ stack, violations }: GuardrailReport): string {
  const count = `${violations.length} guardrail violation${violations.length === 1 ? '' : 's'}`;
  return [
    `stack ${JSON.stringify(stack)}: ${count}`,
    ...violations.flatMap(({ rule: { id, why, checkov = [] }, address, found, wanted }) => [
      `  ${id}${checkov.length > 0 ? ` (${checkov.join(', ')})` : ''} ${address}`,
      `    found:  ${found}`,
      `    wanted: ${wanted}`,
      `    why:    ${why}`,
    ]),
  ].join('\n');
}

/** For programs: the same, and what is suppressed. */
export function reportJson({ stack, violations, suppressed, expired }: GuardrailReport) {
  return {
    stack,
    violations: violations.map(violationJson),
    suppressed: suppressed.map(({ violation, by: { reason, expires } }) => ({
      ...violationJson(violation),
      reason,
      expires,
    })),
    expired,
  };
}

/** One line for an expired suppression. */
export function expiredText({ rule, stack, resource, expires }: Suppression): string {
  return `the suppression of ${rule} on ${resource} in ${stack} expired on ${expires}: mend it, or decide anew in envs/guardrails/suppressions.ts`;
}

function violationJson({
  rule: { id, title, why, checkov = [] },
  address,
  found,
  wanted,
}: GuardrailViolation) {
  return { rule: id, title, checkov, address, found, wanted, why };
}
