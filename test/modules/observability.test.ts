import { existsSync, readFileSync } from 'node:fs';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { ref, Token } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  MonthlyBudget,
  type MonthlyBudgetProps,
  OperationsAlarms,
  type OperationsAlarmsProps,
  OperationsDashboard,
  type OperationsDashboardProps,
} from '../../modules/observability/index.ts';
import { allows } from './policy-judge.ts';
import { type ModuleJson, only, synthesizedModule, typesOf } from './synth.ts';

const ACCOUNT = '111122223333';
const QUEUE = `arn:aws:mediaconvert:eu-central-1:${ACCOUNT}:queues/storytime-dev`;
const SECRET = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:storytime/dev/cloudfront_private_key-a1B2c3`;

describe('OperationsAlarms', () => {
  const json = alarms({
    eventsQueueName: 'storytime-dev-job-events',
    eventsDeadLetterQueueName: 'storytime-dev-dead-letters',
  });
  const alarm = (id: string) => json.resource.aws_cloudwatch_metric_alarm?.[`alarms_${id}`];

  it('watches what viewers get, in us-east-1, where CloudFront’s metrics are', () => {
    for (const [id, metric_name] of [
      ['viewers_refused', '4xxErrorRate'],
      ['viewers_failed', '5xxErrorRate'],
    ] as const) {
      expect(alarm(id)).toMatchObject({
        provider: 'aws.us_east_1',
        namespace: 'AWS/CloudFront',
        metric_name,
        statistic: 'Average',
        dimensions: { DistributionId: 'E1', Region: 'Global' },
        alarm_actions: [`\${aws_sns_topic.alarms_us_east_1.arn}`],
      });
    }
  });

  it('watches jobs of the one queue, in its region', () => {
    expect(alarm('jobs_failed')).toMatchObject({
      namespace: 'AWS/MediaConvert',
      metric_name: 'JobsErroredCount',
      statistic: 'Sum',
      threshold: 0,
      dimensions: { Queue: QUEUE },
      alarm_actions: [`\${aws_sns_topic.alarms_regional.arn}`],
    });
    expect(alarm('jobs_failed')).not.toHaveProperty('provider');
    expect(alarm('jobs_waiting')).toMatchObject({
      metric_name: 'StandbyTime',
      statistic: 'Maximum',
      threshold: 30 * 60_000,
      dimensions: { Queue: QUEUE },
    });
  });

  it('watches for job events that nobody reads and that were given up, if they are kept', () => {
    expect(alarm('events_unread')).toMatchObject({
      namespace: 'AWS/SQS',
      metric_name: 'ApproximateAgeOfOldestMessage',
      statistic: 'Maximum',
      threshold: 3600,
      dimensions: { QueueName: 'storytime-dev-job-events' },
    });
    expect(alarm('events_refused')).toMatchObject({
      namespace: 'AWS/SQS',
      metric_name: 'ApproximateNumberOfMessagesVisible',
      threshold: 0,
      dimensions: { QueueName: 'storytime-dev-dead-letters' },
    });
    const without = alarms().resource.aws_cloudwatch_metric_alarm;
    expect(without).not.toHaveProperty('alarms_events_unread');
    expect(without).not.toHaveProperty('alarms_events_refused');
  });

  it('never rings for want of numbers, and says so when it is over', () => {
    const all = Object.values(json.resource.aws_cloudwatch_metric_alarm ?? {});

    expect(all).toHaveLength(6);
    for (const one of all) {
      expect(one.treat_missing_data).toBe('notBreaching');
      expect(one.comparison_operator).toBe('GreaterThanThreshold');
      expect(one.ok_actions).toEqual(one.alarm_actions);
    }
  });

  it('says in every alarm what to do first, and where the rest stands', () => {
    for (const { alarm_name, alarm_description } of Object.values(
      json.resource.aws_cloudwatch_metric_alarm ?? {},
    )) {
      const [, file = '', heading] = /First: .+ \((.+), "(.+)"\)\.$/.exec(String(alarm_description)) ?? [];
      expect(alarm_name).toBe(`storytime-dev-${heading}`);
      expect(existsSync(file)).toBe(true);
      expect(readFileSync(file, 'utf8')).toContain(`\n### ${heading}\n`);
    }
  });

  it('takes other thresholds', () => {
    const { aws_cloudwatch_metric_alarm: made } = alarms({
      thresholds: { refusedPercent: 50, failedPercent: 5, standbyMinutes: 90 },
    }).resource;

    expect(made?.alarms_viewers_refused).toMatchObject({ threshold: 50 });
    expect(made?.alarms_viewers_failed).toMatchObject({ threshold: 5 });
    expect(made?.alarms_jobs_waiting).toMatchObject({ threshold: 5_400_000 });
  });

  it('has addresses that are a contract', () => {
    expect(addresses(json)).toEqual([
      'aws_cloudwatch_event_rule.alarms_denied_secret_reads',
      'aws_cloudwatch_event_target.alarms_denied_secret_reads',
      'aws_cloudwatch_metric_alarm.alarms_events_refused',
      'aws_cloudwatch_metric_alarm.alarms_events_unread',
      'aws_cloudwatch_metric_alarm.alarms_jobs_failed',
      'aws_cloudwatch_metric_alarm.alarms_jobs_waiting',
      'aws_cloudwatch_metric_alarm.alarms_viewers_failed',
      'aws_cloudwatch_metric_alarm.alarms_viewers_refused',
      'aws_kms_alias.alarms_regional',
      'aws_kms_alias.alarms_us_east_1',
      'aws_kms_key.alarms_regional',
      'aws_kms_key.alarms_us_east_1',
      'aws_sns_topic.alarms_regional',
      'aws_sns_topic.alarms_us_east_1',
      'aws_sns_topic_policy.alarms_regional',
      'aws_sns_topic_policy.alarms_us_east_1',
      'aws_sns_topic_subscription.alarms_regional',
      'aws_sns_topic_subscription.alarms_us_east_1',
    ]);
  });

  it('has one topic, and no second provider, where the region is us-east-1', () => {
    const { resource } = alarms({ region: 'us-east-1' });

    expect(Object.keys(resource.aws_sns_topic ?? {})).toEqual(['alarms_regional']);
    for (const block of Object.values(resource).flatMap((blocks) => Object.values(blocks))) {
      expect(block).not.toHaveProperty('provider');
    }
  });

  it.each([
    ['email', { email: 'nobody' }, /"email": expected an e-mail address/],
    ['accountId', { accountId: '*' }, /"accountId": expected an account id of 12 digits/],
    [
      'refusedPercent',
      { thresholds: { refusedPercent: 0 } },
      /"thresholds.refusedPercent": expected .* 1 to 100/,
    ],
    [
      'failedPercent',
      { thresholds: { failedPercent: 101 } },
      /"thresholds.failedPercent": expected .* 1 to 100/,
    ],
    [
      'standbyMinutes',
      { thresholds: { standbyMinutes: 0.5 } },
      /"thresholds.standbyMinutes": expected .* minutes/,
    ],
  ])('refuses a %s out of its bounds', (_option, more, message) => {
    expect(() => alarms(more)).toThrow(TypeError);
    expect(() => alarms(more)).toThrow(message);
  });

  it('takes what is known only at apply', () => {
    const made = alarms({
      secretArn: known('aws_secretsmanager_secret.signing.arn'),
      email: known('var.email'),
    });

    expect(String(only(made, 'aws_cloudwatch_event_rule').event_pattern)).toContain(
      `*\${replace(element(split(":", aws_secretsmanager_secret.signing.arn), 6), "/-[^-]*$/", "")}*`,
    );
  });
});

