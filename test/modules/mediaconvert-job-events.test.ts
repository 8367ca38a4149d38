import { Lazy, Token } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { JobEvents, type JobEventsProps } from '../../modules/mediaconvert/index.ts';
import { type ModuleJson, only, synthesizedModule, typesOf } from './synth.ts';

const QUEUE = 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/storytime-test';
const OTHER_QUEUE = 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/overflow';

function synthesized(props: Partial<JobEventsProps> = {}) {
  return synthesizedModule((scope) => {
    new JobEvents(scope, 'job_events', { name: 'storytime-test', queueArn: QUEUE, ...props });
  });
}

function named(json: ModuleJson, type: string, name: string) {
  const found = json.resource[type]?.[name];
  if (!found) throw new Error(`no ${type}.${name}`);
  return found;
}

const statements = (block: Readonly<Record<string, unknown>>) => JSON.parse(String(block.policy)).Statement;

describe('JobEvents at its smallest', () => {
  const json = synthesized();

  it('is a rule, two queues with their policies, and no topic', () => {
    expect(typesOf(json)).toEqual([
      'aws_cloudwatch_event_rule',
      'aws_cloudwatch_event_target',
      'aws_sqs_queue',
      'aws_sqs_queue_policy',
    ]);
    expect(Object.keys(json.resource.aws_sqs_queue ?? {}).sort()).toEqual([
      'job_events',
      'job_events_dead_letters',
    ]);
  });

  it('follows the ends, warnings and hops of the jobs of this queue, and of no other', () => {
    expect(JSON.parse(String(only(json, 'aws_cloudwatch_event_rule').event_pattern))).toEqual({
      source: ['aws.mediaconvert'],
      'detail-type': ['MediaConvert Job State Change'],
      detail: { queue: [QUEUE], status: ['COMPLETE', 'ERROR', 'CANCELED', 'NEW_WARNING', 'QUEUE_HOP'] },
    });
  });

  it('keeps events encrypted, four days, and five readings before they are dead letters', () => {
    const queue = named(json, 'aws_sqs_queue', 'job_events');
    expect(queue).toMatchObject({
      name: 'storytime-test-job-events',
      sqs_managed_sse_enabled: true,
      message_retention_seconds: 345_600,
      visibility_timeout_seconds: 60,
    });
    expect(JSON.parse(String(queue.redrive_policy))).toEqual({
      deadLetterTargetArn: `\${aws_sqs_queue.job_events_dead_letters.arn}`,
      maxReceiveCount: 5,
    });
  });

  it('keeps dead letters encrypted and as long as SQS can', () => {
    expect(named(json, 'aws_sqs_queue', 'job_events_dead_letters')).toMatchObject({
      name: 'storytime-test-job-events-dead-letters',
      sqs_managed_sse_enabled: true,
      message_retention_seconds: 1_209_600,
    });
  });

  it.each(['job_events', 'job_events_dead_letters'])(
    'lets this one rule write to %s, and nobody without TLS',
    (name) => {
      const policy = named(json, 'aws_sqs_queue_policy', name);
      expect(policy.queue_url).toBe(`\${aws_sqs_queue.${name}.url}`);
      expect(statements(policy)).toEqual([
        {
          Sid: 'DenyPlainHttp',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sqs:*',
          Resource: `\${aws_sqs_queue.${name}.arn}`,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        {
          Sid: 'AllowJobEvents',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: `\${aws_sqs_queue.${name}.arn}`,
          Condition: { ArnEquals: { 'aws:SourceArn': `\${aws_cloudwatch_event_rule.job_events.arn}` } },
        },
      ]);
    },
  );

  it('sends what EventBridge cannot deliver to the dead letters, and nothing before the queues allow it', () => {
    expect(only(json, 'aws_cloudwatch_event_target')).toMatchObject({
      arn: `\${aws_sqs_queue.job_events.arn}`,
      dead_letter_config: { arn: `\${aws_sqs_queue.job_events_dead_letters.arn}` },
      depends_on: ['aws_sqs_queue_policy.job_events', 'aws_sqs_queue_policy.job_events_dead_letters'],
    });
  });
});

describe('JobEvents with everything', () => {
  const json = synthesized({
    hopQueueArn: OTHER_QUEUE,
    retentionDays: 13,
    maxReceives: 2,
    visibilityTimeoutSeconds: 300,
    topic: { encryptionKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1' },
  });

  it('keeps following a job that hopped', () => {
    const pattern = JSON.parse(String(only(json, 'aws_cloudwatch_event_rule').event_pattern));
    expect(pattern.detail.queue).toEqual([QUEUE, OTHER_QUEUE]);
  });

  it('takes the numbers it was given', () => {
    const queue = named(json, 'aws_sqs_queue', 'job_events');
    expect(queue).toMatchObject({ message_retention_seconds: 1_123_200, visibility_timeout_seconds: 300 });
    expect(JSON.parse(String(queue.redrive_policy)).maxReceiveCount).toBe(2);
  });

  it('publishes to an encrypted topic as well, with the same dead letters', () => {
    const topic = named(json, 'aws_sns_topic', 'job_events_topic');
    expect(topic.kms_master_key_id).toBe('arn:aws:kms:eu-central-1:123456789012:key/1');
    expect(statements(named(json, 'aws_sns_topic_policy', 'job_events_topic'))).toMatchObject([
      { Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sns:Publish',
      },
    ]);
    // EventBridge publishes nothing to a topic whose policy has a condition for it.
    expect(statements(named(json, 'aws_sns_topic_policy', 'job_events_topic'))[1]).not.toHaveProperty(
      'Condition',
    );
    expect(named(json, 'aws_cloudwatch_event_target', 'job_events_topic')).toMatchObject({
      arn: `\${aws_sns_topic.job_events_topic.arn}`,
      dead_letter_config: { arn: `\${aws_sqs_queue.job_events_dead_letters.arn}` },
    });
  });
});

describe('JobEvents refuses', () => {
  it.each<[Partial<JobEventsProps>, string]>([
    [{ retentionDays: 14 }, '"retentionDays": expected a whole number of days from 1 to 13, got 14'],
    [{ maxReceives: 0 }, '"maxReceives": expected a whole number of readings from 1 to 1000, got 0'],
    [
      { visibilityTimeoutSeconds: 43_201 },
      '"visibilityTimeoutSeconds": expected a whole number of seconds from 0 to 43200, got 43201',
    ],
  ])('%j', (props, message) => {
    expect(() => synthesized(props)).toThrow(expect.objectContaining({ name: 'OptionError', message }));
  });

  it('nothing that is known only at apply', () => {
    const maxReceives = Token.asNumber(Lazy.anyValue({ produce: () => `\${var.max_receives}` }));
    expect(() => synthesized({ maxReceives })).not.toThrow();
  });
});
