import { describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { environments } from '../../envs/environments.ts';
import { local } from '../../envs/local.ts';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import { dev, prod } from './examples.ts';
import { maximum, maximumKeys } from './maximum.ts';
import {
  addressesOf,
  newKeys,
  ref,
  resourceAt,
  statementsOf,
  synthesized,
  synthesizedState,
  synthesizedText,
  type TerraformJson,
} from './synthesized.ts';

const keys = newKeys('2026-11-a', '2026-12-b');
const stacks = [...environments.values()].map((config) => ({
  config,
  name: config.environment,
  stack: synthesized(config, keys),
}));
const kmsKey = ref('aws_kms_key.encryption.arn');
const ENCRYPTION_RULE = {
  'aws-owned': { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
  kms: {
    apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: kmsKey },
    bucket_key_enabled: true,
  },
};
const DENY_OTHER_ENCRYPTION = ['DenyOtherEncryption', 'DenyOtherKey', 'DenyCustomerKey'];
const prodStack = synthesized(prod, keys);
const devStack = synthesized(dev, keys);

describe.each(stacks)('$name', ({ config, name, stack }) => {
  it('outputs what backends read, by these names', () => {
    const distribution = 'aws_cloudfront_distribution.delivery';
    expect(
      Object.fromEntries(Object.entries(stack.output).map(([output, { value }]) => [output, value])),
    ).toEqual({
      app_policy_arn: ref('aws_iam_policy.app.arn'),
      cloudfront_distribution_id: ref(`${distribution}.id`),
      cloudfront_domain_name: ref(`${distribution}.domain_name`),
      cloudfront_key_group_id: ref('aws_cloudfront_key_group.viewers.id'),
      cloudfront_private_key_secret_arn: ref('aws_secretsmanager_secret.signing.arn'),
      cloudfront_private_key_secret_name: ref('aws_secretsmanager_secret.signing.name'),
      cloudfront_public_key_id: ref('aws_cloudfront_public_key.generation_2026-11-a.id'),
      cloudfront_public_key_ids: {
        '2026-11-a': ref('aws_cloudfront_public_key.generation_2026-11-a.id'),
        '2026-12-b': ref('aws_cloudfront_public_key.generation_2026-12-b.id'),
      },
      hls_outputs_bucket_name: ref('aws_s3_bucket.outputs.id'),
      master_uploads_bucket_name: ref('aws_s3_bucket.masters.id'),
      mediaconvert_job_template_name: ref(
        'aws_cloudformation_stack.transcode_job_template.outputs.JobTemplateName',
      ),
      mediaconvert_queue_arn: ref('aws_media_convert_queue.transcode.arn'),
      mediaconvert_role_arn: ref('aws_iam_role.mediaconvert.arn'),
      ...optionalOutputs(config),
    });
  });

  it('names its buckets after itself', () => {
    const { projectName, bucketSuffix } = config;
    const end = bucketSuffix === null ? name : `${name}-${bucketSuffix}`;
    expect(resourceAt(stack, 'aws_s3_bucket.masters').bucket).toBe(`${projectName}-master-uploads-${end}`);
    expect(resourceAt(stack, 'aws_s3_bucket.outputs').bucket).toBe(`${projectName}-hls-outputs-${end}`);
  });

  it('keeps both buckets private, encrypted and TLS-only', () => {
    for (const bucket of ['masters', 'outputs']) {
      expect(resourceAt(stack, `aws_s3_bucket_public_access_block.${bucket}`)).toMatchObject({
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      });
      expect(resourceAt(stack, `aws_s3_bucket_ownership_controls.${bucket}`)).toMatchObject({
        rule: { object_ownership: 'BucketOwnerEnforced' },
      });
      expect(resourceAt(stack, `aws_s3_bucket_server_side_encryption_configuration.${bucket}`)).toMatchObject(
        { rule: [ENCRYPTION_RULE[config.encryption]] },
      );
      expect(statementsOf(resourceAt(stack, `aws_s3_bucket_policy.${bucket}`)).DenyPlainHttp).toEqual({
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [ref(`aws_s3_bucket.${bucket}.arn`), `${ref(`aws_s3_bucket.${bucket}.arn`)}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      });
    }
  });

  it('lets this one distribution read outputs, and nobody masters', () => {
    const outputs = statementsOf(resourceAt(stack, 'aws_s3_bucket_policy.outputs'));
    expect(outputs.AllowCloudFrontRead).toEqual({
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Resource: `${ref('aws_s3_bucket.outputs.arn')}/*`,
      Condition: { StringEquals: { 'AWS:SourceArn': ref('aws_cloudfront_distribution.delivery.arn') } },
    });
    const denials = ['DenyPlainHttp', ...(config.encryption === 'kms' ? DENY_OTHER_ENCRYPTION : [])];
    expect(Object.keys(outputs)).toEqual([...denials, 'AllowCloudFrontRead']);
    expect(Object.keys(statementsOf(resourceAt(stack, 'aws_s3_bucket_policy.masters')))).toEqual(denials);
  });

  it('takes uploads from the configured origins only', () => {
    expect(resourceAt(stack, 'aws_s3_bucket_cors_configuration.masters')).toMatchObject({
      cors_rule: [
        {
          allowed_origins: config.uploadOrigins,
          allowed_methods: ['PUT', 'POST', 'GET', 'HEAD'],
          allowed_headers: ['*'],
          expose_headers: ['ETag'],
        },
      ],
    });
  });

  it('trusts every generation in one key group', () => {
    expect(resourceAt(stack, 'aws_cloudfront_key_group.viewers').items).toEqual([
      ref('aws_cloudfront_public_key.generation_2026-11-a.id'),
      ref('aws_cloudfront_public_key.generation_2026-12-b.id'),
    ]);
  });

  it('refuses any account but its own, and tags everything with its name', () => {
    const guarded = {
      allowed_account_ids: config.allowedAccountIds,
      default_tags: [
        {
          tags: { ...config.tags, project: config.projectName, environment: name, 'managed-by': 'terraform' },
        },
      ],
    };
    expect(config.tags).toHaveProperty('cost-centre');
    expect(stack.provider.aws).toEqual([
      { region: config.awsRegion, ...guarded },
      { region: 'us-east-1', alias: 'us_east_1', ...guarded },
    ]);
  });

  it('runs on both provider majors and on Terraform from 1.11', () => {
    expect(stack.terraform.required_providers).toEqual({
      aws: { source: 'hashicorp/aws', version: '>= 5.100.0, < 7.0.0' },
    });
    expect(stack.terraform.required_version).toBe('>= 1.11.0, < 2.0.0');
  });

  it('carries no path of the machine that synthesized it', () => {
    expect(JSON.stringify(stack)).not.toContain(process.cwd());
  });
});

describe('state', () => {
  it('is in the environment’s own bucket and key, encrypted and locked by a file', () => {
    expect(prodStack.terraform.backend).toEqual({
      s3: {
        bucket: 'storytime-terraform-state-prod',
        key: 'storytime/prod/terraform.tfstate',
        region: 'eu-central-1',
        encrypt: true,
        allowed_account_ids: ['444455556666'],
        use_lockfile: true,
      },
    });
  });

  it.each([
    ['dynamodb', { dynamodb_table: 'locks' }],
    ['both', { dynamodb_table: 'locks', use_lockfile: true }],
  ] as const)('is locked by what "%s" says', (lock, expected) => {
    const state = { kind: 's3', bucket: 'states', region: 'eu-central-1', lock, lockTable: 'locks' } as const;
    const { s3 } = synthesized({ ...dev, state }, keys).terraform.backend;
    expect(s3).toMatchObject(expected);
    expect(Object.hasOwn(s3 ?? {}, 'use_lockfile')).toBe('use_lockfile' in expected);
  });

  it('is a file beside the stack of local', () => {
    expect(synthesized(local, keys).terraform.backend).toEqual({ local: { path: 'terraform.tfstate' } });
  });

  it('gets a versioned bucket that Terraform refuses to destroy', () => {
    const stack = synthesizedState(prod);
    expect(resourceAt(stack, 'aws_s3_bucket.state')).toMatchObject({
      bucket: 'storytime-terraform-state-prod',
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
    expect(resourceAt(stack, 'aws_s3_bucket_versioning.state')).toMatchObject({
      versioning_configuration: { status: 'Enabled' },
    });
  });
});

describe('what only prod has', () => {
  it('is its own domain with the newest TLS policy and both address families', () => {
    expect(resourceAt(prodStack, 'aws_cloudfront_distribution.delivery')).toMatchObject({
      aliases: ['media.storytime.example'],
      viewer_certificate: {
        acm_certificate_arn: prod.acmCertificateArn,
        ssl_support_method: 'sni-only',
        minimum_protocol_version: 'TLSv1.2_2021',
      },
      wait_for_deployment: true,
    });
    expect(resourceAt(prodStack, 'aws_route53_record.delivery_ipv4')).toMatchObject({
      type: 'A',
      name: 'media.storytime.example',
    });
    expect(resourceAt(prodStack, 'aws_route53_record.delivery_ipv6')).toMatchObject({ type: 'AAAA' });
  });

  it('is that old masters go to Glacier and old versions go for good', () => {
    expect(resourceAt(prodStack, 'aws_s3_bucket_lifecycle_configuration.masters')).toMatchObject({
      rule: [
        {
          status: 'Enabled',
          filter: [{ prefix: '' }],
          noncurrent_version_expiration: [{ noncurrent_days: 90 }],
          abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
        },
        {
          status: 'Enabled',
          filter: [{ prefix: 'uploads/' }],
          transition: [{ days: 60, storage_class: 'GLACIER' }],
        },
      ],
    });
  });
});

describe('masters that age as their environment says', () => {
  it.each([
    ['GLACIER_IR', 0, 400],
    ['DEEP_ARCHIVE', 1000, 3650],
  ] as const)('in %s after %i days, expired after %i', (mastersArchiveClass, archive, expire) => {
    const stack = synthesized(
      {
        ...prod,
        mastersArchiveClass,
        mastersGlacierAfterDays: archive,
        mastersExpireAfterDays: expire,
        mastersNoncurrentExpiryDays: 180,
      },
      keys,
    );
    expect(resourceAt(stack, 'aws_s3_bucket_lifecycle_configuration.masters')).toMatchObject({
      rule: [
        { filter: [{ prefix: '' }], noncurrent_version_expiration: [{ noncurrent_days: 180 }] },
        {
          filter: [{ prefix: 'uploads/' }],
          transition: [{ days: archive, storage_class: mastersArchiveClass }],
          expiration: [{ days: expire }],
        },
      ],
    });
  });
});

describe('a KMS key that is there already', () => {
  const encryptionKeyArn = 'arn:aws:kms:eu-central-1:444455556666:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f';
  const stack = synthesized({ ...prod, encryptionKeyArn }, keys);

  it('encrypts buckets and secret, and no key is made for them', () => {
    expect(addressesOf(stack).filter((address) => /^aws_kms_\w+\.encryption/.test(address))).toEqual([]);
    for (const name of ['masters', 'outputs']) {
      const { rule } = resourceAt(stack, `aws_s3_bucket_server_side_encryption_configuration.${name}`);
      expect(JSON.stringify(rule)).toContain(encryptionKeyArn);
      expect(String(resourceAt(stack, `aws_s3_bucket_policy.${name}`).policy)).toContain(encryptionKeyArn);
    }
    expect(resourceAt(stack, 'aws_secretsmanager_secret.signing').kms_key_id).toBe(encryptionKeyArn);
  });

  it('may be used by MediaConvert and by the backend, through the services that hold what it encrypts', () => {
    const s3 = '"s3.eu-central-1.amazonaws.com"';
    const used = [
      ['aws_iam_role_policy.mediaconvert', 'UseBucketKey', s3],
      ['aws_iam_policy.app', 'UseEncryptionKey', `[${s3},"secretsmanager.eu-central-1.amazonaws.com"]`],
    ] as const;
    for (const [address, sid, services] of used) {
      const [, statement = ''] = String(resourceAt(stack, address).policy).split(`"Sid":"${sid}"`);
      expect(statement.split('"Sid"')[0]).toContain(`"Resource":"${encryptionKeyArn}"`);
      expect(statement.split('"Sid"')[0]).toContain(`"kms:ViaService":${services}`);
    }
  });

  it('is nowhere without one', () => {
    expect(addressesOf(synthesized(prod, keys))).toContain('aws_kms_key.encryption');
  });
});

describe('a deploy account that is not the environment’s', () => {
  const assumeRoleArn = 'arn:aws:iam::444455556666:role/deploy/storytime';
  const config = { ...prod, deployment: null, assumeRoleArn };

  it('is left by every provider and by the state backend through the same role', () => {
    const role = { role_arn: assumeRoleArn, session_name: 'storytime-prod-terraform' };
    for (const { provider, terraform } of [synthesized(config, keys), synthesizedState(config)]) {
      expect(provider.aws.map(({ assume_role }) => assume_role)).toEqual(provider.aws.map(() => [role]));
      expect(terraform.backend.s3?.assume_role).toMatchObject({ role_arn: assumeRoleArn });
      expect(terraform.backend.s3?.allowed_account_ids).toEqual(prod.allowedAccountIds);
    }
  });

  it('is asked for nothing without a role', () => {
    const { provider, terraform } = synthesized(prod, keys);
    expect([...provider.aws, terraform.backend.s3].filter((one) => one?.assume_role !== undefined)).toEqual(
      [],
    );
  });
});

describe('the permissions boundary of an environment', () => {
  const rolesIn = (stack: TerraformJson) => Object.values(stack.resource.aws_iam_role ?? {});

  it.each(['arn:aws:iam::444455556666:policy/org/workloads', 'arn:aws:iam::aws:policy/PowerUserAccess'])(
    'is on every role of its stack, and of the stack that deploys it: %s',
    (permissionsBoundaryArn) => {
      const config = { ...prod, permissionsBoundaryArn };
      const roles = [synthesized(config, keys), synthesizedState(config)].flatMap(rolesIn);

      expect(roles).toHaveLength(5);
      expect(roles.map((role) => role.permissions_boundary)).toEqual(roles.map(() => permissionsBoundaryArn));
    },
  );

  it('is nowhere without one', () => {
    const roles = [synthesized(prod, keys), synthesizedState(prod)].flatMap(rolesIn);
    expect(roles.filter((role) => role.permissions_boundary !== undefined)).toEqual([]);
  });
});

describe('a backend that is there already, under a path', () => {
  const backendPrincipal = { kind: 'role', name: 'service/video/backend' } as const;
  const readers = [
    'arn:aws:iam::444455556666:role/service/video/backend',
    ...prod.secretOperators,
    // The scheduled rotation's.
    'arn:aws:iam::444455556666:role/storytime-prod-deploy-rotate',
  ];
  const stack = synthesized({ ...prod, backendPrincipal }, keys);

  it('is named by its whole ARN among the readers of its key, or it would be denied it', () => {
    const policy = statementsOf(resourceAt(stack, 'aws_secretsmanager_secret_policy.signing'));
    expect(JSON.stringify(policy)).toContain(JSON.stringify(readers));
  });

  it('gets the policy attached by its name alone, as IAM takes it', () => {
    expect(resourceAt(stack, 'aws_iam_role_policy_attachment.app')).toMatchObject({ role: 'backend' });
  });
});

describe('titles in the outputs bucket', () => {
  const bucket = ref('aws_s3_bucket.outputs.arn');
  /** A reference may hold quotes of its own, which the policy's JSON does not escape: those are not of this bucket. */
  const reached = (backendOutputsAccess: EnvironmentConfig['backendOutputsAccess'], pathPrefix = 'books') => {
    const config = { ...dev, backendOutputsAccess, pathPrefix };
    const { policy } = resourceAt(synthesized(config, keys), 'aws_iam_policy.app');
    const plain = String(policy).replaceAll(/\$\{replace\([^}]*\}/g, 'of-mediaconvert');
    return Object.values(statementsOf({ policy: plain }))
      .filter(({ Resource }) => JSON.stringify(Resource).includes('aws_s3_bucket.outputs'))
      .map(({ Action, Resource }) => [Action, Resource]);
  };
  const read = [
    ['s3:ListBucket', bucket],
    ['s3:GetObject', `${bucket}/books/*`],
  ];

  it('are read and written by the backend only where its environment says so', () => {
    expect(reached('none')).toEqual([]);
    expect(reached('read')).toEqual(read);
    expect(reached('publish')).toEqual([...read, ['s3:PutObject', `${bucket}/books/*`]]);
  });

  it('are in the folder of the environment: in every behaviour, and in what a backend reads and may do', () => {
    const shipped = synthesizedText({ ...prod, pathPrefix: 'books' }, keys);
    const changed = synthesizedText({ ...prod, pathPrefix: 'lessons' }, keys);

    expect(shipped.match(/books/g)).toHaveLength(11);
    expect(changed).not.toContain('books');
    expect(changed.replaceAll('lessons', 'books')).toBe(shipped);
    expect(reached('publish', 'lessons').map(([, resource]) => resource)).toEqual([
      bucket,
      `${bucket}/lessons/*`,
      `${bucket}/lessons/*`,
    ]);
  });
});

describe('the maximum of the cache', () => {
  const policies = (values: Partial<EnvironmentConfig>) =>
    ['delivery_playlists', 'delivery_segments'].map((name) =>
      resourceAt(synthesized({ ...dev, ...values }, keys), `aws_cloudfront_cache_policy.${name}`),
    );

  it('is what the environment says, and the default TTL where it says nothing', () => {
    const values = { playlistTtlSeconds: 900, playlistMaxTtlSeconds: 1800, segmentMaxTtlSeconds: 604_800 };
    expect(policies(values)).toMatchObject([
      { default_ttl: 900, max_ttl: 1800 },
      { default_ttl: 86_400, max_ttl: 604_800 },
    ]);
    expect(policies({})).toMatchObject([
      { default_ttl: 60, max_ttl: 60 },
      { default_ttl: 86_400, max_ttl: 86_400 },
    ]);
  });
});

describe('the role of the scheduled rotation', () => {
  const role = 'arn:aws:iam::444455556666:role/storytime-maximum-deploy-rotate';
  const policyOf = (config: EnvironmentConfig, address: string) =>
    JSON.stringify(statementsOf(resourceAt(synthesized(config, maximumKeys()), address)));

  it('is among the readers of the key that the key commands own, and signs with no key in KMS', () => {
    expect(policyOf(maximum, 'aws_secretsmanager_secret_policy.signing')).toContain(role);
    expect(policyOf(maximum, 'aws_kms_key_policy.signing_2026-12-b')).toContain('storytime-oncall');
    expect(policyOf(maximum, 'aws_kms_key_policy.signing_2026-12-b')).not.toContain(role);
  });

  it('is nobody’s name where nothing is deployed from GitHub, or where Terraform owns the value', () => {
    const secret = 'aws_secretsmanager_secret_policy.signing';
    expect(policyOf({ ...maximum, deployment: null }, secret)).not.toContain('deploy-rotate');
    expect(policyOf({ ...maximum, signingSecretValue: 'terraform' }, secret)).not.toContain('deploy-rotate');
  });
});

describe('the signing key', () => {
  const canary = 'CANARY-0f6d2b';

  it('is in no environment’s JSON, even when the variable that carries it is set', () => {
    process.env.TF_VAR_cloudfront_private_key = canary;
    try {
      for (const config of [dev, prod, local]) {
        const text = synthesizedText(config, keys);
        expect(text).not.toContain(canary);
        expect(text).not.toContain('PRIVATE KEY');
      }
    } finally {
      delete process.env.TF_VAR_cloudfront_private_key;
    }
  });

  it('passes through an ephemeral variable where Terraform owns it', () => {
    expect(devStack.variable?.cloudfront_private_key).toMatchObject({
      type: 'string',
      default: '',
      sensitive: true,
      ephemeral: true,
    });
    const version = resourceAt(devStack, 'aws_secretsmanager_secret_version.signing');
    expect(Object.keys(version)).not.toContain('secret_string');
    expect(version.secret_string_wo).toContain('(var.cloudfront_private_key == "") ? "" : jsonencode({');
    const fingerprint = keyFingerprint(keys.generations['2026-11-a'] ?? '');
    expect(version.secret_string_wo_version).toBe(Number.parseInt(fingerprint.slice(0, 7), 16));
  });

  it('has no variable and no value where the key commands own it', () => {
    expect(prodStack.variable).toBeUndefined();
    expect(Object.keys(prodStack.resource)).not.toContain('aws_secretsmanager_secret_version');
  });
});

/** What an environment has only if it asks for it. */
function optionalOutputs(config: EnvironmentConfig): Record<string, string> {
  const { jobEvents, backendPrincipal, webAcl, alarmEmail } = config;
  const existing = backendPrincipal === null || ['role', 'user'].includes(backendPrincipal.kind);
  return {
    ...(jobEvents !== 'none' && {
      mediaconvert_events_queue_url: ref('aws_sqs_queue.job_events.url'),
      mediaconvert_events_queue_arn: ref('aws_sqs_queue.job_events.arn'),
      mediaconvert_events_dead_letter_queue_arn: ref('aws_sqs_queue.job_events_dead_letters.arn'),
    }),
    ...(jobEvents === 'queue-and-topic' && {
      mediaconvert_events_topic_arn: ref('aws_sns_topic.job_events_topic.arn'),
    }),
    ...(config.encryption === 'kms' && { encryption_key_arn: kmsKey }),
    ...(config.accessLogRetentionDays !== null && {
      access_logs_bucket_name: ref('aws_s3_bucket.access_logs.id'),
    }),
    ...(config.playback !== null && {
      playback_table_name: ref('aws_dynamodb_table.playback.name'),
      playback_key_arn: ref('aws_kms_key.playback_key.arn'),
    }),
    ...(config.appConfigParameter && {
      app_config_parameter_name: ref('aws_ssm_parameter.app_config.name'),
    }),
    ...(webAcl !== null && {
      web_acl_arn: webAcl.kind === 'given' ? webAcl.arn : ref('aws_wafv2_web_acl.delivery_firewall.arn'),
    }),
    ...(alarmEmail !== null && {
      alarms_topic_arn: ref('aws_sns_topic.alarms_regional.arn'),
      alarms_us_east_1_topic_arn: ref('aws_sns_topic.alarms_us_east_1.arn'),
    }),
    ...(!existing && { app_role_arn: ref('aws_iam_role.backend_service.arn') }),
    ...(backendPrincipal?.kind === 'ec2' && {
      app_instance_profile_name: ref('aws_iam_instance_profile.backend_service.name'),
    }),
  };
}
