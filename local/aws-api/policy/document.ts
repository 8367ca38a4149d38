/** Reads a resource policy into what can be evaluated; whatever cannot is refused, never ignored. */
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

export interface PolicyDocument {
  /** As it was put, to be answered verbatim. */
  readonly text: string;
  readonly statements: readonly Statement[];
}

/** What one service takes in the policy of one of its resources. */
export interface PolicyRules {
  /** The only service whose actions a statement may name: `s3`, `kms`, … */
  readonly service: string;
  /** Whether a statement may name this as its `Resource`. */
  readonly takesResource: (resource: string) => boolean;
  /** Code of the service's error for a policy that it cannot read. */
  readonly malformedCode: string;
}

type JsonObject = Readonly<Record<string, unknown>>;
type Malformed = (message: string) => AwsError;

const STATEMENT_ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition']);
const TRUE_OR_FALSE = /^(true|false)$/i;

/** @throws AwsError the service's own for a malformed policy; 501 for elements, operators and keys not evaluated here */
export function parsePolicy(text: string, rules: PolicyRules): PolicyDocument {
  const malformed: Malformed = (message) => new AwsError(400, rules.malformedCode, message);
  const document = parseJson(text, malformed);
  const unknown = Object.keys(document).find((name) => !['Version', 'Id', 'Statement'].includes(name));
  if (unknown !== undefined) throw malformed(`Syntax errors in policy: unknown field ${unknown}`);
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return { text, statements: statements.map((statement) => parseStatement(statement, rules, malformed)) };
}

function parseStatement(statement: unknown, rules: PolicyRules, malformed: Malformed): Statement {
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
    principals: parsePrincipals(statement.Principal, malformed),
    actions: parseActions(statement.Action, rules, malformed),
    resources: parseResources(statement.Resource, rules, malformed),
    conditions: parseConditions(statement.Condition, malformed),
  };
}

function parsePrincipals(principal: unknown, malformed: Malformed): '*' | readonly string[] {
  if (principal === '*') return '*';
  if (!isObject(principal)) throw malformed('Missing required field Principal');
  const principals = Object.entries(principal).flatMap(([kind, value]) => {
    if (kind !== 'AWS' && kind !== 'Service') throw notImplemented(`the policy principal ${kind}`);
    const names = stringsOf(value, malformed('Invalid principal in policy'));
    const form =
      kind === 'Service' ? /^[a-z0-9.-]+\.amazonaws\.com$/ : /^(\*|\d{12}|arn:aws:(iam|sts)::\d{12}:.+)$/;
    if (!names.every((name) => form.test(name))) throw malformed('Invalid principal in policy');
    return names;
  });
  return principals.includes('*') ? '*' : principals;
}

function parseActions(action: unknown, { service }: PolicyRules, malformed: Malformed): readonly string[] {
  const actions = stringsOf(action, malformed('Missing required field Action'));
  const form = new RegExp(`^${service}:[a-z*?]+$`, 'i');
  if (!actions.every((name) => name === '*' || form.test(name))) throw malformed('Policy has invalid action');
  return actions;
}

function parseResources(resource: unknown, rules: PolicyRules, malformed: Malformed): readonly string[] {
  const resources = stringsOf(resource, malformed('Missing required field Resource'));
  for (const arn of resources) {
    if (arn.includes('${')) throw notImplemented('policy variables');
    if (!rules.takesResource(arn)) throw malformed('Policy has invalid resource');
  }
  return resources;
}

function parseConditions(condition: unknown, malformed: Malformed): readonly Condition[] {
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
    const isTruth = each.operator === 'Null' || each.operator.startsWith('Bool');
    if (isTruth && !each.values.every((value) => TRUE_OR_FALSE.test(value)))
      throw malformed('Invalid Condition');
  }
  return conditions;
}

function stringsOf(value: unknown, complaint: AwsError): readonly string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((item) => typeof item === 'string')) throw complaint;
  return list;
}

function parseJson(text: string, malformed: Malformed): JsonObject {
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
