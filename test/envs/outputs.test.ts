/** Whatever a stack makes and somebody outside of it uses has an output, or a reason here why it needs none. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backendVariables } from '../../envs/backend-variables.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { local } from '../../envs/local.ts';
import { maximum, maximumKeys } from './maximum.ts';
import { madeResources } from './stack-resources.ts';
import {
  addressesOf,
  newKeys,
  ref,
  resourceAt,
  synthesized,
  synthesizedState,
  type TerraformJson,
} from './synthesized.ts';

const keys = maximumKeys();
const everything: EnvironmentConfig = { ...maximum, backendPrincipal: { kind: 'ec2' } };
const stack = synthesized(everything, keys);
const stateStack = synthesizedState(everything);

/** By address, or by type where every resource of it is alike. */
type Reasons = Readonly<Record<string, string>>;
const NEEDS_NONE: Reasons = {
  aws_acm_certificate: 'CloudFront alone uses it, and ACM renews it by itself',
  aws_budgets_budget: 'people see it in the console, nothing reads it',
  aws_cloudwatch_dashboard: 'people open it in the console, by the name of the environment',
  aws_cloudwatch_log_delivery: 'delivers to the bucket of access logs, which is an output',
  aws_cloudwatch_log_delivery_destination: 'part of that delivery',
  aws_cloudwatch_log_delivery_source: 'part of that delivery',
  aws_cloudwatch_metric_alarm: 'tells the topics of alarms, which are outputs',
  'aws_cloudwatch_event_rule.alarms_denied_secret_reads': 'tells the topic of alarms, which is an output',
  'aws_cloudwatch_event_rule.job_events': 'tells the queue and the topic of events, which are outputs',
  aws_kms_alias: 'a second name of a key, and policies take the key by its ARN',
  'aws_kms_key.alarms_regional': 'SNS alone uses it, for the topic of alarms',
  'aws_kms_key.alarms_us_east_1': 'SNS alone uses it, for the topic of alarms',
  aws_route53_record: 'makes a domain resolve that the environment itself chose',
};
const NEEDS_NONE_OF_STATE: Reasons = { aws_iam_policy: 'attached to the deploy roles, which are outputs' };

describe.each<[string, TerraformJson, Reasons]>([
  ['an environment with every option on', stack, NEEDS_NONE],
  ['its state stack', stateStack, NEEDS_NONE_OF_STATE],
])('%s', (_name, json, reasons) => {
  // The parts of a resource, such as a bucket's policy, have no ARN of their own.
  const withArn = new Set(madeResources(json, everything).map(({ address }) => address));
  const addresses = addressesOf(json).filter((address) => withArn.has(address));
  const outputs = JSON.stringify(json.output);
  const isNamed = (address: string) => outputs.includes(`\${${address}.`);
  const reasonOf = (address: string) => reasons[address] ?? reasons[typeOf(address)];

  it.each(addresses)('names %s in an output, or has a reason not to', (address) => {
    if (isNamed(address)) expect(reasonOf(address)).toBeUndefined();
    else expect(reasonOf(address)).toEqual(expect.any(String));
  });

  it('has no reason for what it does not make', () => {
    const made = addresses.flatMap((address) => [address, typeOf(address)]);
    expect(Object.keys(reasons).filter((address) => !made.includes(address))).toEqual([]);
  });
});

