// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as Terraform's JSON has them
/** A stack with more than the environments have: what the picture must still hold. Only what it reads is here. */

type Block = Readonly<Record<string, unknown>>;

const arn = (address: string): string => `\${${address}.arn}`;
const id = (address: string): string => `\${${address}.id}`;

function policy(...statements: readonly Block[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function allow(action: string | readonly string[], resource: string): Block {
  return { Effect: 'Allow', Action: action, Resource: resource };
}

function bucket(name: string, parts: readonly string[]): Block {
  return {
    aws_s3_bucket: { [name]: { bucket: `example-${name}` } },
    ...Object.fromEntries(
      parts.map((part) => [`aws_s3_bucket_${part}`, { [name]: { bucket: id(`aws_s3_bucket.${name}`) } }]),
    ),
  };
}

function merged(...parts: readonly Block[]): Block {
  const all: Record<string, Record<string, unknown>> = {};
  for (const part of parts) {
    for (const [type, named] of Object.entries(part)) all[type] = { ...all[type], ...(named as Block) };
  }
  return all;
}

const QUEUE = 'aws_media_convert_queue.transcode';
const KEY = 'aws_kms_key.media';
const DELIVERY = 'aws_cloudfront_distribution.delivery';
const SECRET = 'aws_secretsmanager_secret.signing';
const DEAD_LETTERS = 'aws_sqs_queue.job_events_dead_letters';
const BUCKET_PARTS = ['ownership_controls', 'policy', 'public_access_block', 'versioning', 'logging'];
const WATCHED = { delivery: DELIVERY, queue: QUEUE, letters: DEAD_LETTERS };

function logging(name: string): Block {
  return {
    aws_s3_bucket_logging: {
      [name]: { bucket: id(`aws_s3_bucket.${name}`), target_bucket: id('aws_s3_bucket.logs') },
    },
    aws_s3_bucket_server_side_encryption_configuration: {
      [name]: { bucket: id(`aws_s3_bucket.${name}`), rule: { kms: arn(KEY) } },
    },
  };
}

function role(name: string, service: string, ...statements: readonly Block[]): Block {
  const address = `aws_iam_role.${name}`;
  const trust = policy({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' });
  return {
    aws_iam_role: { [name]: { assume_role_policy: trust } },
    ...(statements.length > 0 && {
      aws_iam_role_policy: { [name]: { role: id(address), policy: policy(...statements) } },
    }),
  };
}

export const largeStack: Block = {
  provider: { aws: [{ region: 'eu-central-1' }, { alias: 'us_east_1', region: 'us-east-1' }] },
  resource: merged(
    bucket('masters', [...BUCKET_PARTS, 'lifecycle_configuration', 'cors_configuration']),
    logging('masters'),
    bucket('outputs', BUCKET_PARTS),
    logging('outputs'),
    bucket('logs', BUCKET_PARTS.slice(0, 3)),
    {
      aws_media_convert_queue: { transcode: {}, express: {} },
      aws_cloudformation_stack: { transcode_job_template: { parameters: { QueueArn: arn(QUEUE) } } },
    },
    role(
      'mediaconvert',
      'mediaconvert.amazonaws.com',
      allow('s3:GetObject', `${arn('aws_s3_bucket.masters')}/*`),
      allow('s3:PutObject', `${arn('aws_s3_bucket.outputs')}/*`),
      allow(['kms:Decrypt', 'kms:GenerateDataKey'], arn(KEY)),
    ),
    {
      aws_cloudwatch_event_rule: {
        job_events: { event_pattern: `{"source":["aws.mediaconvert"],"detail":{"queue":["${arn(QUEUE)}"]}}` },
        secret_denied: { event_pattern: `{"source":["aws.secretsmanager"],"resources":["${arn(SECRET)}"]}` },
      },
      aws_cloudwatch_event_target: {
        job_events: {
          rule: '${aws_cloudwatch_event_rule.job_events.name}',
          arn: arn('aws_sqs_queue.job_events'),
        },
        job_topic: {
          rule: '${aws_cloudwatch_event_rule.job_events.name}',
          arn: arn('aws_sns_topic.job_events'),
        },
        secret_denied: {
          rule: '${aws_cloudwatch_event_rule.secret_denied.name}',
          arn: arn('aws_sns_topic.alarms'),
        },
      },
      aws_sqs_queue: {
        job_events: { redrive_policy: `{"deadLetterTargetArn":"${arn(DEAD_LETTERS)}","maxReceiveCount":5}` },
        job_events_dead_letters: {},
      },
      aws_sns_topic: {
        job_events: {},
        alarms: { kms_master_key_id: id('aws_kms_key.alarms_key') },
        alarms_us_east_1: { provider: 'aws.us_east_1' },
      },
      aws_sns_topic_subscription: { alarms: { topic_arn: arn('aws_sns_topic.alarms') } },
    },
    {
      aws_cloudfront_public_key: { 'generation_2026-11-a': {}, 'generation_2026-11-b': {} },
      aws_cloudfront_key_group: {
        viewers: {
          items: ['a', 'b'].map((one) => id(`aws_cloudfront_public_key.generation_2026-11-${one}`)),
        },
      },
      aws_cloudfront_cache_policy: { delivery_playlists: {}, delivery_segments: {}, delivery_thumbnails: {} },
      aws_cloudfront_origin_access_control: { delivery: {} },
      aws_cloudfront_response_headers_policy: { delivery_response_headers: {} },
      aws_cloudfront_distribution: {
        delivery: {
          origin: [
            {
              domain_name: '${aws_s3_bucket.outputs.bucket_regional_domain_name}',
              origin_access_control_id: id('aws_cloudfront_origin_access_control.delivery'),
            },
          ],
          ordered_cache_behavior: ['playlists', 'segments', 'thumbnails'].map((what) => ({
            cache_policy_id: id(`aws_cloudfront_cache_policy.delivery_${what}`),
            response_headers_policy_id: id(
              'aws_cloudfront_response_headers_policy.delivery_response_headers',
            ),
            trusted_key_groups: [id('aws_cloudfront_key_group.viewers')],
          })),
          viewer_certificate: {
            acm_certificate_arn: '${aws_acm_certificate_validation.delivery.certificate_arn}',
          },
          web_acl_id: arn('aws_wafv2_web_acl.delivery'),
        },
      },
      aws_wafv2_web_acl: { delivery: { provider: 'aws.us_east_1' } },
      aws_acm_certificate: { delivery: { provider: 'aws.us_east_1' } },
      aws_acm_certificate_validation: {
        delivery: { certificate_arn: arn('aws_acm_certificate.delivery'), provider: 'aws.us_east_1' },
      },
      aws_route53_record: {
        delivery_validation: {
          name: '${tolist(aws_acm_certificate.delivery.domain_validation_options)[0].resource_record_name}',
        },
        delivery_ipv4: { alias: { name: `\${${DELIVERY}.domain_name}` } },
        delivery_ipv6: { alias: { name: `\${${DELIVERY}.domain_name}` } },
      },
      aws_cloudwatch_log_delivery: {
        delivery: {
          delivery_source_name: '${aws_cloudwatch_log_delivery_source.delivery.name}',
          delivery_destination_arn: arn('aws_cloudwatch_log_delivery_destination.delivery'),
          provider: 'aws.us_east_1',
        },
      },
      aws_cloudwatch_log_delivery_source: { delivery: { resource_arn: arn(DELIVERY) } },
      aws_cloudwatch_log_delivery_destination: {
        delivery: {
          delivery_destination_configuration: { destination_resource_arn: arn('aws_s3_bucket.logs') },
        },
      },
    },
    {
      aws_kms_key: { media: {}, alarms_key: {}, signing_2027: { key_usage: 'SIGN_VERIFY' } },
      aws_kms_alias: {
        media: { target_key_id: id(KEY) },
        signing_2027: { target_key_id: id('aws_kms_key.signing_2027') },
      },
      aws_kms_key_policy: {
        media: {
          key_id: id(KEY),
          policy: policy({
            Effect: 'Allow',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Action: 'kms:Decrypt',
            Resource: '*',
            Condition: { StringEquals: { 'AWS:SourceArn': arn(DELIVERY) } },
          }),
        },
      },
      aws_secretsmanager_secret: { signing: { kms_key_id: arn(KEY) } },
      aws_secretsmanager_secret_policy: { signing: { secret_arn: arn(SECRET) } },
    },
    {
      aws_iam_policy: {
        app: {
          policy: policy(
            allow('s3:PutObject', `${arn('aws_s3_bucket.masters')}/uploads/*`),
            allow('mediaconvert:CreateJob', arn(QUEUE)),
            allow('iam:PassRole', arn('aws_iam_role.mediaconvert')),
            allow('secretsmanager:GetSecretValue', arn(SECRET)),
            allow('cloudfront:CreateInvalidation', arn(DELIVERY)),
            allow('sqs:ReceiveMessage', arn('aws_sqs_queue.job_events')),
            allow('ssm:GetParameter', arn('aws_ssm_parameter.app_config')),
            allow('kms:Sign', arn('aws_kms_key.signing_2027')),
            allow(['kms:Decrypt', 'kms:GenerateDataKey'], arn(KEY)),
          ),
        },
      },
      aws_ssm_parameter: {
        app_config: {
          value: `{"bucket":"${id('aws_s3_bucket.masters')}","outputs":"${id('aws_s3_bucket.outputs')}","queue":"${arn(QUEUE)}","distribution":"${id(DELIVERY)}","secret":"${id(SECRET)}"}`,
        },
      },
      aws_iam_instance_profile: { app: { role: '${aws_iam_role.app.name}' } },
      aws_iam_role_policy_attachment: {
        app: { role: '${aws_iam_role.app.name}', policy_arn: arn('aws_iam_policy.app') },
      },
      aws_iam_openid_connect_provider: { deploy: {} },
    },
    role('app', 'ec2.amazonaws.com'),
    role('deploy_plan', 'none', allow('s3:GetObject', 'arn:aws:s3:::example-state/*')),
    role('deploy_apply', 'none', allow('s3:PutObject', 'arn:aws:s3:::example-state/*')),
    {
      aws_cloudwatch_metric_alarm: Object.fromEntries(
        Object.entries(WATCHED).map(([name, address]) => [
          `alarms_${name}`,
          {
            dimensions: { Watched: id(address) },
            alarm_actions: [
              arn(address === DELIVERY ? 'aws_sns_topic.alarms_us_east_1' : 'aws_sns_topic.alarms'),
            ],
            ...(address === DELIVERY && { provider: 'aws.us_east_1' }),
          },
        ]),
      ),
      aws_cloudwatch_dashboard: {
        operations: { dashboard_body: `{"distribution":"${id(DELIVERY)}","queue":"${arn(QUEUE)}"}` },
      },
      aws_budgets_budget: { month: {} },
    },
  ),
};
