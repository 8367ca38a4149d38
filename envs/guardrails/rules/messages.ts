/** Queues and topics: encrypted, over TLS, and written to by our own sources. */

import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { denialOf } from '../denials.ts';
import { nameOf, statementPart } from '../part.ts';
import {
  covers,
  deniesPlainHttp,
  exactValues,
  type Policy,
  policiesIn,
  type Statement,
  servicesOf,
} from '../policies.ts';
import { at, boundTo, type Judged, type Rule, reference, show, within } from '../rule.ts';
import { keyOfBucket, keyPoliciesOf } from './encryption.ts';
import { ownAccountFindings } from './own-account.ts';
import { bucketsIn } from './s3.ts';

export const EVENTS = 'events.amazonaws.com';
const TLS_DENIALS: Readonly<Record<string, readonly string[]>> = {
  aws_sqs_queue: ['sqs:*', '*'],
  aws_sns_topic: ['sns:Publish', '*'],
};
export const messageRules: readonly Rule[] = [
  {
    id: 'sqs-encrypted',
    title: 'every queue encrypts its messages',
    why: 'messages name titles, jobs and buckets, and dead-letter queues keep them for two weeks',
    checkov: ['CKV_AWS_27'],
    check: ({ graph }) =>
      graph
        .ofType('aws_sqs_queue')
        .filter(
          ({ block }) => block.sqs_managed_sse_enabled !== true && block.kms_master_key_id === undefined,
        )
        .map(({ address, block }) => ({
          address,
          found: `sqs_managed_sse_enabled ${show(block.sqs_managed_sse_enabled)}`,
          wanted: 'sqs_managed_sse_enabled true, or a KMS key',
        })),
  },
  {
    id: 'sns-alarms-encrypted',
    title: 'if buckets have a KMS key, topics of alarms have one too',
    why: 'alarms say who was denied the signing key; topics of job events contain names only, and SNS’s own key does not work for them',
    check: ({ graph }) =>
      bucketsIn(graph).every((bucket) => keyOfBucket(graph, bucket) === undefined)
        ? []
        : alarmTopics(graph)
            .filter(({ block }) => block.kms_master_key_id === undefined)
            .map(({ address }) => ({
              address,
              found: 'no kms_master_key_id',
              wanted: reference('aws_kms_key.<name>.arn'),
            })),
  },
  {
    id: 'sns-key-usable',
    title: 'the KMS key of a topic can be used by every service that publishes to the topic',
    why: 'alias/aws/sns allows no service: each message is dropped without an error',
    check: ({ graph }) =>
      graph
        .ofType('aws_sns_topic')
        .filter(({ block }) => block.kms_master_key_id !== undefined)
        .flatMap((topic) => at(topic.address, keyFindings(graph, topic))),
  },
  {
    id: 'sqs-key-usable',
    title:
      'the KMS key of a queue, also of a dead-letter queue, can be used by every service that sends to the queue',
    why: 'alias/aws/sqs allows no service: each event is lost without an error',
    check: ({ graph }) =>
      graph
        .ofType('aws_sqs_queue')
        .filter(({ block }) => block.kms_master_key_id !== undefined)
        .flatMap((queue) => at(queue.address, keyFindings(graph, queue))),
  },
  {
    id: 'messages-tls-only',
    title: 'every queue and topic denies everybody plain HTTP',
    why: 'otherwise a worker with an http:// endpoint would send and receive messages unencrypted',
    check: ({ graph }) =>
      inboxes(graph)
        .filter((inbox) => !isTlsOnly(graph, inbox))
        .map(({ address, type }) => ({
          address,
          found: 'no policy that denies every request without TLS',
          wanted: `Deny, Principal "*", ${TLS_DENIALS[type]?.[0]}, while aws:SecureTransport is "false"`,
        })),
  },
  {
    id: 'messages-source-bound',
    title:
      'services write to queues and topics only for sources in this account, and EventBridge to a queue only for one rule',
    why: 'a service acts for every account: without a source in the condition, a rule of any account could tell the backend that a job is done',
    check: ({ graph }) =>
      inboxes(graph).flatMap((inbox) =>
        policiesOf(graph, inbox).flatMap(({ resource: { address }, statements = [] }) =>
          statements
            .filter(({ effect }) => effect === 'Allow')
            .flatMap((statement) =>
              at(
                address,
                within(
                  statementPart(statement),
                  servicesOf(statement).flatMap((service) =>
                    sourceFindings(graph, { inbox, statement, service }),
                  ),
                ),
              ),
            ),
        ),
      ),
  },
];

