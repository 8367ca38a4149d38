/** Keys, logs, CloudFront's things in us-east-1, queues, topics and alarms: one broken setting each. */
import { ref } from '../synthesized.ts';
import { type Json, restate, rewrite, type StackName } from './mutated.ts';
import { add, allowing, at, block, inPolicy, type Mutation, set, without } from './mutation.ts';

const DISTRIBUTION = 'aws_cloudfront_distribution.delivery';
const HEADERS = 'aws_cloudfront_response_headers_policy.delivery_response_headers';
const LOG_POLICY = 'aws_s3_bucket_policy.access_logs';
const KEY_POLICY = 'aws_kms_key_policy.encryption';
const FIREWALL = 'aws_wafv2_web_acl.delivery_firewall';
const US_EAST_1 = [
  FIREWALL,
  'aws_cloudwatch_metric_alarm.alarms_viewers_refused',
  'aws_cloudwatch_metric_alarm.alarms_viewers_failed',
  'aws_sns_topic.alarms_us_east_1',
  'aws_cloudwatch_log_delivery_source.delivery_access_logs',
  'aws_cloudwatch_log_delivery_destination.delivery_access_logs',
  'aws_cloudwatch_log_delivery.delivery_access_logs',
];

const encryption: readonly Mutation[] = [
  ...['masters', 'outputs'].flatMap((name) =>
    ['DenyOtherEncryption', 'DenyOtherKey', 'DenyCustomerKey'].flatMap((sid) => {
      const policy = `aws_s3_bucket_policy.${name}`;
      const broken = (what: string, change: (statement: Json) => void) =>
        at(
          's3-one-key-only',
          `aws_s3_bucket.${name}`,
          `${sid} of ${name}: ${what}`,
          inPolicy(policy, sid, change),
        );
      return [
        at('s3-one-key-only', `aws_s3_bucket.${name}`, `no ${sid} of ${name}`, without(policy, sid)),
        broken('only one principal', (statement) =>
          Object.assign(statement, { Principal: { AWS: '444455556666' } }),
        ),
        broken('one folder', (statement) => Object.assign(statement, { Resource: `${statement.Resource}x` })),
        broken('another condition', (statement) =>
          Object.assign(statement.Condition, { StringEquals: { 'aws:PrincipalAccount': '1' } }),
        ),
        ...(sid === 'DenyCustomerKey'
          ? []
          : [broken('uploads that name nothing', (statement) => delete statement.Condition.Null)]),
      ];
    }),
  ),
  at(
    's3-one-key-only',
    'aws_s3_bucket.outputs',
    'another key than the bucket’s',
    inPolicy('aws_s3_bucket_policy.outputs', 'DenyOtherKey', (statement) => {
      statement.Condition.StringNotEquals = {
        's3:x-amz-server-side-encryption-aws-kms-key-id': ref('aws_kms_key.alarms_regional.arn'),
      };
    }),
  ),
  ...['encryption', 'alarms_regional', 'alarms_us_east_1'].flatMap((name) =>
    [false, undefined].map((value) =>
      at(
        'kms-rotated',
        `aws_kms_key.${name}`,
        `${name} with enable_key_rotation ${value}`,
        set(`aws_kms_key.${name}`, { enable_key_rotation: value }),
      ),
    ),
  ),
  at('kms-own-policy', 'aws_kms_key.encryption', 'KMS’s default', (json) => {
    delete json.resource.aws_kms_key_policy.encryption;
  }),
  at('kms-own-policy', 'aws_kms_key.encryption', 'two policies', (json) => {
    block(json, 'aws_kms_key.encryption').policy = block(json, KEY_POLICY).policy;
  }),
  at(
    'kms-own-policy',
    'aws_kms_key.mistake',
    'a key without a policy',
    add('aws_kms_key', { enable_key_rotation: true, lifecycle: { prevent_destroy: true } }),
  ),
  ...(
    [
      ['no source', (statement: Json) => delete statement.Condition],
      [
        'any distribution',
        (statement: Json) =>
          Object.assign(statement, {
            Condition: { StringLike: { 'AWS:SourceArn': 'arn:aws:cloudfront::444455556666:distribution/*' } },
          }),
      ],
      [
        'a source by name',
        (statement: Json) =>
          Object.assign(statement.Condition.StringEquals, {
            'AWS:SourceArn': 'arn:aws:cloudfront::444455556666:distribution/E1',
          }),
      ],
      [
        'encrypting',
        (statement: Json) => Object.assign(statement, { Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] }),
      ],
    ] as const
  ).map(([what, change]) =>
    at(
      'kms-services-bound',
      KEY_POLICY,
      `CloudFront: ${what}`,
      inPolicy(KEY_POLICY, 'AllowCloudFrontDecrypt', change),
    ),
  ),
  ...[undefined, { StringEquals: { 'aws:SourceAccount': '999988887777' } }].map((Condition) =>
    at(
      'kms-services-bound',
      'aws_kms_key.alarms_regional',
      `CloudWatch with ${JSON.stringify(Condition)}`,
      inPolicy('aws_kms_key.alarms_regional', 'Alarms', (statement) => {
        statement.Condition = Condition;
      }),
    ),
  ),
  at('kms-origin-readable', DISTRIBUTION, 'no decrypting', without(KEY_POLICY, 'AllowCloudFrontDecrypt')),
  at('kms-origin-readable', DISTRIBUTION, 'a Deny beside the Allow', (json) =>
    rewrite(block(json, KEY_POLICY), (document) => {
      document.Statement.push({
        Sid: 'OtherDistributions',
        Effect: 'Deny',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: {
          StringNotEquals: { 'aws:SourceArn': 'arn:aws:cloudfront::444455556666:distribution/*' },
        },
      });
    }),
  ),
  at(
    'kms-origin-readable',
    DISTRIBUTION,
    'a denial',
    inPolicy(KEY_POLICY, 'AllowCloudFrontDecrypt', (statement) => {
      statement.Effect = 'Deny';
    }),
  ),
  ...[
    'arn:aws:kms:eu-central-1:444455556666:key/*',
    'arn:aws:kms:eu-central-1:444455556666:alias/storytime',
  ].map((Resource) =>
    at(
      'kms-signers-by-name',
      'aws_iam_policy.app',
      `signing with ${Resource}`,
      allowing('aws_iam_policy.app', { Action: 'kms:Sign', Resource }),
      'maximum',
    ),
  ),
  at(
    'kms-signers-by-name',
    'aws_kms_key_policy.signing_2026-12-b',
    'a service that signs',
    allowing('aws_kms_key_policy.signing_2026-12-b', {
      Principal: { Service: 'mediaconvert.amazonaws.com' },
      Action: 'kms:S*',
      Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } },
    }),
    'maximum',
  ),
  at(
    'kms-signers-by-name',
    'aws_kms_grant.mistake',
    'a grant',
    add('aws_kms_grant', {
      key_id: ref('aws_kms_key.signing_2026-12-b.key_id'),
      operations: ['Verify', 'Sign'],
    }),
    'maximum',
  ),
  ...[
    'aws_s3_bucket.masters',
    'aws_s3_bucket.outputs',
    'aws_s3_bucket.access_logs',
    'aws_kms_key.encryption',
  ].flatMap((address) =>
    [undefined, { prevent_destroy: false }].map((lifecycle) =>
      at('prod-kept', address, `${address} with ${JSON.stringify(lifecycle)}`, set(address, { lifecycle })),
    ),
  ),
];

