/** What only prod must: its videos, keys and versions are kept, and its secret says who may read it. */

import { blockOf, blocksOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { type Finding, type GuardedStack, type Rule, reference } from '../rule.ts';
import { logBucketsIn } from './logs.ts';
import { bucketBehind, bucketOf, bucketsIn, cloudfrontAllowances } from './s3.ts';

export const prodRules: readonly Rule[] = [
  {
    id: 'prod-kept',
    title:
      'in prod Terraform refuses to destroy buckets, tables and the KMS keys that these and the secret need',
    why: 'otherwise a rename or a deleted line of code would plan to destroy the videos, or the key without which they cannot be read',
    check: (stack) =>
      inProd(stack, ({ graph }) =>
        [
          ...bucketsIn(graph),
          ...graph.ofType('aws_dynamodb_table'),
          ...graph.ofType('aws_kms_key').filter((key) => !isForMessages(graph, key)),
        ]
          .filter(({ block }) => blockOf(block.lifecycle).prevent_destroy !== true)
          .map(({ address }) => ({
            address,
            found: 'no prevent_destroy',
            wanted: 'lifecycle.prevent_destroy true',
          })),
      ),
  },
  {
    id: 'prod-versioned',
    title: 'in prod every bucket whose objects cannot be made again keeps versions',
    why: 'a master that was overwritten or deleted would be lost; HLS files can be transcoded again, and logs are only ever added',
    check: (stack) =>
      inProd(stack, ({ graph }) => {
        // Either is enough: where they differ, another rule says so.
        const origins = graph
          .ofType('aws_cloudfront_distribution')
          .flatMap(({ block }) => blocksOf(block.origin))
          .map(({ domain_name: name }) => bucketBehind(graph, name));
        const readable = cloudfrontAllowances(graph).map(({ resource: { block } }) =>
          bucketOf(graph, block.bucket),
        );
        const replaceable = new Set([...origins, ...readable, ...logBucketsIn(graph)]);
        return bucketsIn(graph)
          .filter((bucket) => !replaceable.has(bucket) && !isVersioned(graph, bucket))
          .map(({ address }) => ({ address, found: 'no versions', wanted: 'versioning "Enabled"' }));
      }),
  },
  {
    id: 'prod-secret-readers',
    title: 'in prod every secret has a policy that says who may read it',
    why: 'without one every administrator, and every future policy with "secretsmanager:*", can read the key that opens every title',
    check: (stack) =>
      inProd(stack, ({ graph }) =>
        graph
          .ofType('aws_secretsmanager_secret')
          .filter(
            (secret) =>
              graph.referrers(secret, 'aws_secretsmanager_secret_policy', 'secret_arn').length === 0,
          )
          .map(({ address }) => ({
            address,
            found: 'no aws_secretsmanager_secret_policy',
            wanted: `one whose secret_arn is ${reference(`${address}.arn`)}`,
          })),
      ),
  },
];

/** The environment itself: what keeps its state has a rule of its own. */
function inProd(stack: GuardedStack, check: (stack: GuardedStack) => Finding[]): Finding[] {
  return stack.environment === 'prod' && stack.purpose === 'account' ? check(stack) : [];
}

/** A key for queues and topics alone: nothing stays that would be lost with it. */
function isForMessages(graph: StackGraph, key: Resource): boolean {
  const uses = (type: string, argument: string) => graph.referrers(key, type, argument).length > 0;
  return (
    (uses('aws_sns_topic', 'kms_master_key_id') || uses('aws_sqs_queue', 'kms_master_key_id')) &&
    !uses('aws_s3_bucket_server_side_encryption_configuration', 'rule') &&
    !uses('aws_secretsmanager_secret', 'kms_key_id') &&
    !uses('aws_dynamodb_table', 'server_side_encryption')
  );
}

function isVersioned(graph: StackGraph, bucket: Resource): boolean {
  return graph
    .referrers(bucket, 'aws_s3_bucket_versioning', 'bucket')
    .some(({ block }) => blockOf(block.versioning_configuration).status === 'Enabled');
}
