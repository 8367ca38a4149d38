/**
 * The policy document of a form upload: what the form may say and how big the file may be. Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
import { AwsError } from '../aws-error.ts';

export interface SizeRange {
  readonly minBytes: number;
  readonly maxBytes: number;
}

type Match = {
  readonly kind: 'eq' | 'starts-with';
  readonly field: string;
  readonly value: string;
  readonly source: unknown;
};

interface PostPolicy {
  readonly expiresAt: Date;
  readonly matches: readonly Match[];
  readonly sizeRange: SizeRange | null;
}

/** Fields that the policy need not mention. */
const EXEMPT_FIELDS = new Set(['policy', 'x-amz-signature', 'file']);
const IGNORED_PREFIX = 'x-ignore-';

/**
 * The size range that the file must keep.
 *
 * @param fields by name in lower case, with the bucket of the address as `bucket`
 * @throws AwsError AccessDenied ("Invalid according to Policy: …") or InvalidPolicyDocument, as S3 has them
 */
export function requirePolicyMet(
  base64: string,
  fields: ReadonlyMap<string, string>,
  now: Date,
): SizeRange | null {
  const policy = parsePostPolicy(base64);
  if (now >= policy.expiresAt) throw denied('Policy expired.');
  for (const match of policy.matches) {
    const value = fields.get(match.field) ?? '';
    const isMet = match.kind === 'eq' ? value === match.value : value.startsWith(match.value);
    if (!isMet) throw denied(`Policy Condition failed: ${JSON.stringify(match.source)}`);
  }
  const mentioned = new Set(policy.matches.map(({ field }) => field));
  const extra = [...fields.keys()].filter(
    (name) =>
      name !== 'bucket' &&
      !mentioned.has(name) &&
      !EXEMPT_FIELDS.has(name) &&
      !name.startsWith(IGNORED_PREFIX),
  );
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return policy.sizeRange;
}

function parsePostPolicy(base64: string): PostPolicy {
  const document = parseJson(Buffer.from(base64, 'base64').toString('utf8'));
  const { expiration, conditions } = document;
  const expiresAt = new Date(typeof expiration === 'string' ? expiration : Number.NaN);
  if (Number.isNaN(expiresAt.getTime())) throw invalid('Policy missing expiration or its form is wrong');
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.');
  const matches: Match[] = [];
  let sizeRange: SizeRange | null = null;
  for (const condition of conditions as unknown[]) {
    if (Array.isArray(condition) && condition[0] === 'content-length-range')
      sizeRange = parseSizeRange(condition);
    else if (Array.isArray(condition)) matches.push(parseMatch(condition));
    else matches.push(...parseEqualities(condition));
  }
  return { expiresAt, matches, sizeRange };
}

function parseSizeRange(condition: readonly unknown[]): SizeRange {
  const [minBytes, maxBytes] = condition.slice(1).map(Number);
  if (condition.length !== 3 || !Number.isInteger(minBytes) || !Number.isInteger(maxBytes)) {
    throw invalid('Invalid content-length-range.');
  }
  return { minBytes: minBytes ?? 0, maxBytes: maxBytes ?? 0 };
}

function parseMatch(condition: readonly unknown[]): Match {
  const [kind, field, value] = condition;
  if ((kind !== 'eq' && kind !== 'starts-with') || typeof field !== 'string' || typeof value !== 'string') {
    throw invalid(`Invalid condition ${JSON.stringify(condition)}`);
  }
  if (!field.startsWith('$')) throw invalid(`Invalid condition ${JSON.stringify(condition)}`);
  return { kind, field: field.slice(1).toLowerCase(), value, source: condition };
}

/** `{ "field": "value" }` is short for `["eq", "$field", "value"]`. */
function parseEqualities(condition: unknown): readonly Match[] {
  if (typeof condition !== 'object' || condition === null) throw invalid('Invalid condition.');
  return Object.entries(condition).map(([field, value]) => ({
    kind: 'eq' as const,
    field: field.toLowerCase(),
    value: String(value),
    source: ['eq', `$${field}`, value],
  }));
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null) return document as Record<string, unknown>;
  } catch {
    // Falls through to S3's own words.
  }
  throw invalid('Invalid JSON.');
}

function denied(reason: string): AwsError {
  return new AwsError(403, 'AccessDenied', `Invalid according to Policy: ${reason}`);
}

function invalid(reason: string): AwsError {
  return new AwsError(400, 'InvalidPolicyDocument', `Invalid Policy: ${reason}`);
}