/** The topics that alarms publish to. */
export function alarmTopics(graph: StackGraph): Resource[] {
  return graph
    .ofType('aws_sns_topic')
    .filter((topic) => graph.referrers(topic, 'aws_cloudwatch_metric_alarm', 'alarm_actions').length > 0);
}

/** The policies that stand on a queue or topic. */
export function policiesOf(graph: StackGraph, inbox: Resource): Policy[] {
  const own = new Set([
    inbox,
    ...graph.referrers(inbox, 'aws_sqs_queue_policy', 'queue_url'),
    ...graph.referrers(inbox, 'aws_sns_topic_policy', 'arn'),
  ]);
  return policiesIn(graph, 'resource').filter(({ resource }) => own.has(resource));
}

function inboxes(graph: StackGraph): Resource[] {
  return graph.ofType('aws_sqs_queue', 'aws_sns_topic');
}

function isTlsOnly(graph: StackGraph, inbox: Resource): boolean {
  const actions = TLS_DENIALS[inbox.type] ?? [];
  return policiesOf(graph, inbox).some(({ statements = [] }) =>
    statements.some((statement) => deniesPlainHttp(statement, actions, [`\${${inbox.address}.arn}`])),
  );
}

/** EventBridge sends no source to SNS, so there a condition is not demanded: `events-let-in` refuses it. */
function sourceFindings(
  graph: StackGraph,
  { inbox, statement, service }: { inbox: Resource; statement: Statement; service: string },
): Judged {
  const { name } = statement;
  if (service === EVENTS) {
    if (inbox.type === 'aws_sns_topic') return [];
    const isOurs = (source: string) => graph.target(source, 'aws_cloudwatch_event_rule', 'arn') !== undefined;
    return within(
      { principal: EVENTS },
      boundTo('aws:SourceArn', exactValues(statement, 'aws:SourceArn'), isOurs).map(({ part, found }) => ({
        part,
        found: `${name} for ${found}`,
        wanted: `ArnEquals aws:SourceArn, ${reference('aws_cloudwatch_event_rule.<name>.arn')}`,
      })),
    );
  }
  return ownAccountFindings(graph, statement, service).map((finding) => ({
    ...finding,
    found: `${name}: ${finding.found}`,
  }));
}

/**
 * EventBridge needs kms:Decrypt and kms:GenerateDataKey, as every service that writes to an encrypted queue or topic.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html#eb-sqs-encrypted
 */
function keyFindings(graph: StackGraph, inbox: Resource): Judged {
  const { kms_master_key_id: id } = inbox.block;
  const key = graph.target(id, 'aws_kms_key', 'arn', 'id', 'key_id');
  if (key === undefined) {
    return [{ found: `kms_master_key_id ${show(id)}`, wanted: reference('aws_kms_key.<name>.arn') }];
  }
  const writers = policiesOf(graph, inbox).flatMap(({ statements = [] }) =>
    statements.filter(({ effect }) => effect === 'Allow').flatMap(servicesOf),
  );
  const policies = keyPoliciesOf(graph, key);
  const isDenied = (service: string) =>
    ['kms:Decrypt', 'kms:GenerateDataKey'].some(
      (action) =>
        denialOf(graph, policies, { service, action, resource: `\${${key.address}.arn}`, source: null }) !==
        null,
    );
  const users = policies.flatMap(({ statements = [] }) =>
    statements
      .filter(
        (statement) =>
          statement.effect === 'Allow' &&
          covers(statement, 'kms:Decrypt') &&
          covers(statement, 'kms:GenerateDataKey'),
      )
      // EventBridge names no source to KMS either: a condition keeps it out.
      .flatMap((statement) =>
        servicesOf(statement).filter((service) => service !== EVENTS || statement.conditions.length === 0),
      ),
  );
  return [...new Set(writers)]
    .filter((service) => !users.includes(service) || isDenied(service))
    .map((service) => ({
      part: { principal: nameOf(service) },
      found: `${service} writes, and ${key.address} does not allow it to`,
      wanted: 'kms:Decrypt and kms:GenerateDataKey* for it in the key’s policy',
    }));
}
