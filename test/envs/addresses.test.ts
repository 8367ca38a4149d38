import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { local } from '../../envs/local.ts';
import { dev, prod } from './examples.ts';
import { addressesOf, newKeys, renamesOf, synthesized, synthesizedState } from './synthesized.ts';

/** State files, imports and runbooks hold these: a rename needs a `moved` block. */
const IN_EVERY_ENVIRONMENT = [
  'aws_cloudformation_stack.transcode_job_template',
  'aws_cloudfront_cache_policy.delivery_playlists',
  'aws_cloudfront_cache_policy.delivery_segments',
  'aws_cloudfront_distribution.delivery',
  'aws_cloudfront_key_group.viewers',
  'aws_cloudfront_origin_access_control.delivery',
  'aws_cloudfront_public_key.generation_2026-11-a',
  'aws_cloudfront_response_headers_policy.delivery_response_headers',
  'aws_iam_policy.app',
  'aws_iam_role.mediaconvert',
  'aws_iam_role_policy.mediaconvert',
  'aws_media_convert_queue.transcode',
  'aws_s3_bucket.masters',
  'aws_s3_bucket.outputs',
  'aws_s3_bucket_cors_configuration.masters',
  'aws_s3_bucket_ownership_controls.masters',
  'aws_s3_bucket_ownership_controls.outputs',
  'aws_s3_bucket_policy.masters',
  'aws_s3_bucket_policy.outputs',
  'aws_s3_bucket_public_access_block.masters',
  'aws_s3_bucket_public_access_block.outputs',
  'aws_s3_bucket_server_side_encryption_configuration.masters',
  'aws_s3_bucket_server_side_encryption_configuration.outputs',
  'aws_s3_bucket_versioning.masters',
  'aws_secretsmanager_secret.signing',
];

const JOB_EVENTS = [
  'aws_cloudwatch_event_rule.job_events',
  'aws_cloudwatch_event_target.job_events',
  'aws_sqs_queue.job_events',
  'aws_sqs_queue.job_events_dead_letters',
  'aws_sqs_queue_policy.job_events',
  'aws_sqs_queue_policy.job_events_dead_letters',
];

const PLAYBACK = [
  'aws_dynamodb_table.playback',
  'aws_kms_alias.playback_key',
  'aws_kms_key.playback_key',
  'aws_kms_key_policy.playback_key',
];

/** Only in prod: encryption with a key of its own, access logs, a web ACL, alarms, a budget, a role for the backend. */
const IN_PROD = [
  'aws_budgets_budget.budget',
  'aws_cloudwatch_dashboard.dashboard',
  'aws_cloudwatch_event_rule.alarms_denied_secret_reads',
  'aws_cloudwatch_event_target.alarms_denied_secret_reads',
  'aws_cloudwatch_log_delivery.delivery_access_logs',
  'aws_cloudwatch_log_delivery_destination.delivery_access_logs',
  'aws_cloudwatch_log_delivery_source.delivery_access_logs',
  'aws_cloudwatch_metric_alarm.alarms_events_refused',
  'aws_cloudwatch_metric_alarm.alarms_events_unread',
  'aws_cloudwatch_metric_alarm.alarms_jobs_failed',
  'aws_cloudwatch_metric_alarm.alarms_jobs_waiting',
  'aws_cloudwatch_metric_alarm.alarms_viewers_failed',
  'aws_cloudwatch_metric_alarm.alarms_viewers_refused',
  'aws_iam_role.backend_service',
  'aws_iam_role_policy_attachment.backend_service',
  'aws_kms_alias.alarms_regional',
  'aws_kms_alias.alarms_us_east_1',
  'aws_kms_alias.encryption',
  'aws_kms_key.alarms_regional',
  'aws_kms_key.alarms_us_east_1',
  'aws_kms_key.encryption',
  'aws_kms_key_policy.encryption',
  'aws_route53_record.delivery_ipv4',
  'aws_route53_record.delivery_ipv6',
  'aws_s3_bucket.access_logs',
  'aws_s3_bucket_lifecycle_configuration.access_logs',
  'aws_s3_bucket_lifecycle_configuration.masters',
  'aws_s3_bucket_lifecycle_configuration.outputs',
  'aws_s3_bucket_logging.masters',
  'aws_s3_bucket_logging.outputs',
  'aws_s3_bucket_ownership_controls.access_logs',
  'aws_s3_bucket_policy.access_logs',
  'aws_s3_bucket_public_access_block.access_logs',
  'aws_s3_bucket_server_side_encryption_configuration.access_logs',
  'aws_secretsmanager_secret_policy.signing',
  'aws_sns_topic.alarms_regional',
  'aws_sns_topic.alarms_us_east_1',
  'aws_sns_topic_policy.alarms_regional',
  'aws_sns_topic_policy.alarms_us_east_1',
  'aws_sns_topic_subscription.alarms_regional',
  'aws_sns_topic_subscription.alarms_us_east_1',
  'aws_ssm_parameter.app_config',
  'aws_wafv2_web_acl.delivery_firewall',
];

