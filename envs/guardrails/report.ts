/** What the guardrails say about one stack, as data, text and JSON. */
import type { GuardrailViolation } from './rule.ts';
import type { SuppressionFault } from './suppressed.ts';
import { asSuppression, suppressionName } from './suppression-text.ts';
import { SUPPRESSIONS_FILE, type Suppression } from './suppressions.ts';

export interface GuardrailReport {
  readonly stack: string;
  readonly violations: readonly GuardrailViolation[];
  readonly suppressed: readonly { readonly violation: GuardrailViolation; readonly by: Suppression }[];
  /** Suppressions of this stack that do not name one finding: they hold nothing back, and synth refuses them. */
  readonly faults: readonly SuppressionFault[];
  /** Suppressions that still hold back a violation although their day is over. */
  readonly expired: readonly Suppression[];
}

/** Every violation and refused suppression of every stack that was judged; `reports` hold them, and nothing that might be a secret. */
export class GuardrailError extends Error {
  override readonly name = 'GuardrailError';
  readonly reports: readonly GuardrailReport[];

  constructor(reports: readonly GuardrailReport[]) {
    super(reports.map(reportText).join('\n'));
    this.reports = reports;
  }
}

/** For people: rule, address, what was found and expected, why, and the line that would suppress it; then what is wrong with suppressions. */
export function reportText({ stack, violations, suppressed, faults }: GuardrailReport): string {
  const name = JSON.stringify(stack);
  const all = [...violations, ...suppressed.map(({ violation }) => violation)];
  return [
    ...(violations.length === 0
      ? []
      : [`stack ${name}: ${counted(violations.length, 'guardrail violation')}`]),
    ...violations.flatMap((violation) => [
      `  ${titleOf(violation)}`,
      `    found:    ${violation.found}`,
      `    expected: ${violation.wanted}`,
      `    why:      ${violation.rule.why}`,
      `    accept:   ${asSuppression(violation, stack, all)}`,
    ]),
    ...(violations.length === 0 ? [] : [ACCEPTING]),
    ...(faults.length === 0 ? [] : [`stack ${name}: ${counted(faults.length, 'suppression')} refused`]),
    ...faults.map(({ message }) => `  ${message}`),
  ].join('\n');
}

/** For programs: the same, and what is suppressed. */
export function reportJson({ stack, violations, suppressed, faults, expired }: GuardrailReport) {
  const all = [...violations, ...suppressed.map(({ violation }) => violation)];
  return {
    stack,
    violations: violations.map((violation) => ({
      ...violationJson(violation),
      accept: asSuppression(violation, stack, all),
    })),
    suppressed: suppressed.map(({ violation, by: { reason, expires } }) => ({
      ...violationJson(violation),
      reason,
      expires,
    })),
    faults,
    expired,
  };
}

/** One line for an expired suppression. */
export function expiredText(suppression: Suppression): string {
  return `${suppressionName(suppression)} expired on ${suppression.expires}: correct what it accepts, or give it a new reason and a new last day in ${SUPPRESSIONS_FILE}`;
}

const ACCEPTING = `  to accept one finding for now, copy its line "accept" into ${SUPPRESSIONS_FILE}, with a reason and a last day`;

function titleOf({ rule: { id, checkov = [] }, address }: GuardrailViolation): string {
  return `${id}${checkov.length > 0 ? ` (${checkov.join(', ')})` : ''} ${address}`;
}

function violationJson({
  rule: { id, title, why, checkov = [] },
  address,
  part = {},
  found,
  wanted,
}: GuardrailViolation) {
  return { rule: id, title, checkov, address, part, found, wanted, why };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