/** A statement of the masters’ policy as one of the log bucket’s. */
function toLogs(statement: Json): Json {
  return JSON.parse(
    JSON.stringify(statement).replaceAll('aws_s3_bucket.masters', 'aws_s3_bucket.access_logs'),
  );
}

const logs: readonly Mutation[] = [
  ...['masters', 'outputs'].map((name) =>
    at(
      'logs-arrive',
      `aws_s3_bucket_logging.${name}`,
      `${name} into a bucket by name`,
      set(`aws_s3_bucket_logging.${name}`, { target_bucket: 'logs' }),
    ),
  ),
  at('logs-arrive', 'aws_s3_bucket_logging.masters', 'a bucket under a KMS key', (json) => {
    const [masters] = json.resource.aws_s3_bucket_server_side_encryption_configuration.masters.rule;
    json.resource.aws_s3_bucket_server_side_encryption_configuration.access_logs.rule = [masters];
    const refusals = JSON.parse(block(json, 'aws_s3_bucket_policy.masters').policy).Statement.slice(1);
    for (const refusal of refusals) allowing(LOG_POLICY, toLogs(refusal))(json);
  }),
  at(
    'logs-arrive',
    'aws_s3_bucket_logging.masters',
    'a bucket that does not allow S3',
    without(LOG_POLICY, 'AllowServerAccessLogs'),
  ),
  at(
    'logs-arrive',
    'aws_cloudwatch_log_delivery_destination.delivery_access_logs',
    'a bucket that does not allow the delivery',
    without(LOG_POLICY, 'AllowDeliveredLogs'),
  ),
  at(
    'logs-arrive',
    'aws_s3_bucket_logging.mistake',
    'logs of logs',
    add('aws_s3_bucket_logging', {
      bucket: ref('aws_s3_bucket.access_logs.id'),
      target_bucket: ref('aws_s3_bucket_policy.access_logs.bucket'),
      target_prefix: 's3/logs/',
    }),
  ),
  ...(
    [
      ['AllowServerAccessLogs', 'ArnEquals'],
      ['AllowDeliveredLogs', 'ArnLike'],
    ] as const
  ).flatMap(([sid, operator]) => {
    const broken = (what: string, change: (statement: Json) => void) =>
      at('logs-written-by-aws', LOG_POLICY, `${sid}: ${what}`, inPolicy(LOG_POLICY, sid, change));
    return [
      broken('no condition', (statement) => delete statement.Condition),
      broken('no source', (statement) => delete statement.Condition[operator]),
      broken('any source', (statement) => {
        statement.Condition[operator]['aws:SourceArn'] = 'arn:aws:*:*:444455556666:*';
      }),
      broken('one source of another account', (statement) => {
        statement.Condition[operator]['aws:SourceArn'] = [
          ref('aws_s3_bucket.masters.arn'),
          'arn:aws:logs:us-east-1:999988887777:delivery-source:*',
        ];
      }),
      broken('no account', (statement) => delete statement.Condition.StringEquals['aws:SourceAccount']),
      broken('another account', (statement) => {
        statement.Condition.StringEquals['aws:SourceAccount'] = '999988887777';
      }),
      broken('reading', (statement) => {
        statement.Action = ['s3:PutObject', 's3:GetObject'];
      }),
    ];
  }),
  ...[
    { AWS: 'arn:aws:iam::444455556666:role/storytime-analyst' },
    { Service: 'lambda.amazonaws.com' },
    { Service: ['logging.s3.amazonaws.com', 'lambda.amazonaws.com'] },
  ].map((Principal) =>
    at(
      'logs-written-by-aws',
      LOG_POLICY,
      JSON.stringify(Principal),
      allowing(LOG_POLICY, { Principal, Action: 's3:PutObject' }),
    ),
  ),
  ...['cs-uri-query', 'cs(Cookie)', 'cs(Referer)'].map((field) =>
    at('logs-open-nothing', 'aws_cloudwatch_log_delivery.delivery_access_logs', field, (json) => {
      block(json, 'aws_cloudwatch_log_delivery.delivery_access_logs').record_fields.push(field);
    }),
  ),
  ...[undefined, []].map((record_fields) =>
    at(
      'logs-open-nothing',
      'aws_cloudwatch_log_delivery.delivery_access_logs',
      `every field by ${JSON.stringify(record_fields)}`,
      set('aws_cloudwatch_log_delivery.delivery_access_logs', { record_fields }),
    ),
  ),
  ...['cs-cookie', 'cs-headers', 'cs-uri-query', 'cs-referer'].map((field) =>
    at(
      'logs-open-nothing',
      'aws_cloudfront_realtime_log_config.mistake',
      `${field} in real time`,
      add('aws_cloudfront_realtime_log_config', { fields: ['timestamp', field] }),
    ),
  ),
  at(
    'logs-open-nothing',
    DISTRIBUTION,
    'logs of the first generation',
    set(DISTRIBUTION, { logging_config: { bucket: ref('aws_s3_bucket.access_logs.bucket_domain_name') } }),
  ),
  at('logs-open-nothing', FIREWALL, 'samples of all requests', (json) => {
    block(json, FIREWALL).visibility_config.sampled_requests_enabled = true;
  }),
  at('logs-open-nothing', FIREWALL, 'samples of one rule', (json) => {
    delete block(json, FIREWALL).rule[1].visibility_config.sampled_requests_enabled;
  }),
  at(
    'logs-open-nothing',
    'aws_wafv2_web_acl_logging_configuration.mistake',
    'the firewall’s log with cookies',
    add('aws_wafv2_web_acl_logging_configuration', {
      redacted_fields: [{ query_string: {} }, { single_header: { name: 'referer' } }],
    }),
  ),
];

