/** Reads a bucket policy into what can be evaluated; whatever cannot is refused, never ignored. */
import { AwsError, notImplemented } from '../aws-error.ts';
import { type Condition, requireKnownCondition } from './conditions.ts';

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** `*` for everybody, else account ids, ARNs and service names. */
  readonly principals: '*' | readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
}

export interface BucketPolicy {
  /** As it was put, to be answered verbatim. */
  readonly text: string;
  readonly statements: readonly Statement[];
}

type JsonObject = Readonly<Record<string, unknown>>;

const STATEMENT_ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition']);

/** @throws AwsError MalformedPolicy as S3 has it; 501 for elements, operators and keys that are not evaluated here */
export function parseBucketPolicy(text: string, bucket: string): BucketPolicy {
  const document = parseJson(text);
  const unknown = Object.keys(document).find((name) => !['Version', 'Id', 'Statement'].includes(name));
  if (unknown !== undefined) throw malformed(`Syntax errors in policy: unknown field ${unknown}`);
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return { text, statements: statements.map((statement) => parseStatement(statement, bucket)) };
}

function parseStatement(statement: unknown, bucket: string): Statement {
  if (!isObject(statement)) throw malformed('Missing required field Statement');
  for (const element of Object.keys(statement)) {
    if (element.startsWith('Not')) throw notImplemented(`the policy element ${element}`);
    if (!STATEMENT_ELEMENTS.has(element))
      throw malformed(`Syntax errors in policy: unknown field ${element}`);
  }
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed('Invalid effect in policy');
  return {
    effect,
    principals: parsePrincipals(statement.Principal),
    actions: parseActions(statement.Action),
    resources: parseResources(statement.Resource, bucket),
    conditions: parseConditions(statement.Condition),
  };
}

function parsePrincipals(principal: unknown): '*' | readonly string[] {
  if (principal === '*') return '*';
  if (!isObject(principal)) throw malformed('Missing required field Principal');
  const principals = Object.entries(principal).flatMap(([kind, value]) => {
    if (kind !== 'AWS' && kind !== 'Service') throw notImplemented(`the policy principal ${kind}`);
    const names = stringsOf(value, 'Invalid principal in policy');
    const form =
      kind === 'Service' ? /^[a-z0-9.-]+\.amazonaws\.com$/ : /^(\*|\d{12}|arn:aws:(iam|sts)::\d{12}:.+)$/;
    if (!names.every((name) => form.test(name))) throw malformed('Invalid principal in policy');
    return names;
  });
  return principals.includes('*') ? '*' : principals;
}

function parseActions(action: unknown): readonly string[] {
  const actions = stringsOf(action, 'Missing required field Action');
  if (!actions.every((name) => name === '*' || /^s3:[A-Za-z*?]+$/i.test(name))) {
    throw malformed('Policy has invalid action');
  }
  return actions;
}

function parseResources(resource: unknown, bucket: string): readonly string[] {
  const resources = stringsOf(resource, 'Missing required field Resource');
  for (const arn of resources) {
    if (arn.includes('${')) throw notImplemented('policy variables');
    const ownArn = `arn:aws:s3:::${bucket}`;
    if (arn !== ownArn && !arn.startsWith(`${ownArn}/`)) throw malformed('Policy has invalid resource');
  }
  return resources;
}

function parseConditions(condition: unknown): readonly Condition[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) throw malformed('Invalid Condition');
  const conditions = Object.entries(condition).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw malformed('Invalid Condition');
    return Object.entries(keys).map(([key, values]) => {
      const list = (Array.isArray(values) ? values : [values]).map(String);
      return { operator, key: key.toLowerCase(), values: list };
    });
  });
  for (const each of conditions) {
    requireKnownCondition(each);
    if (each.values.some((value) => value.includes('${'))) throw notImplemented('policy variables');
  }
  return conditions;
}

function stringsOf(value: unknown, complaint: string): readonly string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((item) => typeof item === 'string')) throw malformed(complaint);
  return list;
}

function parseJson(text: string): JsonObject {
  try {
    const document: unknown = JSON.parse(text);
    if (isObject(document)) return document;
  } catch {
    // Falls through to S3's own words.
  }
  throw malformed("Policies must be valid JSON and the first byte must be '{'");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(message: string): AwsError {
  return new AwsError(400, 'MalformedPolicy', message);
}