describe('OperationsAlarms: the topics', () => {
  const { resource } = alarms();
  const topic = (id: string) => String(resource.aws_sns_topic_policy?.[`alarms_${id}`]?.policy);
  const key = (id: string) => String(resource.aws_kms_key?.[`alarms_${id}`]?.policy);
  const alarmOf = (account: string, region: string, name: string) => ({
    'aws:SourceAccount': account,
    'aws:SourceArn': `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
    'aws:SecureTransport': 'true',
  });

  it('mail the address in both regions', () => {
    expect(Object.values(resource.aws_sns_topic_subscription ?? {})).toEqual([
      expect.objectContaining({ protocol: 'email', endpoint: 'ops@example.com' }),
      expect.objectContaining({ protocol: 'email', endpoint: 'ops@example.com', provider: 'aws.us_east_1' }),
    ]);
  });

  it.each([
    ['regional', 'eu-central-1'],
    ['us_east_1', 'us-east-1'],
  ])('take alarms of this environment and region only: %s', (id, region) => {
    const documents = [statementsFor(topic(id), 'cloudwatch.amazonaws.com')];
    const arn = `\${aws_sns_topic.alarms_${id}.arn}`;
    const publish = (context: Record<string, string>) => allows(documents, 'sns:Publish', arn, context);

    expect(publish(alarmOf(ACCOUNT, region, 'storytime-dev-jobs-failed'))).toBe(true);
    expect(publish(alarmOf('999999999999', region, 'storytime-dev-jobs-failed'))).toBe(false);
    expect(publish(alarmOf(ACCOUNT, region, 'shop-5xx'))).toBe(false);
    expect(publish(alarmOf(ACCOUNT, 'eu-west-1', 'storytime-dev-jobs-failed'))).toBe(false);
    expect(
      publish({ ...alarmOf(ACCOUNT, region, 'storytime-dev-jobs-failed'), 'aws:SecureTransport': 'false' }),
    ).toBe(false);
  });

  it('are encrypted with a key that CloudWatch may use for those alarms only', () => {
    const documents = [statementsFor(key('us_east_1'), 'cloudwatch.amazonaws.com')];
    const use = (context: Record<string, string>) => allows(documents, 'kms:GenerateDataKey', '*', context);

    expect(resource.aws_sns_topic?.alarms_us_east_1?.kms_master_key_id).toBe(
      `\${aws_kms_key.alarms_us_east_1.arn}`,
    );
    expect(resource.aws_kms_key?.alarms_us_east_1).toMatchObject({
      enable_key_rotation: true,
      provider: 'aws.us_east_1',
    });
    expect(use(alarmOf(ACCOUNT, 'us-east-1', 'storytime-dev-viewers-failed'))).toBe(true);
    expect(use(alarmOf('999999999999', 'us-east-1', 'storytime-dev-viewers-failed'))).toBe(false);
  });

  it('allow EventBridge only where its rule is', () => {
    expect(topic('regional')).toContain('events.amazonaws.com');
    expect(key('regional')).toContain('events.amazonaws.com');
    expect(topic('us_east_1')).not.toContain('events.amazonaws.com');
    expect(key('us_east_1')).not.toContain('events.amazonaws.com');
  });

  it('have no key where that is asked for', () => {
    const plain = alarms({ encrypted: false });

    expect(typesOf(plain)).not.toContain('aws_kms_key');
    for (const block of Object.values(plain.resource.aws_sns_topic ?? {})) {
      expect(block).not.toHaveProperty('kms_master_key_id');
    }
  });
});

describe('OperationsAlarms: refused reads of the secret', () => {
  const rule = only(alarms(), 'aws_cloudwatch_event_rule');
  const denied = {
    source: 'aws.secretsmanager',
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: 'GetSecretValue',
      errorCode: 'AccessDenied',
      errorMessage: `User: arn:aws:iam::${ACCOUNT}:user/eve is not authorized to perform: secretsmanager:GetSecretValue on resource: storytime/dev/cloudfront_private_key`,
      requestParameters: null as { secretId: string } | null,
    },
  };
  const tells = (detail: Partial<typeof denied.detail>) =>
    matches(JSON.parse(String(rule.event_pattern)), { ...denied, detail: { ...denied.detail, ...detail } });

  it('are told though they are reads, which EventBridge leaves out by default', () => {
    expect(rule.state).toBe('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
  });

  it('are told by the message alone, and by the parameters alone', () => {
    expect(tells({})).toBe(true);
    expect(
      tells({ errorMessage: 'Access to KMS is not allowed', requestParameters: { secretId: SECRET } }),
    ).toBe(true);
    expect(tells({ errorCode: 'AccessDeniedException' })).toBe(true);
  });

  it('are not told of other secrets, of reads that succeeded, nor of other faults', () => {
    const { errorCode: _, ...succeeded } = denied.detail;
    const elsewhere = denied.detail.errorMessage.replace('/dev/', '/prod/');

    expect(tells({ errorMessage: elsewhere })).toBe(false);
    expect(matches(JSON.parse(String(rule.event_pattern)), { ...denied, detail: succeeded })).toBe(false);
    expect(tells({ errorCode: 'ResourceNotFoundException' })).toBe(false);
    expect(tells({ eventName: 'DescribeSecret' })).toBe(false);
  });

  it('are one line that says who, when and from where, and nothing of the secret', () => {
    const { input_transformer } = only(alarms(), 'aws_cloudwatch_event_target');

    expect(input_transformer).toEqual({
      input_paths: {
        at: '$.time',
        who: '$.detail.userIdentity.arn',
        from: '$.detail.sourceIPAddress',
      },
      input_template: expect.stringMatching(
        /^"storytime-dev: <who> was refused .* at <at>, from <from>\. First: .*"$/,
      ),
    });
    expect(readFileSync('modules/observability/README.md', 'utf8')).toContain('\n### denied-secret-reads\n');
  });
});

describe('OperationsDashboard', () => {
  const board = (more: Partial<OperationsDashboardProps> = {}) =>
    synthesizedModule(
      (scope) =>
        new OperationsDashboard(scope, 'overview', {
          name: 'storytime-dev',
          region: 'eu-central-1',
          distributionId: 'E1',
          queueArn: QUEUE,
          ...more,
        }),
    );
  const widgets = (json: ModuleJson) =>
    JSON.parse(String(only(json, 'aws_cloudwatch_dashboard').dashboard_body)).widgets as {
      x: number;
      y: number;
      properties: { region: string; metrics: unknown[][] };
    }[];

  it('draws CloudFront’s metrics from us-east-1, and all others from the region', () => {
    for (const { properties } of widgets(board({ eventsDeadLetterQueueName: 'dead' }))) {
      const namespaces = new Set(properties.metrics.map(([namespace]) => namespace));
      expect(properties.region).toBe(namespaces.has('AWS/CloudFront') ? 'us-east-1' : 'eu-central-1');
      expect(namespaces.size).toBe(1);
    }
  });

  it('names metrics and dimensions as CloudWatch wants them', () => {
    expect(widgets(board())[0]?.properties.metrics[0]).toEqual([
      'AWS/CloudFront',
      '4xxErrorRate',
      'DistributionId',
      'E1',
      'Region',
      'Global',
      { label: 'refused (4xx)', stat: 'Average' },
    ]);
  });

  it('lays no graph over another', () => {
    const places = widgets(board({ eventsDeadLetterQueueName: 'dead' })).map(({ x, y }) => `${x},${y}`);

    expect(new Set(places).size).toBe(6);
  });

  it('draws unread events only where they are kept', () => {
    expect(widgets(board())).toHaveLength(5);
  });

  it('refuses a name that CloudWatch does not take', () => {
    expect(() => board({ name: 'storytime dev' })).toThrow(expect.objectContaining({ option: 'name' }));
  });

  it('takes what is known only at apply', () => {
    const json = board({ distributionId: known('aws_cloudfront_distribution.delivery.id') });

    expect(String(only(json, 'aws_cloudwatch_dashboard').dashboard_body)).toContain(
      `"DistributionId","\${aws_cloudfront_distribution.delivery.id}"`,
    );
  });
});

describe('MonthlyBudget', () => {
  const budget = (more: Partial<MonthlyBudgetProps> = {}) =>
    only(
      synthesizedModule(
        (scope) =>
          new MonthlyBudget(scope, 'spending', {
            name: 'storytime-dev',
            limitUsd: 50,
            email: 'ops@example.com',
            ...more,
          }),
      ),
      'aws_budgets_budget',
    );

  it('tells at 80 % spent and at 100 % forecast', () => {
    expect(budget()).toMatchObject({
      budget_type: 'COST',
      time_unit: 'MONTHLY',
      limit_amount: '50',
      limit_unit: 'USD',
      notification: [
        { notification_type: 'ACTUAL', threshold: 80 },
        { notification_type: 'FORECASTED', threshold: 100 },
      ].map((notice) => ({
        ...notice,
        threshold_type: 'PERCENTAGE',
        comparison_operator: 'GREATER_THAN',
        subscriber_email_addresses: ['ops@example.com'],
      })),
    });
  });

  it('counts the whole account, or what carries the tag', () => {
    expect(budget()).not.toHaveProperty('cost_filter');
    expect(budget({ costAllocationTag: { key: 'environment', value: 'dev' } }).cost_filter).toEqual([
      { name: 'TagKeyValue', values: ['user:environment$dev'] },
    ]);
  });

  it.each([
    ['limitUsd', { limitUsd: 0 }],
    ['limitUsd', { limitUsd: 9.5 }],
    ['email', { email: 'nobody' }],
    ['name', { name: 'a:b' }],
  ])('refuses a %s that AWS Budgets does not take: %j', (option, more) => {
    expect(() => budget(more)).toThrow(TypeError);
    expect(() => budget(more)).toThrow(expect.objectContaining({ option }));
  });

  it('takes an amount and a tag that are known only at apply', () => {
    const made = budget({
      limitUsd: Token.asNumber(ref('var.limit')),
      costAllocationTag: { key: 'environment', value: known('var.environment') },
    });

    expect(made).toMatchObject({
      limit_amount: `\${var.limit}`,
      cost_filter: [{ values: [`\${join("$", ["user:environment", var.environment])}`] }],
    });
  });
});

function alarms(more: Partial<OperationsAlarmsProps> = {}): ModuleJson {
  return synthesizedModule((scope) => {
    new AwsProvider(scope, 'aws', { region: 'eu-central-1' });
    new OperationsAlarms(scope, 'alarms', {
      name: 'storytime-dev',
      email: 'ops@example.com',
      accountId: ACCOUNT,
      region: 'eu-central-1',
      usEast1: new AwsProvider(scope, 'us_east_1', { region: 'us-east-1', alias: 'us_east_1' }),
      distributionId: 'E1',
      queueArn: QUEUE,
      secretArn: SECRET,
      ...more,
    });
  });
}

/** A Terraform reference, as modules get it from each other. */
function known(reference: string): string {
  return Token.asString(ref(reference));
}

/** What of a resource policy speaks of one service, or of everybody. */
function statementsFor(policy: string, service: string): string {
  const { Statement } = JSON.parse(policy) as { Statement: { Principal: unknown; Condition?: object }[] };
  const spoken = Statement.filter(
    ({ Principal }) =>
      Principal === '*' || JSON.stringify(Principal) === JSON.stringify({ Service: service }),
  ).map((statement) => JSON.parse(JSON.stringify(statement).replace('"Bool"', '"StringEquals"')));
  return JSON.stringify({ Statement: spoken });
}

/** EventBridge's matching, as far as the rule uses it: lists, prefix, wildcard, $or. */
function matches(pattern: Record<string, unknown>, event: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === '$or') return (wanted as Record<string, unknown>[]).some((one) => matches(one, event));
    const value = (event as Record<string, unknown> | null)?.[key];
    if (!Array.isArray(wanted)) return matches(wanted as Record<string, unknown>, value);
    return wanted.some((one: string | { prefix?: string; wildcard?: string }) => {
      if (typeof value !== 'string') return false;
      if (typeof one === 'string') return one === value;
      if (one.prefix !== undefined) return value.startsWith(one.prefix);
      const parts = (one.wildcard ?? '').split('*').map((part) => part.replaceAll(/[^\w]/g, '\\$&'));
      return new RegExp(`^${parts.join('.*')}$`).test(value);
    });
  });
}

function addresses({ resource }: ModuleJson): string[] {
  return Object.entries(resource)
    .flatMap(([type, blocks]) => Object.keys(blocks).map((name) => `${type}.${name}`))
    .sort();
}
