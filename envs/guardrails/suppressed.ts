/** Which finding each suppression holds back: exactly one, or the suppression is refused. Pure. */
import { blocksOf } from '../../aws/stack/blocks.ts';
import type { StackGraph } from '../../aws/stack/stack-graph.ts';
import {
  behavioursOf,
  isWithin,
  originPart,
  PART_NAMES,
  type Part,
  samePart,
  statementPart,
} from './part.ts';
import { policiesIn } from './policies.ts';
import type { GuardrailViolation } from './rule.ts';
import { asSuppression, partLine, suppressionName } from './suppression-text.ts';
import { lastMoment, SUPPRESSIONS_FILE, type Suppression } from './suppressions.ts';

/** Why a suppression is refused. */
export interface SuppressionFault {
  readonly kind:
    | 'malformed'
    | 'no-such-rule'
    | 'no-such-stack'
    | 'no-such-resource'
    | 'no-such-part'
    | 'not-one-finding'
    | 'finds-nothing'
    | 'repeated';
  readonly suppression: Suppression;
  /** What is wrong, and what to do. */
  readonly message: string;
}

export interface SuppressionsJudged {
  readonly held: ReadonlyMap<GuardrailViolation, Suppression>;
  readonly faults: readonly SuppressionFault[];
}

interface Subject {
  readonly stack: string;
  readonly graph: StackGraph;
  readonly ruleIds: readonly string[];
  readonly violations: readonly GuardrailViolation[];
}

const REMEDY = `correct or remove it in ${SUPPRESSIONS_FILE}`;
const SHOWN_AT_MOST = 10;

/** What the suppressions of one stack hold back, each one finding, and which of them are refused. */
export function judgeSuppressions(list: readonly Suppression[], subject: Subject): SuppressionsJudged {
  const held = new Map<GuardrailViolation, Suppression>();
  const faults: SuppressionFault[] = [];
  for (const suppression of list.filter(({ stack }) => stack === subject.stack)) {
    const [found, ...more] = subject.violations.filter((violation) => names(suppression, violation));
    const fault = faultOf(suppression, found === undefined ? [] : [found, ...more], subject);
    if (fault !== null) faults.push(fault);
    else if (found !== undefined && held.has(found)) {
      faults.push(faulty(suppression, 'repeated', `names a finding that another one names: ${REMEDY}`));
    } else if (found !== undefined) held.set(found, suppression);
  }
  return { held, faults };
}

/** What is wrong with a suppression by its words alone. */
function malformedFaults(suppression: Suppression, ruleIds: readonly string[]): SuppressionFault[] {
  const { rule, stack, resource, reason, expires } = suppression;
  const fault = (kind: SuppressionFault['kind'], what: string) => faulty(suppression, kind, what);
  const empty = PART_NAMES.filter((name) => suppression[name] === '');
  return [
    ...(ruleIds.includes(rule) ? [] : [fault('no-such-rule', `names no rule: expected an id of ${README}`)]),
    ...(stack.trim() && resource.trim() ? [] : [fault('malformed', 'has no stack or no resource')]),
    ...empty.map((name) => fault('malformed', `has an empty ${name}`)),
    ...(reason.trim().length >= 10 && !PLACEHOLDER.test(reason)
      ? []
      : [fault('malformed', 'has no reason: expected why it is safe and what ends it')]),
    ...(lastMoment(expires) === null
      ? [fault('malformed', `expected a last day such as "2027-01-31", got ${JSON.stringify(expires)}`)]
      : []),
  ];
}

/** A suppression of a stack that does not exist. */
export function unknownStack(suppression: Suppression, stacks: readonly string[]): SuppressionFault {
  return faulty(suppression, 'no-such-stack', `names no stack: expected one of ${stacks.join(', ')}`);
}

const README = 'envs/guardrails/README.md';
const PLACEHOLDER = /^<.*>$/;