const DEPLOY_ROLES = [
  'aws_iam_openid_connect_provider.deploy_github',
  'aws_iam_policy.deploy_delivery',
  'aws_iam_policy.deploy_identity',
  'aws_iam_policy.deploy_operations',
  'aws_iam_policy.deploy_read',
  'aws_iam_policy.deploy_read_operations',
  'aws_iam_policy.deploy_storage',
  'aws_iam_role.deploy_apply',
  'aws_iam_role.deploy_plan',
  'aws_iam_role_policy.deploy_apply_limits',
  'aws_iam_role_policy.deploy_apply_state',
  'aws_iam_role_policy.deploy_plan_state',
  'aws_iam_role_policy_attachment.deploy_apply_delivery',
  'aws_iam_role_policy_attachment.deploy_apply_identity',
  'aws_iam_role_policy_attachment.deploy_apply_operations',
  'aws_iam_role_policy_attachment.deploy_apply_read',
  'aws_iam_role_policy_attachment.deploy_apply_read_operations',
  'aws_iam_role_policy_attachment.deploy_apply_storage',
  'aws_iam_role_policy_attachment.deploy_plan_read',
  'aws_iam_role_policy_attachment.deploy_plan_read_operations',
];

const keys = newKeys('2026-11-a');

describe('resource addresses', () => {
  it('are these in dev, whose secret Terraform writes', () => {
    expect(addressesOf(synthesized(dev, keys))).toEqual(
      [
        ...IN_EVERY_ENVIRONMENT,
        ...JOB_EVENTS,
        'aws_s3_bucket_lifecycle_configuration.masters',
        'aws_s3_bucket_lifecycle_configuration.outputs',
        'aws_secretsmanager_secret_version.signing',
        'aws_ssm_parameter.app_config',
      ].sort(),
    );
  });

  it('are these in prod, which has a domain, keys and alarms of its own, and no secret value', () => {
    expect(addressesOf(synthesized(prod, keys))).toEqual(
      [...IN_EVERY_ENVIRONMENT, ...JOB_EVENTS, ...IN_PROD].sort(),
    );
  });

  it('are these in local, which carries only what the demo needs', () => {
    expect(addressesOf(synthesized(local, keys))).toEqual([...IN_EVERY_ENVIRONMENT, ...PLAYBACK].sort());
  });

  it.each([
    ['dev', dev],
    ['prod', prod],
  ])('are these four more in %s with playback', (_name, config) => {
    const playback = { keyUrl: 'https://api.storytime.example/api/video-keys', accessLogDays: 90 };
    const without = addressesOf(synthesized(config, keys));
    const added = addressesOf(synthesized({ ...config, playback }, keys));
    expect(added).toEqual([...without, ...PLAYBACK].sort());
  });

  it('are these in the stack that makes the state bucket', () => {
    const withTable = { ...dev.state, lock: 'both', lockTable: 'storytime-locks-dev' } as typeof dev.state;
    expect(addressesOf(synthesizedState({ ...dev, state: withTable }))).toEqual(
      [
        ...DEPLOY_ROLES,
        'aws_dynamodb_table.locks',
        'aws_s3_bucket.state',
        'aws_s3_bucket_ownership_controls.state',
        'aws_s3_bucket_policy.state',
        'aws_s3_bucket_public_access_block.state',
        'aws_s3_bucket_server_side_encryption_configuration.state',
        'aws_s3_bucket_versioning.state',
      ].sort(),
    );
  });

  it('stay where they are when a generation is added', () => {
    const before = addressesOf(synthesized(prod, keys));
    const after = addressesOf(synthesized(prod, newKeys('2026-11-a', '2026-12-b')));
    expect(after.filter((address) => !before.includes(address))).toEqual([
      'aws_cloudfront_public_key.generation_2026-12-b',
    ]);
    expect(before.filter((address) => !after.includes(address))).toEqual([]);
  });
});

describe('an address that changed', () => {
  it('is moved in every stack that had it, and is named in CHANGELOG.md', () => {
    const changelog = readFileSync('CHANGELOG.md', 'utf8');
    const moves = [dev, prod, local].flatMap((config) => renamesOf(synthesized(config, keys), config));

    expect(moves).not.toEqual([]);
    for (const { from, to } of moves) {
      expect(changelog).toContain(`\`${from}\``);
      expect(changelog).toContain(`\`${to}\``);
    }
  });
});
