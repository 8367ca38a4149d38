/**
 * Event patterns: which events a rule takes. A filter that is not evaluated here is refused when the rule is put.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
import { AwsError, notImplemented } from '../../../../local/aws-api/aws-error.ts';
import { ownValue } from '../../../../local/aws-api/own.ts';

/** Expected values by field; `$or` has patterns, and one of them must match. */
export type EventPattern = {
  readonly [field: string]: EventPattern | readonly Filter[] | readonly EventPattern[];
};
type Filter = Scalar | NamedFilter;
type Scalar = string | number | boolean | null;
type NamedFilter = Readonly<Record<string, unknown>>;

type FilterForm = (wanted: unknown, found: unknown) => boolean;

const NAMED_FILTERS: ReadonlyMap<string, FilterForm> = new Map(
  Object.entries({
    prefix: (wanted: unknown, found: unknown) => isText(found) && found.startsWith(String(wanted)),
    suffix: (wanted: unknown, found: unknown) => isText(found) && found.endsWith(String(wanted)),
    'equals-ignore-case': (wanted: unknown, found: unknown) =>
      isText(found) && found.toLowerCase() === String(wanted).toLowerCase(),
    'anything-but': (wanted: unknown, found: unknown) =>
      found !== undefined && !(Array.isArray(wanted) ? wanted : [wanted]).includes(found),
    wildcard: (wanted: unknown, found: unknown) => isText(found) && asExpression(String(wanted)).test(found),
    exists: (wanted: unknown, found: unknown) => (found !== undefined) === wanted,
  }),
);

/** @throws AwsError InvalidEventPatternException as EventBridge has it; 501 for a filter that is not evaluated here */
export function parseEventPattern(text: string): EventPattern {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw invalid('Event pattern is not valid. Reason: not JSON');
  }
  if (!isObject(pattern)) throw invalid('Event pattern is not valid. Reason: Filter is not an object');
  requireKnown(pattern);
  return pattern as EventPattern;
}

/** Whether every field of the pattern takes what the event has there. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return alternatives(wanted).some((each) => matchesPattern(each, event));
    const found = isObject(event) ? ownValue(event, field) : undefined;
    if (!Array.isArray(wanted)) return matchesPattern(wanted as EventPattern, found);
    return (Array.isArray(found) ? found : [found]).some((each) =>
      wanted.some((filter) => takes(filter, each)),
    );
  });
}

function takes(filter: Filter, found: unknown): boolean {
  if (!isObject(filter)) return filter === found;
  return Object.entries(filter).every(([name, wanted]) => NAMED_FILTERS.get(name)?.(wanted, found) ?? false);
}

function requireKnown(pattern: Readonly<Record<string, unknown>>): void {
  for (const [field, wanted] of Object.entries(pattern)) {
    if (field === '$or') alternatives(wanted).forEach(requireKnown);
    else if (isObject(wanted)) requireKnown(wanted);
    else if (!Array.isArray(wanted) || wanted.length === 0) {
      throw invalid(`Event pattern is not valid. Reason: "${field}" must be an object or an array`);
    } else wanted.filter(isObject).forEach(requireKnownFilter);
  }
}

function requireKnownFilter(filter: NamedFilter): void {
  for (const [name, wanted] of Object.entries(filter)) {
    const isPlain = !isObject(wanted) && !(Array.isArray(wanted) && wanted.some(isObject));
    if (!NAMED_FILTERS.has(name) || !isPlain) throw notImplemented(`the event pattern filter ${name}`);
  }
}

function alternatives(wanted: unknown): readonly EventPattern[] {
  if (Array.isArray(wanted) && wanted.length > 1 && wanted.every(isObject)) return wanted as EventPattern[];
  throw invalid('Event pattern is not valid. Reason: "$or" must be an array of at least two objects');
}

/** A `*` is any run of characters, and itself behind a backslash. */
function asExpression(wildcard: string): RegExp {
  const parts = wildcard.match(/\\[*\\]|\*|[^*\\]+|\\/g) ?? [];
  const source = parts.map((part) => (part === '*' ? '.*' : literal(part.replace(/^\\(?=.)/, ''))));
  return new RegExp(`^${source.join('')}$`, 's');
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'InvalidEventPatternException', message);
}
