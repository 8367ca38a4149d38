/** Suppressions in words, and as the line that somebody copies. Pure. */
import { type NamedPart, PART_NAMES, type Part, samePart, unnamedIn } from './part.ts';
import type { GuardrailViolation } from './rule.ts';
import type { Suppression } from './suppressions.ts';

/** What gives a part a stable name. */
const NAMED_BY: Partial<Record<keyof NamedPart, string>> = {
  statement: 'give the statement a Sid first',
  entry: 'give the rule an id first',
  origin: 'give the origin an id first',
};

/** `the suppression of cf-https-viewers on aws_cloudfront_distribution.delivery (behaviour 'books/*') in prod` */
export function suppressionName(suppression: Suppression): string {
  const { rule, stack, resource } = suppression;
  return `the suppression of ${rule} on ${resource || 'nothing'}${partText(suppression)} in ${stack || 'no stack'}`;
}

/** The line that suppresses a finding and nothing else, or why none can. */
export function asSuppression(
  violation: GuardrailViolation,
  stack: string,
  all: readonly GuardrailViolation[],
): string {
  const { rule, address, part = {} } = violation;
  const [unnamed] = unnamedIn(part);
  if (unnamed !== undefined) {
    return `not possible, ${NAMED_BY[unnamed] ?? `because its ${unnamed} has no name that can be shown`}`;
  }
  if (all.filter((other) => isSameFinding(other, violation)).length > 1) {
    return 'not possible, because several findings have the same name: give each statement or rule its own';
  }
  return lineOf({
    rule: rule.id,
    stack,
    resource: address,
    ...part,
    reason: '<why, and what ends it>',
    expires: '<its last day, YYYY-MM-DD>',
  });
}

/** Whether two findings have one name. */
function isSameFinding(one: GuardrailViolation, other: GuardrailViolation): boolean {
  return (
    one.rule.id === other.rule.id &&
    one.address === other.address &&
    samePart(one.part ?? {}, other.part ?? {})
  );
}

/** A part as it is written in a suppression. */
export function partLine(part: Part): string {
  return lineOf(Object.fromEntries(PART_NAMES.map((name) => [name, part[name] ?? undefined])));
}

function partText(part: Part): string {
  const names = PART_NAMES.filter((name) => part[name] !== undefined);
  return names.length === 0 ? '' : ` (${names.map((name) => `${name} ${quoted(part[name])}`).join(', ')})`;
}

function lineOf(fields: Readonly<Record<string, string | null | undefined>>): string {
  const written = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${quoted(value)}`);
  return `{ ${written.join(', ')} }`;
}

function quoted(text: string | null | undefined): string {
  return text === null || text === undefined || /['\\]/.test(text) ? JSON.stringify(text) : `'${text}'`;
}
