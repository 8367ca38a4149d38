/**
 * IAM from AWS's reference a second time, and in another manner: operators are taken apart by their names, ranges of
 * addresses are numbers, wildcards are regular expressions. It shares no code with the judge, and knows no "unknown".
 */

export interface OracleStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface OracleRequest {
  /** Whom the request comes from, by every name that a policy may give: service names, account ids, ARNs. */
  readonly names: readonly string[];
  readonly action: string;
  readonly resource: string;
  /** Keys in lower case. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

export function oracle(
  statements: readonly OracleStatement[],
  request: OracleRequest,
): 'allow' | 'deny' | 'none' {
  const effects = new Set(
    statements.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect),
  );
  return effects.has('Deny') ? 'deny' : effects.has('Allow') ? 'allow' : 'none';
}

function applies(statement: OracleStatement, { names, action, resource, context }: OracleRequest): boolean {
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  if (NotPrincipal !== undefined ? lists(NotPrincipal, names) : !lists(Principal, names)) return false;
  if (Action ? !Action.some((one) => globbed(one, 'is').test(action)) : covered(NotAction, action, 'is'))
    return false;
  if (Resource ? !covered(Resource, resource, 's') : covered(NotResource, resource, 's')) return false;
  for (const operator of Object.keys(Condition)) {
    for (const [key, wanted] of Object.entries(Condition[operator] ?? {})) {
      if (!condition(operator, context[key.toLowerCase()] ?? [], wanted)) return false;
    }
  }
  return true;
}

function lists(principal: unknown, names: readonly string[]): boolean {
  if (principal === '*') return true;
  const { AWS = [], Service = [] } = principal as { AWS?: string | string[]; Service?: string | string[] };
  return [AWS].flat().includes('*') || [AWS, Service].flat().some((name) => names.includes(name));
}

function covered(patterns: readonly string[] = [], text: string, flags: string): boolean {
  return patterns.some((one) => globbed(one, flags).test(text));
}

function globbed(pattern: string, flags: string): RegExp {
  const source = [...pattern].map((c) =>
    c === '*' ? '.*' : c === '?' ? '.' : `\\u{${c.codePointAt(0)?.toString(16)}}`,
  );
  return new RegExp(`^${source.join('')}$`, `${flags}u`);
}

/** An absent key has no values. */
function condition(written: string, actuals: readonly string[], wanted: readonly string[]): boolean {
  const [set, name = ''] = written.includes(':') ? written.split(':') : [undefined, written];
  const mayBeAbsent = name.endsWith('IfExists');
  const bare = mayBeAbsent ? name.slice(0, -'IfExists'.length) : name;
  if (bare === 'Null') return wanted.some((value) => value === String(actuals.length === 0));
  const isNegated = /Not(?=Equals|Like)|^Not/.test(bare);
  const positive = bare.replace(/Not(?=Equals|Like)|^Not/, '');
  const one = (actual: string) => wanted.some((value) => compared(positive, actual, value)) !== isNegated;
  if (set === 'ForAllValues') return actuals.every(one);
  if (set === 'ForAnyValue') return actuals.some(one) || (mayBeAbsent && actuals.length === 0);
  return actuals[0] === undefined ? isNegated || mayBeAbsent : one(actuals[0]);
}

function compared(operator: string, actual: string, wanted: string): boolean {
  const [, kind = '', how = ''] = /^(String|Arn|Numeric|Date|Bool|IpAddress)(.*)$/.exec(operator) ?? [];
  if (kind === 'Bool') return actual === wanted.toLowerCase();
  if (kind === 'String') {
    if (how === 'Like') return globbed(wanted, 's').test(actual);
    return how === 'EqualsIgnoreCase' ? actual.toLowerCase() === wanted.toLowerCase() : actual === wanted;
  }
  if (kind === 'Arn') {
    const six = /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s;
    const [pattern, arn] = [six.exec(wanted), six.exec(actual)];
    return (
      pattern !== null &&
      arn !== null &&
      [1, 2, 3, 4, 5, 6].every((n) => globbed(pattern[n] ?? '', 's').test(arn[n] ?? ''))
    );
  }
  if (kind === 'IpAddress') {
    const [network = '', bits = '32'] = wanted.split('/');
    const size = 2 ** (32 - Number(bits));
    return Math.floor(numberOf(network) / size) === Math.floor(numberOf(actual) / size);
  }
  const difference =
    kind === 'Date' ? secondsOf(actual) - secondsOf(wanted) : Number(actual) - Number(wanted);
  if (difference === 0) return how.endsWith('Equals');
  return how.startsWith(difference < 0 ? 'LessThan' : 'GreaterThan');
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function secondsOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : new Date(text).getTime() / 1000;
}
