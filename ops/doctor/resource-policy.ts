/**
 * Does a bucket's or a key's policy let CloudFront in, for this distribution exactly? Pure; for CloudFront's own reads
 * alone, and strict: a statement with a condition that is not understood here lets nobody in and is named.
 */

export interface CloudFrontRead {
  readonly action: 's3:GetObject' | 'kms:Decrypt';
  /** ARN of the object; null for a key, whose policy is about itself. */
  readonly resource: string | null;
  readonly distributionArn: string;
}

/** `elsewhere`: it lets CloudFront in for these distributions, and not for this one. */
export type PolicyFinding =
  | { readonly verdict: 'allowed' }
  | { readonly verdict: 'denied'; readonly sid: string }
  | { readonly verdict: 'elsewhere'; readonly sourceArns: readonly string[] }
  | { readonly verdict: 'nobody' }
  | { readonly verdict: 'unread'; readonly why: string };

type JsonObject = Readonly<Record<string, unknown>>;

/** @param policy - its text; null for none */
export function readAccess(policy: string | null, read: CloudFrontRead): PolicyFinding {
  if (policy === null) return { verdict: 'nobody' };
  const statements = statementsOf(policy);
  if (statements === null) return { verdict: 'unread', why: 'not JSON with statements' };
  const concerned = statements.filter((statement) => concerns(statement, read));
  const deny = concerned.find(
    (statement) => statement.Effect === 'Deny' && conditionOf(statement, read) === 'met',
  );
  if (deny !== undefined) return { verdict: 'denied', sid: sidOf(deny) };
  const allows = concerned.filter(
    (statement) => statement.Effect === 'Allow' && namesCloudFront(statement.Principal),
  );
  if (allows.some((statement) => conditionOf(statement, read) === 'met')) return { verdict: 'allowed' };
  const unknown = concerned.find((statement) => conditionOf(statement, read) === 'unknown');
  if (unknown !== undefined) {
    return { verdict: 'unread', why: `statement "${sidOf(unknown)}" has a condition that is not known here` };
  }
  const sourceArns = allows.flatMap(sourceArnsOf);
  return sourceArns.length > 0 ? { verdict: 'elsewhere', sourceArns } : { verdict: 'nobody' };
}

function statementsOf(policy: string): JsonObject[] | null {
  try {
    const document: unknown = JSON.parse(policy);
    const found = isObject(document) ? document.Statement : undefined;
    return (Array.isArray(found) ? found : [found]).filter(isObject);
  } catch {
    return null;
  }
}

function concerns(statement: JsonObject, { action, resource }: CloudFrontRead): boolean {
  const principal = statement.Principal;
  const isForCloudFront = namesCloudFront(principal) || isEverybody(principal);
  return (
    isForCloudFront &&
    listOf(statement.Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    (resource === null || listOf(statement.Resource).some((pattern) => matches(pattern, resource)))
  );
}

function namesCloudFront(principal: unknown): boolean {
  return isObject(principal) && listOf(principal.Service).includes('cloudfront.amazonaws.com');
}

function isEverybody(principal: unknown): boolean {
  return principal === '*' || (isObject(principal) && listOf(principal.AWS).includes('*'));
}

/** CloudFront comes over TLS, as a service of AWS, for one distribution. */
function conditionOf(
  { Condition }: JsonObject,
  { distributionArn }: CloudFrontRead,
): 'met' | 'unmet' | 'unknown' {
  if (Condition === undefined) return 'met';
  if (!isObject(Condition)) return 'unknown';
  const context = new Map([
    ['aws:sourcearn', distributionArn],
    ['aws:sourceaccount', distributionArn.split(':')[4] ?? ''],
    ['aws:securetransport', 'true'],
    ['aws:principalisawsservice', 'true'],
    ['s3:tlsversion', '1.3'],
  ]);
  const results = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, wanted]) =>
      compare(operator, context.get(key.toLowerCase()), listOf(wanted)),
    ),
  );
  if (results.includes('unmet')) return 'unmet';
  return results.includes('unknown') ? 'unknown' : 'met';
}

function compare(
  operator: string,
  got: string | undefined,
  wanted: readonly string[],
): 'met' | 'unmet' | 'unknown' {
  if (got === undefined) return 'unknown';
  const is = (yes: boolean) => (yes ? 'met' : 'unmet');
  switch (operator) {
    case 'StringEquals':
    case 'ArnEquals':
    case 'ArnLike':
    case 'StringLike':
      return is(
        wanted.some((pattern) => (operator === 'StringEquals' ? pattern === got : matches(pattern, got))),
      );
    case 'StringNotEquals':
    case 'ArnNotEquals':
    case 'ArnNotLike':
    case 'StringNotLike':
      return is(!wanted.some((pattern) => matches(pattern, got)));
    case 'Bool':
    case 'BoolIfExists':
      return is(wanted.some((value) => value.toLowerCase() === got));
    case 'NumericLessThan':
      return is(wanted.some((value) => Number(got) < Number(value)));
    default:
      return 'unknown';
  }
}

function sourceArnsOf({ Condition }: JsonObject): string[] {
  if (!isObject(Condition)) return [];
  return Object.values(Condition).flatMap((keys) =>
    Object.entries(isObject(keys) ? keys : {})
      .filter(([key]) => key.toLowerCase() === 'aws:sourcearn')
      .flatMap(([, values]) => listOf(values)),
  );
}

/** `*` for any run of characters, `?` for one. */
function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

function sidOf({ Sid }: JsonObject): string {
  return typeof Sid === 'string' ? Sid : 'without a Sid';
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
