/** Reads a policy document into what can be evaluated. Pure. */
import type { Condition } from './conditions.ts';
import { malformed } from './policy-error.ts';

export interface PolicyPrincipal {
  /** `Service`, `AWS`, `Federated`, `CanonicalUser`, or `*` for everybody. */
  readonly kind: string;
  readonly id: string;
}

export interface Statement {
  /** The Sid, or the statement's place. */
  readonly name: string;
  readonly effect: 'Allow' | 'Deny';
  /** Empty in an identity policy, and beside a `NotPrincipal`. */
  readonly principals: readonly PolicyPrincipal[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
  /** Everything but these; null where the statement does not say so. */
  readonly notPrincipals: readonly PolicyPrincipal[] | null;
  readonly notActions: readonly string[] | null;
  readonly notResources: readonly string[] | null;
}

export interface PolicyDocument {
  /** As it was put, to be answered verbatim. */
  readonly text: string;
  /** Whether `${…}` is a variable: since version 2012-10-17, and only in a document that says so. */
  readonly hasVariables: boolean;
  readonly statements: readonly Statement[];
}

type JsonObject = Readonly<Record<string, unknown>>;

const DOCUMENT_ELEMENTS = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html */
const VERSIONS = ['2008-10-17', '2012-10-17'];

/** @throws PolicyError for what AWS would refuse, in its words */
export function readPolicy(text: string): PolicyDocument {
  return { text, ...readDocument(parseJson(text)) };
}

/**
 * The same of a document that was parsed already.
 *
 * @throws PolicyError for what AWS would refuse
 */
export function readDocument(document: unknown): Omit<PolicyDocument, 'text'> {
  if (!isObject(document)) throw malformed('Policies must be a JSON object');
  refuseOthers(document, DOCUMENT_ELEMENTS);
  const { Version: version, Statement: found } = document;
  if (version !== undefined && !VERSIONS.includes(String(version))) {
    throw malformed('The policy must contain a valid version string');
  }
  const statements = Array.isArray(found) ? found : [found];
  return { hasVariables: version === '2012-10-17', statements: statements.map(readStatement) };
}

function readStatement(statement: unknown, index: number): Statement {
  if (!isObject(statement)) throw malformed('Missing required field Statement');
  refuseOthers(statement, STATEMENT_ELEMENTS);
  const { Sid: sid, Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed('Invalid effect in policy');
  if (statement.Action === undefined && statement.NotAction === undefined)
    throw malformed('Missing required field Action');
  const strings = (element: string) =>
    statement[element] === undefined ? null : stringsOf(statement[element], element);
  return {
    name: typeof sid === 'string' && sid !== '' ? sid : `statement ${index + 1}`,
    effect,
    principals: statement.Principal === undefined ? [] : readPrincipals(statement.Principal),
    actions: strings('Action') ?? [],
    resources: strings('Resource') ?? [],
    conditions: readConditions(statement.Condition),
    notPrincipals: statement.NotPrincipal === undefined ? null : readPrincipals(statement.NotPrincipal),
    notActions: strings('NotAction'),
    notResources: strings('NotResource'),
  };
}

function readPrincipals(principal: unknown): PolicyPrincipal[] {
  if (principal === '*') return [{ kind: '*', id: '*' }];
  if (!isObject(principal)) throw malformed('Invalid principal in policy');
  return Object.entries(principal).flatMap(([kind, ids]) =>
    stringsOf(ids, 'Principal').map((id) => ({ kind, id })),
  );
}

function readConditions(condition: unknown): Condition[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) throw malformed('Invalid Condition');
  return Object.entries(condition).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw malformed('Invalid Condition');
    return Object.entries(keys).map(([key, values]) => {
      const list: unknown[] = Array.isArray(values) ? values : [values];
      if (!list.every((value) => ['string', 'number', 'boolean'].includes(typeof value)))
        throw malformed('Invalid Condition');
      return { operator, key: key.toLowerCase(), values: list.map(String) };
    });
  });
}

function refuseOthers(object: JsonObject, elements: ReadonlySet<string>): void {
  const unknown = Object.keys(object).find((name) => !elements.has(name));
  if (unknown !== undefined) throw malformed(`Syntax errors in policy: unknown field ${unknown}`);
}

function stringsOf(value: unknown, element: string): readonly string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((item) => typeof item === 'string')) {
    throw malformed(`Policy has invalid ${element.replace('Not', '').toLowerCase()}`);
  }
  return list;
}

function parseJson(text: string): unknown {
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
