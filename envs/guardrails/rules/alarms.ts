/** Alarms and budgets reach somebody. */

import { blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { denialOf } from '../denials.ts';
import { nameOf } from '../part.ts';
import { covers, servicesOf } from '../policies.ts';
import { at, type Judged, type Rule, reference, show, unless } from '../rule.ts';
import { alarmTopics, policiesOf } from './messages.ts';

const CLOUDWATCH = 'cloudwatch.amazonaws.com';
const BUDGETS = 'budgets.amazonaws.com';

export const alarmRules: readonly Rule[] = [
  {
    id: 'alarm-rings',
    title: 'every alarm notifies a topic of its own region',
    why: 'nobody learns of an alarm without an action, and CloudWatch cannot notify a topic in another region',
    checkov: ['CKV_AWS_319'],
    check: ({ graph }) =>
      graph
        .ofType('aws_cloudwatch_metric_alarm', 'aws_cloudwatch_composite_alarm')
        .flatMap((alarm) => at(alarm.address, actionFindings(graph, alarm))),
  },
  {
    id: 'alarm-heard',
    title: 'a topic of alarms lets CloudWatch publish, and has a subscriber',
    why: 'CloudWatch drops notifications that a topic refuses, and SNS drops those of a topic without subscribers, both without an error',
    check: ({ graph }) =>
      alarmTopics(graph).flatMap((topic) =>
        at(topic.address, [
          ...unless(
            mayPublish(graph, CLOUDWATCH, topic),
            `no policy that lets ${CLOUDWATCH} publish`,
            'an Allow of sns:Publish',
          ),
          ...unless(
            graph.referrers(topic, 'aws_sns_topic_subscription', 'topic_arn').length > 0,
            'no subscription',
            'an aws_sns_topic_subscription',
            { argument: 'topic_arn' },
          ),
        ]),
      ),
  },
  {
    id: 'budget-read',
    title:
      'every budget notifies somebody, also before the money is spent, and its topic lets AWS Budgets publish',
    why: 'a budget does not stop anything: if nobody is notified, the bill is the first sign',
    check: ({ graph }) =>
      graph
        .ofType('aws_budgets_budget')
        .flatMap((budget) => at(budget.address, budgetFindings(graph, budget))),
  },
];

/**
 * AWS Budgets publishes as a service of its own.
 *
 * @see https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
 */
function budgetFindings(graph: StackGraph, { block }: Resource): Judged {
  const read = blocksOf(block.notification).filter(
    ({ subscriber_email_addresses: mails, subscriber_sns_topic_arns: topics }) =>
      stringsOf(mails).length + stringsOf(topics).length > 0,
  );
  const topics = read
    .flatMap(({ subscriber_sns_topic_arns: arns }) => stringsOf(arns))
    .flatMap((arn) => graph.target(arn, 'aws_sns_topic', 'arn', 'id') ?? []);
  return [
    ...['ACTUAL', 'FORECASTED']
      .filter((type) => !read.some(({ notification_type: found }) => found === type))
      .map((type) => ({
        part: { value: type },
        found: `no ${type} notification with a subscriber`,
        wanted: 'a subscriber',
      })),
    ...[...new Set(topics)]
      .filter((topic) => !mayPublish(graph, BUDGETS, topic))
      .map((topic) => ({
        part: { value: topic.address },
        found: `no policy of ${topic.address} that lets ${BUDGETS} publish`,
        wanted: 'an Allow of sns:Publish',
      })),
  ];
}

function actionFindings(graph: StackGraph, alarm: Resource): Judged {
  const { alarm_actions: actions, actions_enabled: enabled, namespace } = alarm.block;
  const topics = stringsOf(actions).map((action) => graph.target(action, 'aws_sns_topic', 'arn', 'id'));
  // CloudFront's alarms, and where their topics are, are the rule's on us-east-1.
  const elsewhere =
    namespace === 'AWS/CloudFront'
      ? []
      : topics.filter((topic) => topic && graph.regionOf(topic) !== graph.regionOf(alarm));
  return [
    ...unless(enabled !== false, 'actions_enabled false', 'actions_enabled true', {
      argument: 'actions_enabled',
    }),
    ...unless(
      topics.length > 0 && !topics.includes(undefined),
      `alarm_actions ${show(actions)}`,
      reference('aws_sns_topic.<name>.arn'),
      { argument: 'alarm_actions' },
    ),
    ...[...new Set(elsewhere)].map((topic) => ({
      part: { value: nameOf(topic?.address) },
      found: `${topic?.address} in another region`,
      wanted: `a topic in ${show(graph.regionOf(alarm))}`,
    })),
  ];
}

function mayPublish(graph: StackGraph, service: string, topic: Resource): boolean {
  const policies = policiesOf(graph, topic);
  const resource = `\${${topic.address}.arn}`;
  const use = { service, action: 'sns:Publish', resource, source: null };
  if (denialOf(graph, policies, use) !== null) return false;
  return policies.some(({ statements = [] }) =>
    statements.some(
      (statement) =>
        statement.effect === 'Allow' &&
        servicesOf(statement).includes(service) &&
        covers(statement, 'sns:Publish'),
    ),
  );
}