function names(suppression: Suppression, { rule, address, part = {} }: GuardrailViolation): boolean {
  return (
    suppression.rule === rule.id && suppression.resource === address && samePart(partOf(suppression), part)
  );
}

function faultOf(
  suppression: Suppression,
  named: readonly GuardrailViolation[],
  subject: Subject,
): SuppressionFault | null {
  const [malformed] = malformedFaults(suppression, subject.ruleIds);
  if (malformed !== undefined) return malformed;
  if (named.length === 1) return null;
  return named.length > 1 ? several(suppression, named, subject) : nothingNamed(suppression, subject);
}

function nothingNamed(suppression: Suppression, subject: Subject): SuppressionFault {
  const { rule, resource } = suppression;
  const { graph, violations } = subject;
  const there = violations.filter((one) => one.rule.id === rule && one.address === resource);
  const within = there.filter(({ part = {} }) => isWithin(part, partOf(suppression)));
  if (within.length > 0) return several(suppression, within, subject);
  if (there.length === 0 && !graph.has(resource)) {
    const [type = ''] = resource.split('.');
    const others = graph.ofType(type).map(({ address }) => address);
    return faulty(
      suppression,
      'no-such-resource',
      `names a resource that the stack does not have${listed(others)}`,
    );
  }
  const missing = missingPart(suppression, graph);
  if (missing !== null) return missing;
  const left = there.map(({ part = {} }) => partLine(part));
  return faulty(
    suppression,
    'finds-nothing',
    `matches no finding${left.length === 0 ? '' : ` (the rule finds ${shown(left)} there)`}: ${REMEDY}`,
  );
}

function several(
  suppression: Suppression,
  covered: readonly GuardrailViolation[],
  { stack, violations }: Subject,
): SuppressionFault {
  const lines = covered.map((one) => asSuppression(one, stack, violations));
  const count = covered.length === 1 ? 'a finding' : `${covered.length} findings`;
  return faulty(
    suppression,
    'not-one-finding',
    `covers ${count} without naming one whole: expected ${shown(lines, ', or ')}`,
  );
}

/** A behaviour, origin or statement that the resource does not have. */
function missingPart(suppression: Suppression, graph: StackGraph): SuppressionFault | null {
  const resource = graph.at(suppression.resource);
  if (resource === undefined) return null;
  const { block } = resource;
  const statements = policiesIn(graph, 'identity', 'trust', 'bucket', 'resource')
    .filter((policy) => policy.resource === resource)
    .flatMap((policy) => policy.statements ?? []);
  const there: readonly (readonly ['behaviour' | 'origin' | 'statement', readonly Part[]])[] = [
    ['behaviour', behavioursOf(block).map(({ part }) => part)],
    ['origin', blocksOf(block.origin).map(originPart)],
    ['statement', statements.map(statementPart)],
  ];
  const missing = there.find(
    ([name, parts]) =>
      suppression[name] !== undefined &&
      parts.length > 0 &&
      !parts.some((part) => part[name] === suppression[name]),
  );
  if (missing === undefined) return null;
  const [name, parts] = missing;
  const known = parts.flatMap((part) => part[name] ?? []);
  return faulty(
    suppression,
    'no-such-part',
    `names a ${name} that the resource does not have${listed(known)}`,
  );
}

function partOf(suppression: Suppression): Part {
  return Object.fromEntries(
    PART_NAMES.filter((name) => suppression[name] !== undefined).map((name) => [name, suppression[name]]),
  );
}

function faulty(suppression: Suppression, kind: SuppressionFault['kind'], what: string): SuppressionFault {
  return { kind, suppression, message: `${suppressionName(suppression)} ${what}` };
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? `: ${REMEDY}` : `: expected one of ${shown(names)}; ${REMEDY}`;
}

function shown(lines: readonly string[], separator = ', '): string {
  const more = lines.length - SHOWN_AT_MOST;
  return `${lines.slice(0, SHOWN_AT_MOST).join(separator)}${more > 0 ? ` and ${more} more` : ''}`;
}
