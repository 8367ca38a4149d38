/** Policy documents, wherever they stand and however they are written, as the statements that the judge reads. */
import { type PolicyPrincipal, readDocument, type Statement } from '../../aws/iam/document.ts';
import { PolicyError } from '../../aws/iam/policy-error.ts';
import { type Block, blocksOf, stringsOf } from '../../aws/stack/blocks.ts';
import { hiddenIn } from '../../aws/stack/hidden.ts';
import type { Resource, StackGraph } from '../../aws/stack/stack-graph.ts';
import { parseTemplate, soleReference } from '../../aws/stack/template.ts';

export {
  covers,
  deniesEverybody,
  deniesPlainHttp,
  exactValues,
  hasExactly,
  invertedIn,
  isPublic,
  servicesOf,
} from '../../aws/iam/statement.ts';
export type { PolicyPrincipal, Statement };

/** `bucket` and `resource` stand on what they guard, `trust` on a role, `identity` on who may. */
export type PolicyKind = 'identity' | 'trust' | 'bucket' | 'resource';

export interface Policy {
  readonly resource: Resource;
  /** Undefined when it cannot be read from the stack. */
  readonly statements: readonly Statement[] | undefined;
  /** Whether a `${…}` that does not belong to Terraform is an IAM policy variable. */
  readonly hasVariables: boolean;
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
      .map((resource) => ({ resource, ...readPolicy(graph, resource.block[argument]) })),
  );
}

/** Every statement of these kinds that allows, with the resource that carries it. */
export function allowancesIn(
  graph: StackGraph,
  ...kinds: readonly PolicyKind[]
): { readonly resource: Resource; readonly statement: Statement }[] {
  return policiesIn(graph, ...kinds).flatMap(({ resource, statements = [] }) =>
    statements.filter(({ effect }) => effect === 'Allow').map((statement) => ({ resource, statement })),
  );
}

type ReadPolicy = Pick<Policy, 'statements' | 'hasVariables'>;

const UNREAD: ReadPolicy = { statements: undefined, hasVariables: false };

function readPolicy(graph: StackGraph, value: unknown): ReadPolicy {
  const document = soleReference(value);
  if (document !== undefined) {
    const data = graph.at(document.address);
    if (data?.type !== 'aws_iam_policy_document' || document.attribute !== 'json') return UNREAD;
    return isWhole(data.block) ? readJson(asJson(data.block)) : UNREAD;
  }
  return readJson(typeof value === 'string' ? parseTemplate(value) : value);
}

/** What AWS would refuse is not read either. */
function readJson(document: unknown): ReadPolicy {
  try {
    return readDocument(document);
  } catch (error) {
    if (error instanceof PolicyError) return UNREAD;
    throw error;
  }
}

/** By these the provider takes statements from elsewhere, or replaces those that are there. */
const MERGED = ['source_policy_documents', 'override_policy_documents', 'source_json', 'override_json'];

/** Whether every statement of an `aws_iam_policy_document` is written out in its block. */
function isWhole(block: Block): boolean {
  return MERGED.every((argument) => block[argument] === undefined) && hiddenIn(block).length === 0;
}

/** What the provider makes of its `aws_iam_policy_document`; the effect is Allow unless it says otherwise. */
function asJson({ version = '2012-10-17', statement }: Block): Block {
  return { Version: version, Statement: blocksOf(statement).map(statementAsJson) };
}

function statementAsJson(block: Block): Block {
  return withoutUndefined({
    Sid: block.sid,
    Effect: block.effect ?? 'Allow',
    Principal: principalsAsJson(block.principals),
    NotPrincipal: principalsAsJson(block.not_principals),
    Action: block.actions,
    NotAction: block.not_actions,
    Resource: block.resources,
    NotResource: block.not_resources,
    Condition: conditionsAsJson(block.condition),
  });
}

function principalsAsJson(value: unknown): Block | undefined {
  const blocks = blocksOf(value);
  if (blocks.length === 0) return undefined;
  const kinds = [...new Set(blocks.map(({ type }) => String(type)))];
  const identifiers = (kind: string) =>
    blocks.filter(({ type }) => String(type) === kind).flatMap((one) => stringsOf(one.identifiers));
  return Object.fromEntries(kinds.map((kind) => [kind, identifiers(kind)]));
}

/** Two blocks about one key are two conditions in the provider's JSON as well, or one with the values of both. */
function conditionsAsJson(value: unknown): Block | undefined {
  const operators: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of blocksOf(value)) {
    const operator = String(test);
    const key = String(variable);
    operators[operator] = {
      ...operators[operator],
      [key]: [...(operators[operator]?.[key] ?? []), ...stringsOf(values)],
    };
  }
  return Object.keys(operators).length === 0 ? undefined : operators;
}

function withoutUndefined(block: Block): Block {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined));
}