const viewers: readonly Mutation[] = [
  ...[0, 3, 8].map((index) =>
    at('cf-response-headers', DISTRIBUTION, `behaviour ${index} without a policy`, (json) => {
      const { ordered_cache_behavior: ordered, default_cache_behavior: rest } = block(json, DISTRIBUTION);
      delete [...ordered, rest][index].response_headers_policy_id;
    }),
  ),
  at('cf-response-headers', DISTRIBUTION, 'a policy of AWS by its id', (json) => {
    block(json, DISTRIBUTION).default_cache_behavior.response_headers_policy_id =
      '67f7725c-6f97-4210-82d7-5512b31e9d03';
  }),
  ...(
    [
      ['no security headers', (policy: Json) => delete policy.security_headers_config],
      ['no HSTS', ({ security_headers_config: config }: Json) => delete config.strict_transport_security],
      [
        'HSTS for a day',
        ({ security_headers_config: config }: Json) =>
          Object.assign(config.strict_transport_security, { access_control_max_age_sec: 86_400 }),
      ],
      [
        'HSTS as the origin says',
        ({ security_headers_config: config }: Json) =>
          Object.assign(config.strict_transport_security, { override: false }),
      ],
      ['no nosniff', ({ security_headers_config: config }: Json) => delete config.content_type_options],
    ] as const
  ).map(([what, change]) =>
    at('cf-response-headers', HEADERS, what, (json) => {
      change(block(json, HEADERS));
    }),
  ),
  ...(
    [
      ['access_control_allow_headers', '*'],
      ['access_control_expose_headers', '*'],
      ['access_control_allow_methods', 'ALL'],
    ] as const
  ).map(([argument, item]) =>
    at('cors-no-star', HEADERS, argument, (json) => {
      block(json, HEADERS).cors_config[argument].items = [item];
    }),
  ),
  ...US_EAST_1.flatMap((address) =>
    [undefined, 'aws'].map((provider) =>
      at('cf-us-east-1', address, `${address} by provider ${provider}`, set(address, { provider })),
    ),
  ),
  ...['aws_acm_certificate.delivery_certificate', 'aws_acm_certificate_validation.delivery_certificate'].map(
    (address) =>
      at('cf-us-east-1', address, `${address} at home`, set(address, { provider: undefined }), 'maximum'),
  ),
  at('cf-us-east-1', FIREWALL, 'an alias that lies', (json) => {
    json.provider.aws[1].region = 'eu-west-1';
  }),
  ...[
    'arn:aws:wafv2:eu-central-1:444455556666:regional/webacl/team/0a1b2c3d',
    'arn:aws:wafv2:us-east-1:444455556666:global/webacl/*',
    'arn:aws:wafv2:us-east-1:999988887777:global/webacl/team/0a1b2c3d-0000-1111-2222-333344445555',
    '473e64fd-f30b-4765-81a0-62ad96dd167a',
    ref('aws_wafv2_web_acl.delivery_firewall.id'),
    ref('aws_wafv2_web_acl.gone.arn'),
  ].map((web_acl_id) =>
    at('cf-web-acl', DISTRIBUTION, String(web_acl_id), set(DISTRIBUTION, { web_acl_id })),
  ),
  at('cf-web-acl', DISTRIBUTION, 'a regional one', set(FIREWALL, { scope: 'REGIONAL' })),
  at(
    'acm-dns-validated',
    'aws_acm_certificate.delivery_certificate',
    'proved by mail',
    set('aws_acm_certificate.delivery_certificate', { validation_method: 'EMAIL' }),
    'maximum',
  ),
  ...[undefined, { create_before_destroy: false }].map((lifecycle) =>
    at(
      'acm-dns-validated',
      'aws_acm_certificate.delivery_certificate',
      `destroyed first by ${JSON.stringify(lifecycle)}`,
      set('aws_acm_certificate.delivery_certificate', { lifecycle }),
      'maximum',
    ),
  ),
  at(
    'acm-dns-validated',
    DISTRIBUTION,
    'a pending certificate',
    (json) => {
      block(json, DISTRIBUTION).viewer_certificate.acm_certificate_arn = ref(
        'aws_acm_certificate.delivery_certificate.arn',
      );
    },
    'maximum',
  ),
];

