/** The way past a construct's inputs: the Terraform resource itself, and what the guardrails make of a change to it. */
import { Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { inspectStack } from '../../envs/guardrails/index.ts';
import { StorytimeStack } from '../../envs/stack.ts';
import { HlsDistribution } from '../../modules/cloudfront_hls/index.ts';
import { TranscodeRole } from '../../modules/iam_roles/index.ts';
import { TranscodeQueue } from '../../modules/mediaconvert/index.ts';
import { OperationsAlarms } from '../../modules/observability/index.ts';
import { PrivateBucket } from '../../modules/s3_bucket/index.ts';
import { moduleReadmes } from '../../ops/docs/generated-pages.ts';
import { prod } from '../envs/examples.ts';
import { newKeys } from '../envs/synthesized.ts';

const keys = newKeys('2026-11-a');

const constructs = moduleReadmes().flatMap(({ path, constructs }) =>
  [...constructs].map(([name, { outputs }]) => ({
    name,
    path,
    outputs: outputs.map((output) => output.name),
  })),
);

describe('every construct of the modules', () => {
  it.each(constructs)('gives its Terraform resource: $name', ({ outputs }) => {
    expect(outputs.filter((name) => /^resources?$/.test(name))).toHaveLength(1);
  });
});

describe('a setting through the resource', () => {
  it('is in the stack beside everything that the construct has set', () => {
    const before = stackWith(() => {}).json.resource;
    const { json, violations } = stackWith((stack) => {
      child(stack, 'delivery', HlsDistribution).resource.addOverride('http_version', 'http2');
      child(stack, 'transcode', TranscodeQueue).resource.addOverride('status', 'PAUSED');
      child(stack, 'mediaconvert', TranscodeRole).resource.addOverride('max_session_duration', 7200);
      child(stack, 'alarms', OperationsAlarms).resources.jobs_failed?.addOverride('evaluation_periods', 2);
    });

    expect(violations).toEqual([]);
    expect(json.resource).toEqual({
      ...before,
      aws_cloudfront_distribution: {
        delivery: { ...before.aws_cloudfront_distribution.delivery, http_version: 'http2' },
      },
      aws_media_convert_queue: {
        transcode: { ...before.aws_media_convert_queue.transcode, status: 'PAUSED' },
      },
      aws_iam_role: {
        ...before.aws_iam_role,
        mediaconvert: { ...before.aws_iam_role.mediaconvert, max_session_duration: 7200 },
      },
      aws_cloudwatch_metric_alarm: {
        ...before.aws_cloudwatch_metric_alarm,
        alarms_jobs_failed: {
          ...before.aws_cloudwatch_metric_alarm.alarms_jobs_failed,
          evaluation_periods: 2,
        },
      },
    });
  });

  it('is judged by the guardrails as it comes out', () => {
    const { violations } = stackWith((stack) => {
      const { resource } = child(stack, 'delivery', HlsDistribution);
      resource.addOverride('default_cache_behavior.viewer_protocol_policy', 'allow-all');
      child(stack, 'masters', PrivateBucket).resource.addOverride('force_destroy', true);
    });

    expect(violations.map(({ rule, address }) => [rule.id, address])).toEqual([
      ['s3-prod-keeps-objects', 'aws_s3_bucket.masters'],
      ['cf-https-viewers', 'aws_cloudfront_distribution.delivery'],
    ]);
  });
});

function child<T>(stack: StorytimeStack, id: string, kind: abstract new (...args: never[]) => T): T {
  const found = stack.node.findChild(id);
  if (!(found instanceof kind)) throw new Error(`"${id}" is another construct`);
  return found;
}

/** The stack of prod, as Terraform reads it, after `change`. */
function stackWith(change: (stack: StorytimeStack) => void) {
  const stack = new StorytimeStack(Testing.app({ stackTraces: false }), prod, keys);
  change(stack);
  const json = JSON.parse(Testing.synth(stack));
  const { violations } = inspectStack(json, {
    name: 'prod',
    environment: 'prod',
    purpose: 'account',
    keys,
    now: new Date('2026-11-20T12:00:00Z'),
  });
  return { json, violations };
}
