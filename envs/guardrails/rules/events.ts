/** What EventBridge sends: it arrives, or it is kept so that somebody can find out why it did not. */

import { blockOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { parseTemplate } from '../../../aws/stack/template.ts';
import { denialOf } from '../denials.ts';
import { covers, servicesOf } from '../policies.ts';
import { at, type Judged, type Rule, reference, show, unless } from '../rule.ts';
import { EVENTS, policiesOf } from './messages.ts';

/** The longest that SQS keeps a message; a dead letter's age counts from its first arrival. */
const FOURTEEN_DAYS_IN_SECONDS = 1_209_600;
const SEND: Readonly<Record<string, string>> = {
  aws_sqs_queue: 'sqs:SendMessage',
  aws_sns_topic: 'sns:Publish',
};

export const eventRules: readonly Rule[] = [
  {
    id: 'events-let-in',
    title: 'queues and topics that EventBridge sends to, also dead-letter queues, let it send',
    why: 'EventBridge does not retry when permission is missing, so the event is lost; and to a topic it sends no source that a condition could check',
    check: ({ graph }) =>
      eventTargets(graph).flatMap(({ address, block }) =>
        [inboxAt(graph, block.arn), deadLettersOf(graph, block)]
          .filter((inbox) => inbox !== undefined)
          // One without any policy is the TLS rule's.
          .filter((inbox) => policiesOf(graph, inbox).length > 0 && !letsEventsIn(graph, inbox))
          .map((inbox) => ({
            address,
            part: { value: inbox.address },
            found: `no policy of ${inbox.address} that lets ${EVENTS} write`,
            wanted: `an Allow of ${SEND[inbox.type]}${isTopic(inbox) ? ' without any condition' : ''}`,
          })),
      ),
  },
  {
    id: 'events-redriven',
    title:
      'event queues move messages that cannot be processed to a dead-letter queue that keeps them for 14 days',
    why: 'otherwise a message that a reader cannot process returns until it vanishes, and nobody learns that the title is done',
    check: ({ graph }) => [
      ...eventQueues(graph).flatMap((queue) => at(queue.address, redriveFindings(graph, queue))),
      ...deadLetterQueues(graph)
        .filter(({ block }) => block.message_retention_seconds !== FOURTEEN_DAYS_IN_SECONDS)
        .map(({ address, block }) => ({
          address,
          part: { argument: 'message_retention_seconds' },
          found: `message_retention_seconds ${show(block.message_retention_seconds)}`,
          wanted: `${FOURTEEN_DAYS_IN_SECONDS}, which is SQS’s most`,
        })),
    ],
  },
  {
    id: 'events-dead-letter',
    title: 'if a rule sends events to a queue, every target of the rule has a dead-letter queue',
    why: 'EventBridge gives up after a day, or at once without permission, and then drops events of a target without a dead-letter queue',
    check: ({ graph }) => {
      const queues = new Set(eventQueues(graph));
      const kept = new Set(
        eventTargets(graph)
          .filter(({ block }) => queues.has(inboxAt(graph, block.arn) as Resource))
          .map(({ block }) => String(block.rule)),
      );
      return eventTargets(graph)
        .filter(({ block }) => kept.has(String(block.rule)))
        .filter(({ block }) => {
          const letters = deadLettersOf(graph, block);
          return letters === undefined || letters === inboxAt(graph, block.arn);
        })
        .map(({ address, block }) => ({
          address,
          found: `dead_letter_config ${show(blockOf(block.dead_letter_config).arn)}`,
          wanted: `${reference('aws_sqs_queue.<name>.arn')}, another queue than the target`,
        }));
    },
  },
];

function inboxAt(graph: StackGraph, arn: unknown): Resource | undefined {
  return graph.target(arn, 'aws_sqs_queue', 'arn') ?? graph.target(arn, 'aws_sns_topic', 'arn', 'id');
}

function eventTargets(graph: StackGraph): Resource[] {
  return graph.ofType('aws_cloudwatch_event_target');
}

function eventQueues(graph: StackGraph): Resource[] {
  return graph
    .ofType('aws_sqs_queue')
    .filter((queue) => graph.referrers(queue, 'aws_cloudwatch_event_target', 'arn').length > 0);
}

function deadLettersOf(graph: StackGraph, target: Resource['block']): Resource | undefined {
  return graph.target(blockOf(target.dead_letter_config).arn, 'aws_sqs_queue', 'arn');
}

function deadLetterQueues(graph: StackGraph): Resource[] {
  return graph
    .ofType('aws_sqs_queue')
    .filter(
      (queue) =>
        graph.referrers(queue, 'aws_sqs_queue', 'redrive_policy').length > 0 ||
        graph.referrers(queue, 'aws_cloudwatch_event_target', 'dead_letter_config').length > 0,
    );
}

function isTopic({ type }: Resource): boolean {
  return type === 'aws_sns_topic';
}

/**
 * "You can't use Condition blocks in Amazon SNS topic policies for EventBridge": with one, nothing is allowed.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
 */
function letsEventsIn(graph: StackGraph, inbox: Resource): boolean {
  const policies = policiesOf(graph, inbox);
  const action = SEND[inbox.type] ?? '';
  const resource = `\${${inbox.address}.arn}`;
  if (denialOf(graph, policies, { service: EVENTS, action, resource, source: null }) !== null) return false;
  return policies.some(({ statements = [] }) =>
    statements.some(
      (statement) =>
        statement.effect === 'Allow' &&
        servicesOf(statement).includes(EVENTS) &&
        (!isTopic(inbox) || statement.conditions.length === 0) &&
        covers(statement, action) &&
        statement.resources.includes(resource),
    ),
  );
}

function redriveFindings(graph: StackGraph, queue: Resource): Judged {
  const { redrive_policy: policy } = queue.block;
  const { deadLetterTargetArn: arn } = blockOf(typeof policy === 'string' ? parseTemplate(policy) : policy);
  const letters = graph.target(arn, 'aws_sqs_queue', 'arn');
  return unless(
    letters !== undefined && letters !== queue,
    `redrive_policy to ${show(arn)}`,
    `deadLetterTargetArn ${reference('aws_sqs_queue.<name>.arn')}, another queue`,
    { argument: 'redrive_policy' },
  );
}
