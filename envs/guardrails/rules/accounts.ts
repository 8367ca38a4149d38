/** Other accounts: nobody there is allowed access, given a key, or sent a copy. */

import { type Block, blockOf, blocksOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { soleReference } from '../../../aws/stack/template.ts';
import { accountIn } from '../../../aws/values/arns.ts';
import { nameOf, statementPart } from '../part.ts';
import { allowancesIn, policiesIn } from '../policies.ts';
import { at, type Finding, type Judged, type Rule, reference, show, unless, within } from '../rule.ts';
import { readersIn } from './readers.ts';

/** Arguments that name who gets something, outside of any policy. */
const RECEIVERS: Readonly<Record<string, readonly string[]>> = {
  aws_kms_grant: ['grantee_principal', 'retiring_principal'],
  aws_cloudwatch_event_permission: ['principal'],
  aws_cloudwatch_event_target: ['arn'],
  aws_ram_principal_association: ['principal'],
  aws_sns_topic_subscription: ['endpoint'],
};

export const accountRules: readonly Rule[] = [
  {
    id: 'own-account-only',
    title:
      'no bucket, key, queue, topic or secret allows another account, and nothing is copied or sent there',
    why: 'our policies cannot withdraw what another account already holds, and reads in that account are not visible to us',
    check: ({ graph }) => [
      ...strangersInPolicies(graph),
      ...strangersAmongReaders(graph),
      ...Object.entries(RECEIVERS).flatMap(([type, arguments_]) =>
        graph
          .ofType(type)
          .flatMap(({ address, block }) =>
            arguments_.flatMap((argument) => at(address, receiverFindings(graph, argument, block[argument]))),
          ),
      ),
      ...graph
        .ofType('aws_s3_bucket_replication_configuration', 'aws_s3_bucket')
        .flatMap((resource) => at(resource.address, replicaFindings(graph, resource))),
    ],
  },
];

/** Services are judged by the source that they must name; a trust in others has rules of its own. */
function strangersInPolicies(graph: StackGraph): Finding[] {
  return allowancesIn(graph, 'bucket', 'resource').flatMap(({ resource, statement }) =>
    // An Allow in a secret's policy is always refused, for every principal.
    resource.type === 'aws_secretsmanager_secret_policy'
      ? []
      : at(
          resource.address,
          within(
            statementPart(statement),
            statement.principals
              // Everybody is the rules' on public policies.
              .filter(({ kind, id }) => kind !== 'Service' && id !== '*' && !isOurs(graph, id))
              .map(({ id }) => ({
                part: { principal: nameOf(id) },
                found: `${statement.name}: ${show(id)}`,
                wanted: 'principals of the environment’s own account',
              })),
          ),
        ),
  );
}

/** Whom a secret's denial spares: it allows nobody of another account, and shows who was meant to be. */
function strangersAmongReaders(graph: StackGraph): Finding[] {
  return policiesIn(graph, 'resource')
    .filter(({ resource }) => resource.type.startsWith('aws_secretsmanager_'))
    .flatMap(({ resource: { address }, statements = [] }) =>
      statements
        .filter(({ effect }) => effect === 'Deny')
        .flatMap((statement) =>
          at(
            address,
            within(
              statementPart(statement),
              readersIn(statement)
                // A pattern is another rule's.
                .filter((reader) => /:\d{12}:[^*?]*$/.test(reader) && !isOurs(graph, reader))
                .map((reader) => ({
                  part: { principal: nameOf(reader) },
                  found: `${show(reader)} is exempt from the denial`,
                  wanted: 'principals of the environment’s own account',
                })),
            ),
          ),
        ),
    );
}

/** An address of another kind, such as a mailbox, is nobody's account. */
function receiverFindings(graph: StackGraph, argument: string, value: unknown): Judged {
  if (typeof value !== 'string' || (argument === 'endpoint' && !/^(?:arn:|\$\{)/.test(value))) return [];
  return unless(
    isOurs(graph, value),
    `${argument} ${show(value)}`,
    'one of the environment’s own account, or none',
    { argument, value: nameOf(value) },
  );
}

/** A bucket's ARN carries no account, so only one of this stack is known to be ours. */
function replicaFindings(graph: StackGraph, { type, block }: Resource): Judged {
  const rules =
    type === 'aws_s3_bucket'
      ? blocksOf(blockOf(block.replication_configuration).rules)
      : blocksOf(block.rule);
  return rules
    .map(
      ({ id, destination }) =>
        ({ entry: nameOf(id), ...blockOf(destination) }) as Block & { entry: string | null },
    )
    .flatMap(({ entry, bucket, account }) => [
      ...unless(
        graph.target(bucket, 'aws_s3_bucket', 'arn') !== undefined,
        `a copy in ${show(bucket)}`,
        reference('aws_s3_bucket.<name>.arn'),
        { entry, argument: 'bucket', value: nameOf(bucket) },
      ),
      ...unless(
        account === undefined || isOurs(graph, String(account)),
        `a copy in the account ${show(account)}`,
        'the environment’s own account',
        { entry, argument: 'account', value: nameOf(account) },
      ),
    ]);
}

/** Whether an ARN or account id belongs to an account that the providers may touch, or refers to what they make or read. */
function isOurs(graph: StackGraph, value: string): boolean {
  const referred = soleReference(value);
  if (referred !== undefined) return graph.at(referred.address) !== undefined;
  return graph.accounts.has(accountIn(value) || value);
}