const QUEUES = ['job_events', 'job_events_dead_letters'];
const underKey = (queue: string, kms_master_key_id: string) =>
  set(`aws_sqs_queue.${queue}`, { sqs_managed_sse_enabled: undefined, kms_master_key_id });
const TOPICS: readonly (readonly [address: string, stack: StackName])[] = [
  ['aws_sns_topic_policy.alarms_regional', 'prod'],
  ['aws_sns_topic_policy.alarms_us_east_1', 'prod'],
  ['aws_sns_topic_policy.job_events_topic', 'maximum'],
];
const TARGET = 'aws_cloudwatch_event_target.job_events';

const messages: readonly Mutation[] = [
  ...QUEUES.flatMap((name) =>
    (['prod', 'dev'] as const).flatMap((stack) =>
      [false, undefined].map((value) =>
        at(
          'sqs-encrypted',
          `aws_sqs_queue.${name}`,
          `${name} of ${stack} with ${value}`,
          set(`aws_sqs_queue.${name}`, { sqs_managed_sse_enabled: value }),
          stack,
        ),
      ),
    ),
  ),
  ...['alarms_regional', 'alarms_us_east_1'].map((name) =>
    at('sns-alarms-encrypted', `aws_sns_topic.${name}`, `${name} in the clear`, (json) => {
      delete block(json, `aws_sns_topic.${name}`).kms_master_key_id;
      // Nobody needs its key then.
      delete json.resource.aws_kms_key[name];
    }),
  ),
  ...['alias/aws/sns', ref('aws_kms_key.encryption.arn')].map((kms_master_key_id) =>
    at(
      'sns-key-usable',
      'aws_sns_topic.job_events_topic',
      `a topic under ${kms_master_key_id}`,
      set('aws_sns_topic.job_events_topic', { kms_master_key_id }),
      'maximum',
    ),
  ),
  ...['Alarms', 'Events'].map((sid) =>
    at(
      'sns-key-usable',
      'aws_sns_topic.alarms_regional',
      `a key without ${sid}`,
      without('aws_kms_key.alarms_regional', sid),
    ),
  ),
  ...QUEUES.flatMap((name) => [
    ...['alias/aws/sqs', ref('aws_kms_key.encryption.arn')].map((key) =>
      at('sqs-key-usable', `aws_sqs_queue.${name}`, `${name} under ${key}`, underKey(name, key)),
    ),
    ...(
      [
        ['a key that only decrypts', { Action: 'kms:Decrypt' }],
        ['a key that only makes data keys', { Action: 'kms:GenerateDataKey*' }],
        [
          'a key for events with a source, which EventBridge does not name',
          { Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } } },
        ],
      ] as const
    ).map(([what, change]) =>
      at('sqs-key-usable', `aws_sqs_queue.${name}`, `${name} under ${what}`, (json) => {
        // A key of its own, as that of the alarms' topic is.
        const key = structuredClone(block(json, 'aws_kms_key.alarms_regional'));
        restate(key, 'Events', (statement) => Object.assign(statement, change));
        add('aws_kms_key', key, 'queues')(json);
        underKey(name, ref('aws_kms_key.queues.arn'))(json);
      }),
    ),
  ]),
  ...['events.amazonaws.com', 'cloudwatch.amazonaws.com'].map((Service) =>
    at('sns-key-usable', 'aws_sns_topic.alarms_regional', `a key that denies ${Service}`, (json) => {
      rewrite(block(json, 'aws_kms_key.alarms_regional'), ({ Statement }) =>
        Statement.push({
          Sid: 'Deny',
          Effect: 'Deny',
          Principal: { Service },
          Action: 'kms:GenerateDataKey*',
          Resource: '*',
        }),
      );
    }),
  ),
  at(
    'sns-key-usable',
    'aws_sns_topic.alarms_regional',
    'a key that only decrypts',
    inPolicy('aws_kms_key.alarms_regional', 'Events', (statement) => {
      statement.Action = 'kms:Decrypt';
    }),
  ),
  ...[...QUEUES.map((name) => [`aws_sqs_queue_policy.${name}`, 'prod'] as const), ...TOPICS].flatMap(
    ([address, stack]) => {
      const inbox = address.replace('_policy.', '.');
      return [
        at('messages-tls-only', inbox, `${inbox} by plain HTTP`, without(address, 'DenyPlainHttp'), stack),
        at(
          'messages-tls-only',
          inbox,
          `${inbox}: another resource`,
          inPolicy(address, 'DenyPlainHttp', (statement) => {
            statement.Resource = `${statement.Resource}x`;
          }),
          stack,
        ),
        at(
          'messages-tls-only',
          inbox,
          `${inbox}: another condition`,
          inPolicy(address, 'DenyPlainHttp', (statement) => {
            statement.Condition.StringEquals = { 'aws:PrincipalAccount': '1' };
          }),
          stack,
        ),
      ];
    },
  ),
  at('messages-tls-only', 'aws_sqs_queue.job_events', 'no policy', (json) => {
    delete json.resource.aws_sqs_queue_policy.job_events;
  }),
  at(
    'messages-tls-only',
    'aws_sns_topic.mistake',
    'a topic with AWS’s own policy',
    add('aws_sns_topic', { name: 'mistake' }),
  ),
  ...QUEUES.flatMap((name) => {
    const address = `aws_sqs_queue_policy.${name}`;
    const broken = (what: string, change: (statement: Json) => void) =>
      at(
        'messages-source-bound',
        address,
        `EventBridge to ${name}: ${what}`,
        inPolicy(address, 'AllowJobEvents', change),
      );
    return [
      broken('no condition', (statement) => delete statement.Condition),
      broken('any rule', (statement) => {
        statement.Condition = { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:444455556666:rule/*' } };
      }),
      broken('a rule by name', (statement) => {
        statement.Condition.ArnEquals['aws:SourceArn'] = 'arn:aws:events:eu-central-1:444455556666:rule/jobs';
      }),
      broken('the account alone', (statement) => {
        statement.Condition = { StringEquals: { 'aws:SourceAccount': '444455556666' } };
      }),
    ];
  }),
  ...[undefined, { StringEquals: { 'aws:SourceAccount': '999988887777' } }].map((Condition) =>
    at(
      'messages-source-bound',
      'aws_sns_topic_policy.alarms_regional',
      `CloudWatch with ${JSON.stringify(Condition)}`,
      inPolicy('aws_sns_topic_policy.alarms_regional', 'Alarms', (statement) => {
        statement.Condition = Condition;
      }),
    ),
  ),
  ...QUEUES.map((name) =>
    at(
      'events-let-in',
      TARGET,
      `${name} without EventBridge`,
      without(`aws_sqs_queue_policy.${name}`, 'AllowJobEvents'),
    ),
  ),
  at(
    'events-let-in',
    'aws_cloudwatch_event_target.alarms_denied_secret_reads',
    'a topic without EventBridge',
    without('aws_sns_topic_policy.alarms_regional', 'Events'),
  ),
  at(
    'events-let-in',
    TARGET,
    'reading instead of sending',
    inPolicy('aws_sqs_queue_policy.job_events', 'AllowJobEvents', (statement) => {
      statement.Action = 'sqs:ReceiveMessage';
    }),
  ),
  ...(['prod', 'dev', 'maximum'] as const).map((stack) =>
    at(
      'events-redriven',
      'aws_sqs_queue.job_events',
      `no redrive in ${stack}`,
      set('aws_sqs_queue.job_events', { redrive_policy: undefined }),
      stack,
    ),
  ),
  ...['arn:aws:sqs:eu-central-1:444455556666:letters', ref('aws_sqs_queue.job_events.arn')].map((arn) =>
    at(
      'events-redriven',
      'aws_sqs_queue.job_events',
      `a redrive to ${arn}`,
      set('aws_sqs_queue.job_events', {
        redrive_policy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 5 }),
      }),
    ),
  ),
  ...[undefined, 345_600].map((message_retention_seconds) =>
    at(
      'events-redriven',
      'aws_sqs_queue.job_events_dead_letters',
      `dead letters for ${message_retention_seconds} s`,
      set('aws_sqs_queue.job_events_dead_letters', { message_retention_seconds }),
    ),
  ),
  ...(
    [
      [TARGET, 'prod'],
      [TARGET, 'maximum'],
      ['aws_cloudwatch_event_target.job_events_topic', 'maximum'],
    ] as const
  ).map(([address, stack]) =>
    at(
      'events-dead-letter',
      address,
      `${address} of ${stack} without dead letters`,
      set(address, { dead_letter_config: undefined }),
      stack,
    ),
  ),
  ...['arn:aws:sqs:eu-central-1:444455556666:letters', ref('aws_sqs_queue.mistake.arn')].map((arn) =>
    at('events-dead-letter', TARGET, `dead letters in ${arn}`, set(TARGET, { dead_letter_config: { arn } })),
  ),
];

const ALARMS: readonly string[] = [
  'events_unread',
  'jobs_failed',
  'jobs_waiting',
  'viewers_failed',
  'viewers_refused',
];

const alarms: readonly Mutation[] = [
  ...ALARMS.flatMap((name) => {
    const address = `aws_cloudwatch_metric_alarm.alarms_${name}`;
    return [
      at('alarm-rings', address, `${name} switched off`, set(address, { actions_enabled: false })),
      ...[undefined, [], ['arn:aws:sns:eu-central-1:444455556666:oncall']].map((alarm_actions) =>
        at('alarm-rings', address, `${name} to ${JSON.stringify(alarm_actions)}`, (json) => {
          // The others still ring there.
          block(json, address).alarm_actions = alarm_actions;
        }),
      ),
    ];
  }),
  at(
    'alarm-rings',
    'aws_cloudwatch_metric_alarm.alarms_jobs_failed',
    'a topic elsewhere',
    set('aws_cloudwatch_metric_alarm.alarms_jobs_failed', {
      alarm_actions: [ref('aws_sns_topic.alarms_us_east_1.arn')],
    }),
  ),
  ...['alarms_regional', 'alarms_us_east_1'].flatMap((name) => [
    at('alarm-heard', `aws_sns_topic.${name}`, `nobody subscribed to ${name}`, (json) => {
      delete json.resource.aws_sns_topic_subscription[name];
    }),
    at(
      'alarm-heard',
      `aws_sns_topic.${name}`,
      `CloudWatch not let into ${name}`,
      without(`aws_sns_topic_policy.${name}`, 'Alarms'),
    ),
  ]),
  ...[0, 1].flatMap((index) => [
    at('budget-read', 'aws_budgets_budget.budget', `notification ${index} to nobody`, (json) => {
      block(json, 'aws_budgets_budget.budget').notification[index].subscriber_email_addresses = [];
    }),
    at('budget-read', 'aws_budgets_budget.budget', `no notification ${index}`, (json) => {
      block(json, 'aws_budgets_budget.budget').notification.splice(index, 1);
    }),
  ]),
  at('budget-read', 'aws_budgets_budget.budget', 'a topic that does not let it publish', (json) => {
    for (const notification of block(json, 'aws_budgets_budget.budget').notification) {
      delete notification.subscriber_email_addresses;
      notification.subscriber_sns_topic_arns = [ref('aws_sns_topic.alarms_regional.arn')];
    }
  }),
  at(
    'budget-read',
    'aws_budgets_budget.budget',
    'no notification',
    set('aws_budgets_budget.budget', { notification: undefined }),
  ),
];

export const serviceMutations: readonly Mutation[] = [
  ...encryption,
  ...logs,
  ...viewers,
  ...messages,
  ...alarms,
];
