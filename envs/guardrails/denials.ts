/**
 * What a service may do by the policies of a stack, Denies and all. References are not resolved before an
 * apply, so an ARN of the form that AWS gives takes the place of each, in the policies and in what is asked alike.
 */
import type { Condition } from '../../aws/iam/conditions.ts';
import type { Statement } from '../../aws/iam/document.ts';
import { type Judgement, judge } from '../../aws/iam/evaluate.ts';
import type { Resource, StackGraph } from '../../aws/stack/stack-graph.ts';
import type { Policy } from './policies.ts';

export interface ServiceUse {
  /** `cloudfront.amazonaws.com` */
  readonly service: string;
  readonly action: string;
  /** As a policy has it, with its references. */
  readonly resource: string;
  /** What the service acts for; null if it names none, or it is not known here. */
  readonly source: Resource | null;
}

/** The statement that denies the use, or that may deny it as far as the stack shows; null if there is none. */
export function denialOf(graph: StackGraph, policies: readonly Policy[], use: ServiceUse): Statement | null {
  const judgement = judgeUse(graph, policies, use);
  if (judgement.decision === 'none' || judgement.by.effect === 'Allow') return null;
  // Without its source, conditions on that are as open as they are.
  return judgement.decision === 'unknown' && use.source === null ? null : judgement.by;
}

/** What the policies come to for a service. */
export function judgeUse(graph: StackGraph, policies: readonly Policy[], use: ServiceUse): Judgement {
  const documents = policies.map(({ statements = [], hasVariables }) => ({
    statements: statements
      .filter((statement) => !isAboutTls(statement))
      .map((statement) => withArns(graph, statement)),
    hasVariables,
  }));
  const sourceArn = use.source === null ? undefined : arnOf(graph, use.source);
  return judge(documents, {
    principal: {
      kind: 'service',
      service: use.service,
      sourceArn,
      sourceAccount: use.source === null ? undefined : accountOf(graph),
    },
    action: use.action,
    resource: textWithArns(graph, use.resource),
    otherKeys: 'unknown',
  });
}

/** What plain HTTP is denied by is judged by the rules on TLS. */
function isAboutTls({ conditions }: Statement): boolean {
  return conditions.length === 1 && conditions[0]?.key === 'aws:securetransport';
}

function withArns(graph: StackGraph, statement: Statement): Statement {
  const text = (value: string) => textWithArns(graph, value);
  const texts = (values: readonly string[] | null) => values?.map(text) ?? null;
  const condition = (one: Condition): Condition => ({ ...one, values: one.values.map(text) });
  const principals = statement.principals.map(({ kind, id }) => ({ kind, id: text(id) }));
  const notPrincipals = statement.notPrincipals?.map(({ kind, id }) => ({ kind, id: text(id) })) ?? null;
  return {
    ...statement,
    principals,
    notPrincipals,
    resources: statement.resources.map(text),
    notResources: texts(statement.notResources),
    conditions: statement.conditions.map(condition),
  };
}

/** `$${…}` is how Terraform writes what IAM reads as `${…}`. */
function textWithArns(graph: StackGraph, text: string): string {
  return text.replaceAll(/\$\$\{|\$\{([^{}]*)\}/g, (written, expression?: string) => {
    if (expression === undefined) return '${';
    const [, address = '', attribute = ''] = /^([\w-]+\.[\w-]+)\.([\w-]+)$/.exec(expression) ?? [];
    const resource = attribute === 'arn' ? graph.at(address) : undefined;
    return resource === undefined
      ? `known-after-apply-${written.replaceAll(/[^\w.-]/g, '')}`
      : arnOf(graph, resource);
  });
}

function arnOf(graph: StackGraph, { type, address }: Resource): string {
  const name = address.replaceAll(/[^\w-]/g, '-');
  if (type === 'aws_s3_bucket') return `arn:aws:s3:::${name}`;
  if (type === 'aws_cloudfront_distribution') {
    return `arn:aws:cloudfront::${accountOf(graph)}:distribution/${name}`;
  }
  const service = type.split('_')[1] ?? '';
  return `arn:aws:${service}:eu-central-1:${accountOf(graph)}:${name}`;
}

function accountOf(graph: StackGraph): string {
  const [account = '000000000000'] = graph.accounts;
  return account;
}
