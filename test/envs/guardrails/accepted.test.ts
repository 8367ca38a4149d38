/** What looks like a broken setting and is none: other ways to the same end, which no rule may stop. */
import { describe, expect, it } from 'vitest';
import { ref } from '../synthesized.ts';
import { inspected, type Json, restate, rewrite, type StackName } from './mutated.ts';
import { add, allowing } from './mutation.ts';
import { reachingItself } from './mutations-of-rights.ts';

interface Accepted {
  readonly what: string;
  readonly stack: StackName;
  readonly mutate: (json: Json) => void;
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html#eb-sqs-encrypted */
const EVENTS_USE_KEY = {
  Sid: 'Events',
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
  Resource: '*',
};

const ACCEPTED: readonly Accepted[] = [
  {
    what: 'an Allow that reaches the roles that deploy, which are denied to it',
    stack: 'state-prod',
    mutate: reachingItself,
  },
  {
    what: 'a topic of job events under a key that lets EventBridge use it',
    stack: 'maximum',
    mutate: ({ resource }) => {
      resource.aws_sns_topic.job_events_topic.kms_master_key_id = ref('aws_kms_key.alarms_regional.arn');
    },
  },
  {
    what: 'segments in an archive class that is read at once',
    stack: 'prod',
    mutate: ({ resource }) => {
      const { outputs } = resource.aws_s3_bucket_lifecycle_configuration;
      outputs.rule[0].transition = [{ days: 90, storage_class: 'GLACIER_IR' }];
    },
  },
  {
    what: 'queues under a KMS key that lets EventBridge use it, instead of SQS’s own',
    stack: 'prod',
    mutate: ({ resource }) => {
      for (const name of ['job_events', 'job_events_dead_letters']) {
        delete resource.aws_sqs_queue[name].sqs_managed_sse_enabled;
        resource.aws_sqs_queue[name].kms_master_key_id = ref('aws_kms_key.encryption.arn');
      }
      rewrite(resource.aws_kms_key_policy.encryption, ({ Statement }) => Statement.push(EVENTS_USE_KEY));
    },
  },
  {
    what: 'headers that carry no token, forwarded to the bucket',
    stack: 'prod',
    mutate: (json) => {
      add('aws_cloudfront_origin_request_policy', {
        name: 'cors',
        headers_config: { header_behavior: 'whitelist', headers: { items: ['Origin'] } },
        cookies_config: { cookie_behavior: 'none' },
        query_strings_config: { query_string_behavior: 'none' },
      })(json);
      const { default_cache_behavior: behaviour } = json.resource.aws_cloudfront_distribution.delivery;
      behaviour.origin_request_policy_id = ref('aws_cloudfront_origin_request_policy.mistake.id');
    },
  },
  {
    what: 'an index of the table, and a key of it under one more name of its context',
    stack: 'maximum',
    mutate: ({ resource }) => {
      const { app } = resource.aws_iam_policy;
      restate(app, 'ReadPlayback', (statement) => {
        statement.Resource = `${ref('aws_dynamodb_table.playback.arn')}/index/gsi2`;
      });
      restate(app, 'UseContentKeys', ({ Condition }) => {
        Condition['ForAllValues:StringEquals']['kms:EncryptionContextKeys'].push('tenant');
      });
    },
  },
  {
    what: 'thumbnails that stay private in an environment where they may be public',
    stack: 'maximum',
    mutate: ({ resource }) => {
      const { ordered_cache_behavior: behaviours } = resource.aws_cloudfront_distribution.delivery;
      for (const behaviour of behaviours)
        behaviour.trusted_key_groups = [ref('aws_cloudfront_key_group.viewers.id')];
    },
  },
  {
    what: 'public thumbnails without any list of key groups',
    stack: 'maximum',
    mutate: ({ resource }) => {
      const { ordered_cache_behavior: behaviours } = resource.aws_cloudfront_distribution.delivery;
      for (const behaviour of behaviours)
        if (behaviour.trusted_key_groups.length === 0) delete behaviour.trusted_key_groups;
    },
  },
  {
    what: 'a web ACL that a security team gave',
    stack: 'prod',
    mutate: ({ resource }) => {
      resource.aws_cloudfront_distribution.delivery.web_acl_id =
        'arn:aws:wafv2:us-east-1:444455556666:global/webacl/team/0a1b2c3d-0000-1111-2222-333344445555';
    },
  },
  {
    what: 'no web ACL at all',
    stack: 'prod',
    mutate: ({ resource }) => {
      delete resource.aws_cloudfront_distribution.delivery.web_acl_id;
      delete resource.aws_wafv2_web_acl;
    },
  },
  {
    what: 'an environment in us-east-1, whose default provider is CloudFront’s',
    stack: 'maximum',
    mutate: (json) => {
      json.provider.aws[0].region = 'us-east-1';
      for (const type of Object.values(json.resource) as Json[]) {
        for (const resource of Object.values(type) as Json[]) delete resource.provider;
      }
    },
  },
  {
    what: 'an alias of another name',
    stack: 'prod',
    mutate: (json) => {
      json.provider.aws[1].alias = 'global';
      for (const type of Object.values(json.resource) as Json[]) {
        for (const resource of Object.values(type) as Json[]) {
          if (resource.provider === 'aws.us_east_1') resource.provider = 'aws.global';
        }
      }
    },
  },
  {
    what: 'log delivery from every source of the account',
    stack: 'prod',
    mutate: ({ resource }) =>
      restate(resource.aws_s3_bucket_policy.access_logs, 'AllowDeliveredLogs', ({ Condition }) => {
        Condition.ArnLike['aws:SourceArn'] = 'arn:aws:logs:us-east-1:444455556666:delivery-source:*';
      }),
  },
  {
    what: 'a firewall’s log without what opens a video',
    stack: 'prod',
    mutate: add('aws_wafv2_web_acl_logging_configuration', {
      redacted_fields: [
        { query_string: {} },
        { single_header: { name: 'cookie' } },
        { single_header: { name: 'referer' } },
      ],
    }),
  },
  {
    what: 'a reader of the secret and a user of the key by reference',
    stack: 'prod',
    mutate: ({ resource }) => {
      const backend = ref('aws_iam_role.backend_service.arn');
      restate(
        resource.aws_secretsmanager_secret_policy.signing,
        'DenyOtherReaders',
        ({ Condition: { ArnNotEquals } }) => {
          ArnNotEquals['aws:PrincipalArn'][0] = backend;
        },
      );
      rewrite(resource.aws_kms_key_policy.encryption, ({ Statement }) =>
        Statement.push({
          Sid: 'Backend',
          Effect: 'Allow',
          Principal: { AWS: backend },
          Action: 'kms:Decrypt',
          Resource: '*',
        }),
      );
    },
  },
  {
    what: 'a secret that IAM alone guards',
    stack: 'maximum',
    mutate: (json) => {
      delete json.resource.aws_secretsmanager_secret_policy;
    },
  },
  {
    what: 'another account with an external id, and one of its roles without',
    stack: 'prod',
    mutate: add('aws_iam_role', {
      assume_role_policy: JSON.stringify({
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::999988887777:root' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'sts:ExternalId': 'a1b2c3d4' } },
          },
          {
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::999988887777:role/partner' },
            Action: 'sts:AssumeRole',
          },
        ],
      }),
    }),
  },
  {
    what: 'a signing key that KMS does not rotate, since it is asymmetric',
    stack: 'maximum',
    mutate: ({ resource }) => {
      delete resource.aws_kms_key['signing_2026-12-b'].enable_key_rotation;
    },
  },
  {
    what: 'data sources that read what is no secret',
    stack: 'prod',
    mutate: (json) => {
      json.data = {
        aws_caller_identity: { current: {} },
        aws_secretsmanager_secret_versions: { signing: { secret_id: 'storytime/prod/key' } },
        aws_ssm_parameter: { image: { name: '/aws/image', with_decryption: false } },
      };
    },
  },
  {
    what: 'a copy in a bucket of this stack, a grant and a principal of the own account',
    stack: 'maximum',
    mutate: (json) => {
      json.data.aws_iam_role = { elsewhere: { name: 'elsewhere' } };
      add('aws_s3_bucket_replication_configuration', {
        bucket: ref('aws_s3_bucket.masters.id'),
        rule: [{ destination: { bucket: ref('aws_s3_bucket.outputs.arn'), account: '444455556666' } }],
      })(json);
      add('aws_kms_grant', {
        operations: ['Decrypt'],
        grantee_principal: ref('aws_iam_role.mediaconvert.arn'),
        retiring_principal: 'arn:aws:iam::444455556666:role/storytime-oncall',
      })(json);
      allowing('aws_s3_bucket_policy.masters', {
        Principal: { AWS: [ref('data.aws_iam_role.elsewhere.arn'), '444455556666'] },
        Action: 's3:GetObject',
      })(json);
    },
  },
  {
    what: 'a backend that looks into IAM and at its secret',
    stack: 'prod',
    mutate: allowing('aws_iam_policy.app', {
      Action: ['iam:GetRole', 'iam:List*', 'secretsmanager:DescribeSecret', 'sts:GetCallerIdentity'],
      Resource: 'arn:aws:iam::444455556666:role/storytime-prod-app',
    }),
  },
  {
    what: 'a web ACL that blocks by default, and one without managed groups',
    stack: 'prod',
    mutate: (json) => {
      const wall = json.resource.aws_wafv2_web_acl.delivery_firewall;
      add('aws_wafv2_web_acl', {
        ...wall,
        default_action: { block: {} },
        rule: [{ ...wall.rule[0], action: { allow: {} } }],
      })(json);
      wall.rule = wall.rule.slice(0, 1);
    },
  },
  {
    what: 'a budget that tells a topic which lets it publish, and use its key',
    stack: 'prod',
    mutate: ({ resource }) => {
      const budgets = {
        Effect: 'Allow',
        Principal: { Service: 'budgets.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } },
      };
      const topic = ref('aws_sns_topic.alarms_regional.arn');
      rewrite(resource.aws_sns_topic_policy.alarms_regional, ({ Statement }) =>
        Statement.push({ Sid: 'Budgets', ...budgets, Action: 'sns:Publish', Resource: topic }),
      );
      rewrite(resource.aws_kms_key.alarms_regional, ({ Statement }) =>
        Statement.push({ Sid: 'Budgets', ...budgets, Action: EVENTS_USE_KEY.Action, Resource: '*' }),
      );
      for (const notification of resource.aws_budgets_budget.budget.notification) {
        delete notification.subscriber_email_addresses;
        notification.subscriber_sns_topic_arns = [ref('aws_sns_topic.alarms_regional.arn')];
      }
    },
  },
];

describe('no rule stops', () => {
  it.each(ACCEPTED)('$what', ({ stack, mutate }) => {
    const { violations } = inspected(stack, mutate);
    expect(violations.map(({ rule, address, found }) => `${rule.id} ${address}: ${found}`)).toEqual([]);
  });
});
