/** What a service writes to in a stack whose environment says `encryption: 'kms'`: the service can use its key. */
import { describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { prod } from '../examples.ts';
import { maximum } from '../maximum.ts';
import { newKeys, resourceAt, statementsOf, synthesized } from '../synthesized.ts';

const keys = newKeys('2026-11-a');
const JOB_EVENTS = ['queue', 'queue-and-topic'] as const;
const stackOf = (config: EnvironmentConfig) => synthesized({ ...config, encryption: 'kms' }, keys);

describe('under KMS', () => {
  it.each(JOB_EVENTS)('EventBridge needs no key for job events and dead letters: %s', (jobEvents) => {
    const stack = stackOf({ ...prod, jobEvents });
    for (const queue of ['job_events', 'job_events_dead_letters']) {
      const { sqs_managed_sse_enabled: own, kms_master_key_id: key } = resourceAt(
        stack,
        `aws_sqs_queue.${queue}`,
      );
      // SQS's own encryption requires no permission from the sender.
      expect([own, key]).toEqual([true, undefined]);
    }
    const topics = Object.keys(stack.resource.aws_sns_topic ?? {}).filter((name) =>
      name.startsWith('job_events'),
    );
    expect(topics).toEqual(jobEvents === 'queue' ? [] : ['job_events_topic']);
    for (const topic of topics) {
      expect(resourceAt(stack, `aws_sns_topic.${topic}`)).not.toHaveProperty('kms_master_key_id');
    }
  });

  it('alarms, and events of refused reads, may use the key of their topic', () => {
    const stack = stackOf(maximum);
    for (const [name, services] of [
      ['alarms_regional', ['cloudwatch.amazonaws.com', 'events.amazonaws.com']],
      ['alarms_us_east_1', ['cloudwatch.amazonaws.com']],
    ] as const) {
      expect(resourceAt(stack, `aws_sns_topic.${name}`).kms_master_key_id).toBe(
        `\${aws_kms_key.${name}.arn}`,
      );
      const statements = Object.values(statementsOf(resourceAt(stack, `aws_kms_key.${name}`)));
      for (const service of services) {
        const own = statements.find(
          ({ Principal }) => (Principal as { Service?: string }).Service === service,
        );
        expect(own?.Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey*']);
      }
    }
  });

  it('buckets of logs stay under S3’s own key, the only one that server access logs can use', () => {
    const encryption = resourceAt(
      stackOf(prod),
      'aws_s3_bucket_server_side_encryption_configuration.access_logs',
    );
    expect(JSON.stringify(encryption)).toContain('"sse_algorithm":"AES256"');
  });
});
