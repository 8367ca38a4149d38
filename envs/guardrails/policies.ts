/** Policy documents, wherever they stand and however they are written, as one kind of statement. */
import {
  type Block,
  blockOf,
  blocksOf,
  parseTemplate,
  type Resource,
  type StackGraph,
  soleReference,
  stringsOf,
} from './stack-graph.ts';

interface Condition {
  /** `StringEquals` */
  readonly test: string;
  /** In lower case, as IAM compares it: `aws:sourcearn`. */
  readonly key: string;
  readonly values: readonly string[];
}

export interface Principal {
  /** `Service`, `AWS`, `Federated`, or `*` for everybody. */
  readonly kind: string;
  readonly id: string;
}

export interface Statement {
  /** The Sid, or the statement's place. */
  readonly name: string;
  readonly allows: boolean;
  readonly principals: readonly Principal[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
  /** `NotAction`, `NotResource`, `NotPrincipal`: everything but a list. */
  readonly inverted: readonly string[];
}

/** `bucket` and `resource` stand on what they guard, `trust` on a role, `identity` on who may. */
export type PolicyKind = 'identity' | 'trust' | 'bucket' | 'resource';

export interface Policy {
  readonly resource: Resource;
  /** Undefined when it cannot be read from the stack. */
  readonly statements: readonly Statement[] | undefined;
}

/** Where policies stand: resource type and argument by kind. */
const PLACES: Readonly<Record<PolicyKind, readonly (readonly [type: string, argument: string])[]>> = {
  identity: [
    ['aws_iam_policy', 'policy'],
    ['aws_iam_role_policy', 'policy'],
    ['aws_iam_user_policy', 'policy'],
    ['aws_iam_group_policy', 'policy'],
  ],
  trust: [['aws_iam_role', 'assume_role_policy']],
  bucket: [
    ['aws_s3_bucket_policy', 'policy'],
    ['aws_s3_bucket', 'policy'],
  ],
  resource: [
    ['aws_secretsmanager_secret_policy', 'policy'],
    ['aws_secretsmanager_secret', 'policy'],
    ['aws_kms_key_policy', 'policy'],
    ['aws_kms_key', 'policy'],
    ['aws_sqs_queue_policy', 'policy'],
    ['aws_sqs_queue', 'policy'],
    ['aws_sns_topic_policy', 'policy'],
    ['aws_sns_topic', 'policy'],
    ['aws_dynamodb_resource_policy', 'policy'],
    ['aws_cloudwatch_event_bus_policy', 'policy'],
    ['aws_cloudwatch_log_resource_policy', 'policy_document'],
    ['aws_cloudwatch_log_delivery_destination_policy', 'delivery_destination_policy'],
  ],
};

/** Policies that were read already: a dozen rules ask for the same ones. */
const READ = new WeakMap<StackGraph, Map<PolicyKind, readonly Policy[]>>();

/** Every policy of these kinds in a stack. */
export function policiesIn(graph: StackGraph, ...kinds: readonly PolicyKind[]): Policy[] {
  const known = READ.get(graph) ?? new Map<PolicyKind, readonly Policy[]>();
  READ.set(graph, known);
  return kinds.flatMap((kind) => {
    const policies = known.get(kind) ?? readAll(graph, kind);
    known.set(kind, policies);
    return policies;
  });
}

function readAll(graph: StackGraph, kind: PolicyKind): readonly Policy[] {
  return PLACES[kind].flatMap(([type, argument]) =>
    graph
      .ofType(type)
      .filter(({ block }) => block[argument] !== undefined)
      .map((resource) => ({ resource, statements: readPolicy(graph, resource.block[argument]) })),
  );
}

/** Every statement of these kinds that allows, with the resource that carries it. */
export function allowancesIn(
  graph: StackGraph,
  ...kinds: readonly PolicyKind[]
): { readonly resource: Resource; readonly statement: Statement }[] {
  return policiesIn(graph, ...kinds).flatMap(({ resource, statements = [] }) =>
    statements.filter(({ allows }) => allows).map((statement) => ({ resource, statement })),
  );
}

/** Whether a statement speaks of everybody, whatever its conditions. */
export function isPublic({ principals, inverted }: Statement): boolean {
  return (
    inverted.includes('NotPrincipal') || principals.some(({ kind, id }) => kind !== 'Service' && id === '*')
  );
}

/** Whether a statement's actions, patterns included, cover an action. */
export function covers({ actions }: Pick<Statement, 'actions'>, action: string): boolean {
  const wanted = action.toLowerCase();
  return actions.some((pattern) => {
    // Most are no patterns, and there are hundreds.
    if (!/[*?]/.test(pattern)) return pattern.toLowerCase() === wanted;
    const parts = pattern
      .split(/([*?])/)
      .map((part) => ({ '*': '.*', '?': '.' })[part] ?? part.replaceAll(/[^a-z0-9]/gi, '\\$&'));
    return new RegExp(`^${parts.join('')}$`, 'i').test(action);
  });
}

/** The service that a statement lets in, by the names of those that it lets in. */
export function servicesOf({ principals }: Statement): string[] {
  return principals.filter(({ kind }) => kind === 'Service').map(({ id }) => id);
}

/** Whether a statement's conditions are these and no others: a further one narrows a denial. */
export function hasExactly(
  { conditions }: Statement,
  ...wanted: readonly (readonly [test: string, key: string, value: string])[]
): boolean {
  const written = ({ test, key, values }: Condition) => `${test} ${key} ${values.join()}`;
  const has = conditions.map(written).toSorted().join('\n');
  return (
    has ===
    wanted
      .map(([test, key, value]) => written({ test, key: key.toLowerCase(), values: [value] }))
      .toSorted()
      .join('\n')
  );
}

/** Whether a statement denies everybody these actions without TLS, on each of these resources. */
export function deniesPlainHttp(
  statement: Statement,
  actions: readonly string[],
  resources: readonly string[],
): boolean {
  return (
    deniesEverybody(statement) &&
    statement.actions.some((action) => actions.includes(action)) &&
    resources.every((resource) => statement.resources.includes(resource)) &&
    hasExactly(statement, ['Bool', 'aws:SecureTransport', 'false'])
  );
}

/** Whether a statement denies something to everybody, and not to everybody but a few. */
export function deniesEverybody({ allows, inverted, principals }: Statement): boolean {
  return (
    !allows && inverted.length === 0 && principals.some(({ kind, id }) => kind !== 'Service' && id === '*')
  );
}

/** Values that a condition demands exactly: no patterns, and not only if the key is there. */
export function exactValues({ conditions }: Statement, key: string): string[] {
  return conditions
    .filter(
      ({ test, key: found }) => found === key.toLowerCase() && /^(?:StringEquals|ArnEquals)$/.test(test),
    )
    .flatMap(({ values }) => values);
}

function readPolicy(graph: StackGraph, value: unknown): readonly Statement[] | undefined {
  const document = soleReference(value);
  if (document !== undefined) {
    const data = graph.at(document.address);
    if (data?.type !== 'aws_iam_policy_document' || document.attribute !== 'json') return undefined;
    return blocksOf(data.block.statement).map(fromDocument);
  }
  const parsed = typeof value === 'string' ? parseTemplate(value) : value;
  const { Statement } = blockOf(parsed);
  return Statement === undefined ? undefined : blocksOf(Statement).map(fromJson);
}

function fromJson(block: Block, index: number): Statement {
  return {
    name: nameOf(block.Sid, index),
    allows: block.Effect === 'Allow',
    principals: principalsOf(block.Principal),
    actions: stringsOf(block.Action),
    resources: stringsOf(block.Resource),
    conditions: Object.entries(blockOf(block.Condition)).flatMap(([test, keys]) =>
      Object.entries(blockOf(keys)).map(([key, values]) => ({
        test,
        key: key.toLowerCase(),
        values: (Array.isArray(values) ? values : [values]).map(String),
      })),
    ),
    inverted: ['NotAction', 'NotResource', 'NotPrincipal'].filter((key) => block[key] !== undefined),
  };
}

/** A statement of the provider's `aws_iam_policy_document`, whose effect is Allow unless it says otherwise. */
function fromDocument(block: Block, index: number): Statement {
  const inverted = { not_actions: 'NotAction', not_resources: 'NotResource', not_principals: 'NotPrincipal' };
  return {
    name: nameOf(block.sid, index),
    allows: block.effect !== 'Deny',
    principals: blocksOf(block.principals).flatMap(({ type, identifiers }) =>
      stringsOf(identifiers).map((id) => ({ kind: String(type), id })),
    ),
    actions: stringsOf(block.actions),
    resources: stringsOf(block.resources),
    conditions: blocksOf(block.condition).map(({ test, variable, values }) => ({
      test: String(test),
      key: String(variable).toLowerCase(),
      values: stringsOf(values),
    })),
    inverted: Object.entries(inverted)
      .filter(([key]) => block[key] !== undefined)
      .map(([, name]) => name),
  };
}

function principalsOf(value: unknown): Principal[] {
  if (typeof value === 'string') return [{ kind: value, id: value }];
  return Object.entries(blockOf(value)).flatMap(([kind, ids]) => stringsOf(ids).map((id) => ({ kind, id })));
}

function nameOf(sid: unknown, index: number): string {
  return typeof sid === 'string' && sid !== '' ? sid : `statement ${index + 1}`;
}