describe('an output of an option', () => {
  it('names what the option makes', () => {
    const values = Object.entries(stack.output).map(([name, { value }]) => [name, value]);
    expect(Object.fromEntries(values)).toMatchObject({
      access_logs_bucket_name: ref('aws_s3_bucket.access_logs.id'),
      alarms_topic_arn: ref('aws_sns_topic.alarms_regional.arn'),
      alarms_us_east_1_topic_arn: ref('aws_sns_topic.alarms_us_east_1.arn'),
      app_config_parameter_name: ref('aws_ssm_parameter.app_config.name'),
      library_admin_policy_arn: ref('aws_iam_policy.library_admin.arn'),
      encryption_key_arn: ref('aws_kms_key.encryption.arn'),
      mediaconvert_events_dead_letter_queue_arn: ref('aws_sqs_queue.job_events_dead_letters.arn'),
      mediaconvert_events_queue_arn: ref('aws_sqs_queue.job_events.arn'),
      mediaconvert_events_topic_arn: ref('aws_sns_topic.job_events_topic.arn'),
      playback_key_arn: ref('aws_kms_key.playback_key.arn'),
      playback_table_name: ref('aws_dynamodb_table.playback.name'),
      web_acl_arn: ref('aws_wafv2_web_acl.delivery_firewall.arn'),
    });
  });

  it.each<[string, Partial<EnvironmentConfig>, RegExp]>([
    ['a queue of events without a topic', { jobEvents: 'queue' }, /^mediaconvert_events_topic/],
    ['no events', { jobEvents: 'none' }, /^mediaconvert_events/],
    ['keys that AWS owns', { encryption: 'aws-owned' }, /^encryption_key/],
    ['no access logs', { accessLogRetentionDays: null }, /^access_logs/],
    ['no alarms', { alarmEmail: null, monthlyBudgetUsd: null }, /^alarms/],
    ['no web ACL', { webAcl: null }, /^web_acl/],
    ['no policy of the library', { libraryAdminPolicy: false }, /^library_admin/],
    ['no parameter in SSM', { appConfigParameter: false }, /^app_config/],
    ['no playback', { playback: null }, /^playback/],
  ])('is absent with %s', (_, values, pattern) => {
    expect(Object.keys(stack.output).filter((name) => pattern.test(name))).not.toEqual([]);
    const { output } = synthesized({ ...everything, ...values }, keys);
    expect(Object.keys(output).filter((name) => pattern.test(name))).toEqual([]);
  });

  it('is absent from local, which has every option off but playback', () => {
    const { output } = synthesized(local, newKeys('2026-11-a'));
    const optional = Object.keys(stack.output).filter((name) => !(name in output));
    expect(optional).toHaveLength(14);
  });

  it('names a web ACL that somebody else made, too', () => {
    const arn = 'arn:aws:wafv2:us-east-1:444455556666:global/webacl/security-team/1a2b3c4d';
    const { output } = synthesized({ ...everything, webAcl: { kind: 'given', arn } }, keys);
    expect(output.web_acl_arn?.value).toBe(arn);
  });

  it('reaches a backend as a variable, in SSM as well', () => {
    const references = Object.fromEntries(
      Object.entries(stack.output).map(([name, { value }]) => [name, value]),
    );
    const { variables } = backendVariables(everything, references);
    expect(variables).toMatchObject({
      MEDIACONVERT_EVENTS_TOPIC_ARN: ref('aws_sns_topic.job_events_topic.arn'),
      ENCRYPTION_KEY_ARN: ref('aws_kms_key.encryption.arn'),
      PLAYBACK_TABLE: ref('aws_dynamodb_table.playback.name'),
      PLAYBACK_KEY_ARN: ref('aws_kms_key.playback_key.arn'),
      PLAYBACK_KEY_URL: 'https://api.storytime.example/api/video-keys',
      PLAYBACK_ACCESS_LOG_DAYS: '365',
    });
    const { value } = resourceAt(stack, 'aws_ssm_parameter.app_config');
    expect(JSON.parse(String(value))).toEqual(variables);
  });
});

it('every output is in the table of README', () => {
  const [, section = ''] = readFileSync('README.md', 'utf8').split(
    "## From outputs to a backend's environment",
  );
  const named = new Set(
    [...(section.split('\n## ')[0] ?? '').matchAll(/`([a-z0-9_]+)`/g)].map(([, name]) => name),
  );
  const there = [...Object.keys(stack.output), 'cloudfront_signing_kms_key_arn', 'app_role_arn'];
  expect(there.filter((name) => !named.has(name))).toEqual([]);
});

function typeOf(address: string): string {
  return address.split('.')[0] ?? '';
}
