import { Lazy, TerraformOutput } from 'cdktf';
import { describe, expect, it } from 'vitest';
import type { PolicyStatement } from '../../modules/policy-document.ts';
import {
  LogBucket,
  type LogBucketProps,
  PrivateBucket,
  type PrivateBucketProps,
} from '../../modules/s3_bucket/index.ts';
import { denialsOf, statementsOf } from './policy.ts';
import { type ModuleJson, only, synthesizedModule, typesOf } from './synth.ts';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const OTHER_KEY = 'arn:aws:kms:eu-central-1:111122223333:key/99999999-2222-3333-4444-555555555555';
const DISTRIBUTION = 'arn:aws:cloudfront::111122223333:distribution/E1';
const LOGS_ARN = reference('aws_s3_bucket.logs_logs.arn');
/** What a token becomes; as a plain value every check would refuse it. */
const LATER = reference('var.later');
const ALGORITHM = 's3:x-amz-server-side-encryption';
const KEY_ID = 's3:x-amz-server-side-encryption-aws-kms-key-id';
const CUSTOMER_ALGORITHM = 's3:x-amz-server-side-encryption-customer-algorithm';

describe('PrivateBucket', () => {
  it('is private, encrypted, owner-enforced and TLS-only with nothing but a name', () => {
    const json = bucket({});
    expect(typesOf(json)).toEqual([
      'aws_s3_bucket',
      'aws_s3_bucket_lifecycle_configuration',
      'aws_s3_bucket_ownership_controls',
      'aws_s3_bucket_policy',
      'aws_s3_bucket_public_access_block',
      'aws_s3_bucket_server_side_encryption_configuration',
    ]);
    expect(only(json, 'aws_s3_bucket')).toMatchObject({ bucket: 'storytime-test', force_destroy: false });
    expect(only(json, 'aws_s3_bucket')).not.toHaveProperty('lifecycle');
    expect(only(json, 'aws_s3_bucket_server_side_encryption_configuration').rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
    ]);
    expect(only(json, 'aws_s3_bucket_public_access_block')).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(only(json, 'aws_s3_bucket_ownership_controls').rule).toEqual({
      object_ownership: 'BucketOwnerEnforced',
    });
    expect(sidsOf(json)).toEqual(['DenyPlainHttp']);
  });

  it('makes everything else on request', () => {
    const json = bucket({
      forceDestroy: true,
      preventDestroy: true,
      versioned: true,
      encryptionKeyArn: KEY,
      lifecycle: {
        infrequentAccessAfterDays: 30,
        archiveAfterDays: 60,
        expireAfterDays: 400,
        noncurrentExpiryDays: 7,
      },
      corsOrigins: ['https://admin.example.com'],
      accessLogs: { bucketName: 'storytime-logs', prefix: 's3/masters/' },
    });
    expect(only(json, 'aws_s3_bucket')).toMatchObject({
      force_destroy: true,
      lifecycle: { prevent_destroy: true },
    });
    expect(only(json, 'aws_s3_bucket_versioning')).toMatchObject({
      versioning_configuration: { status: 'Enabled' },
    });
    expect(only(json, 'aws_s3_bucket_lifecycle_configuration')).toMatchObject({
      depends_on: ['aws_s3_bucket_versioning.bucket'],
      rule: [
        {
          transition: [
            { days: 30, storage_class: 'STANDARD_IA' },
            { days: 60, storage_class: 'GLACIER' },
          ],
          expiration: [{ days: 400 }],
          noncurrent_version_expiration: [{ noncurrent_days: 7 }],
        },
      ],
    });
    expect(only(json, 'aws_s3_bucket_cors_configuration')).toMatchObject({
      cors_rule: [
        {
          allowed_origins: ['https://admin.example.com'],
          allowed_methods: ['PUT', 'POST', 'GET', 'HEAD'],
          allowed_headers: ['*'],
          expose_headers: ['ETag'],
        },
      ],
    });
    expect(only(json, 'aws_s3_bucket_logging')).toMatchObject({
      target_bucket: 'storytime-logs',
      target_prefix: 's3/masters/',
    });
    expect(only(json, 'aws_s3_bucket_server_side_encryption_configuration').rule).toEqual([
      {
        apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: KEY },
        bucket_key_enabled: true,
      },
    ]);
  });

  it('ends uploads that were given up, and neither moves nor expires anything else without days', () => {
    expect(typesOf(bucket({ lifecycle: 'none' }))).not.toContain('aws_s3_bucket_lifecycle_configuration');
    expect(only(bucket({}), 'aws_s3_bucket_lifecycle_configuration').rule).toEqual([
      {
        id: 'age',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
      },
    ]);
  });

  it('ages the objects below a prefix alone, and cleans the whole bucket', () => {
    const json = bucket({
      lifecycle: { prefix: 'uploads/', archiveAfterDays: 60, expireAfterDays: 400, noncurrentExpiryDays: 90 },
    });
    expect(only(json, 'aws_s3_bucket_lifecycle_configuration').rule).toEqual([
      {
        id: 'age',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
        noncurrent_version_expiration: [{ noncurrent_days: 90 }],
      },
      {
        id: 'age-below-prefix',
        status: 'Enabled',
        filter: [{ prefix: 'uploads/' }],
        transition: [{ days: 60, storage_class: 'GLACIER' }],
        expiration: [{ days: 400 }],
      },
    ]);
  });

  it('needs no second rule where nothing ages', () => {
    expect(bucket({ lifecycle: { prefix: 'uploads/' } })).toEqual(bucket({}));
  });

  it.each(['', '/', 'uploads', '/uploads/', 'up*/', 'up?/'])(
    'refuses to age below the prefix "%s"',
    (prefix) => {
      expect(() => bucket({ lifecycle: { prefix, archiveAfterDays: 60 } })).toThrow(
        '"lifecycle.prefix": expected a prefix',
      );
    },
  );

  it('keeps every denial before every reader, in one policy', () => {
    const json = synthesizedModule((scope) => {
      const outputs = new PrivateBucket(scope, 'outputs', {
        bucketName: 'storytime-test',
        encryptionKeyArn: KEY,
      });
      outputs.allowReadBy(DISTRIBUTION);
      outputs.allowReadBy(`${DISTRIBUTION}2`);
    });
    const statements = statementsOf(json, 'aws_s3_bucket_policy');
    expect(statements.map(({ Sid, Effect }) => [Sid, Effect])).toEqual([
      ['DenyPlainHttp', 'Deny'],
      ['DenyOtherEncryption', 'Deny'],
      ['DenyOtherKey', 'Deny'],
      ['DenyCustomerKey', 'Deny'],
      ['AllowCloudFrontRead', 'Allow'],
      ['AllowCloudFrontRead2', 'Allow'],
    ]);
    expect(statements[4]).toMatchObject({
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Condition: { StringEquals: { 'AWS:SourceArn': DISTRIBUTION } },
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['takes an upload that names no encryption, which gets the default', {}, []],
    ['takes an upload that names the key', { [ALGORITHM]: 'aws:kms', [KEY_ID]: KEY }, []],
    [
      'denies an upload that names another key',
      { [ALGORITHM]: 'aws:kms', [KEY_ID]: OTHER_KEY },
      ['DenyOtherKey'],
    ],
    [
      'denies "aws:kms" without a key, which would be the account’s',
      { [ALGORITHM]: 'aws:kms' },
      ['DenyOtherKey'],
    ],
    ['denies SSE-S3', { [ALGORITHM]: 'AES256' }, ['DenyOtherEncryption', 'DenyOtherKey']],
    [
      'denies another algorithm with the key',
      { [ALGORITHM]: 'aws:kms:dsse', [KEY_ID]: KEY },
      ['DenyOtherEncryption'],
    ],
    ['denies a key of the customer’s', { [CUSTOMER_ALGORITHM]: 'AES256' }, ['DenyCustomerKey']],
  ])('with a KMS key it %s', (_outcome, headers, denials) => {
    const statements = statementsOf(bucket({ encryptionKeyArn: KEY }), 'aws_s3_bucket_policy');
    const context = { 'aws:SecureTransport': 'true', ...headers };
    expect(denialsOf(statements, 's3:PutObject', context)).toEqual(denials);
    expect(denialsOf(statements, 's3:GetObject', context)).toEqual([]);
  });

  it('denies everything that comes without TLS', () => {
    const statements = statementsOf(bucket({}), 'aws_s3_bucket_policy');
    expect(denialsOf(statements, 's3:GetObject', { 'aws:SecureTransport': 'false' })).toEqual([
      'DenyPlainHttp',
    ]);
    expect(denialsOf(statements, 's3:GetObject', { 'aws:SecureTransport': 'true' })).toEqual([]);
  });

  it.each<[PolicyStatement['Principal']]>([['*'], [{ AWS: '*' }], [{ AWS: ['*'] }], [undefined]])(
    'refuses to allow everybody: %j',
    (Principal) => {
      const statement = { Sid: 'AllowAll', Action: 's3:GetObject', ...(Principal && { Principal }) };
      synthesizedModule((scope) => {
        const outputs = new PrivateBucket(scope, 'outputs', { bucketName: 'storytime-test' });
        expect(() => outputs.allow(statement)).toThrow(
          '"Principal": expected a service, or principals by ARN, got',
        );
      });
    },
  );

  it('refuses to archive what is served, and says what to do instead', () => {
    expect(() => bucket({ served: true, lifecycle: { archiveAfterDays: 30 } })).toThrow(
      expect.objectContaining({
        name: 'OptionError',
        message:
          '"lifecycle.archiveAfterDays": expected none for a bucket that is served, since archived segments answer ' +
          '403 InvalidObjectState and cannot stream: use "infrequentAccessAfterDays", got 30',
      }),
    );
    expect(() => bucket({ served: true, lifecycle: { infrequentAccessAfterDays: 90 } })).not.toThrow();
  });

  it.each(['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR'] as const)(
    'archives on the first day in %s',
    (archiveClass) => {
      const json = bucket({ lifecycle: { archiveAfterDays: 0, archiveClass } });
      expect(only(json, 'aws_s3_bucket_lifecycle_configuration')).toMatchObject({
        rule: [{ transition: [{ days: 0, storage_class: archiveClass }] }],
      });
    },
  );

  it('serves from a class that is read at once, and from no other archive', () => {
    const served = (archiveClass: 'DEEP_ARCHIVE' | 'GLACIER_IR') => () =>
      bucket({ served: true, lifecycle: { archiveAfterDays: 90, archiveClass } });
    expect(served('GLACIER_IR')).not.toThrow();
    expect(served('DEEP_ARCHIVE')).toThrow(expect.objectContaining({ option: 'lifecycle.archiveAfterDays' }));
  });

  it.each<[Partial<PrivateBucketProps>, string]>([
    [
      { bucketName: 'ab' },
      '"bucketName": expected 3 to 63 lower-case letters, digits and inner dashes, got "ab"',
    ],
    [{ bucketName: 'my.bucket' }, '"bucketName"'],
    [{ bucketName: 'xn--bucket' }, '"bucketName"'],
    [{ bucketName: 'bucket-s3alias' }, '"bucketName"'],
    [{ bucketName: 'bucket--x-s3' }, '"bucketName"'],
    [{ bucketName: 'storytime-test-' }, '"bucketName"'],
    [
      { lifecycle: { infrequentAccessAfterDays: 29 } },
      '"lifecycle.infrequentAccessAfterDays": expected a whole number of days from 30 to 36500, got 29',
    ],
    [
      { lifecycle: { archiveAfterDays: -1 } },
      '"lifecycle.archiveAfterDays": expected a whole number of days from 0 to 36500, got -1',
    ],
    [{ lifecycle: { archiveAfterDays: 30.5 } }, '"lifecycle.archiveAfterDays"'],
    [
      { lifecycle: { archiveAfterDays: 30, archiveClass: 'STANDARD_IA' as 'GLACIER' } },
      '"lifecycle.archiveClass": expected "GLACIER" or "DEEP_ARCHIVE" or "GLACIER_IR", got "STANDARD_IA"',
    ],
    [{ lifecycle: { noncurrentExpiryDays: 0 } }, '"lifecycle.noncurrentExpiryDays"'],
    [{ lifecycle: { expireAfterDays: 0 } }, '"lifecycle.expireAfterDays"'],
    [
      { lifecycle: { infrequentAccessAfterDays: 30, archiveAfterDays: 59 } },
      '"lifecycle.archiveAfterDays": expected at least 60 (30 days after "infrequentAccessAfterDays"), got 59',
    ],
    [
      { lifecycle: { archiveAfterDays: 60, expireAfterDays: 60 } },
      '"lifecycle.expireAfterDays": expected at least 61 (after "archiveAfterDays"), got 60',
    ],
    [{ lifecycle: { infrequentAccessAfterDays: 60, expireAfterDays: 30 } }, '"lifecycle.expireAfterDays"'],
    [{ corsOrigins: ['*'] }, '"corsOrigins": expected exact https:// origins'],
    [{ corsOrigins: ['https://*.example.com'] }, '"corsOrigins"'],
    [{ corsOrigins: ['https://a.example.com/'] }, '"corsOrigins"'],
    [{ corsOrigins: ['http://a.example.com'] }, '"corsOrigins"'],
    [
      { accessLogs: { bucketName: 'storytime-logs', prefix: '/s3/' } },
      '"accessLogs.prefix": expected a key prefix',
    ],
    [{ accessLogs: { bucketName: 'storytime-logs', prefix: 's3' } }, '"accessLogs.prefix"'],
    [
      { accessLogs: { bucketName: 'storytime-test', prefix: 's3/' } },
      '"accessLogs.bucketName": expected another bucket: one that logs to itself logs its logs, got "storytime-test"',
    ],
  ])('refuses %j', (props, message) => {
    expect(() => bucket(props)).toThrow(TypeError);
    expect(() => bucket(props)).toThrow(message);
  });

  it('takes plain http:// from this machine only', () => {
    expect(() => bucket({ corsOrigins: ['http://localhost:4000', 'http://127.0.0.1:4000'] })).not.toThrow();
  });

  it('takes values that are known only at apply', () => {
    const later = Lazy.stringValue({ produce: () => LATER });
    const days = Lazy.numberValue({ produce: () => 45 });
    const json = bucket({
      bucketName: later,
      encryptionKeyArn: later,
      corsOrigins: Lazy.listValue({ produce: () => [LATER] }),
      accessLogs: { bucketName: Lazy.stringValue({ produce: () => LATER }), prefix: later },
      lifecycle: {
        infrequentAccessAfterDays: days,
        archiveAfterDays: days,
        expireAfterDays: days,
        noncurrentExpiryDays: days,
      },
    });
    expect(only(json, 'aws_s3_bucket').bucket).toBe(LATER);
    expect(only(json, 'aws_s3_bucket_lifecycle_configuration')).toMatchObject({
      rule: [{ expiration: [{ days: 45 }] }],
    });
  });
});

describe('LogBucket', () => {
  it('has a private bucket’s guarantees, SSE-S3, and forgets its logs', () => {
    const json = logBucket();
    expect(typesOf(json)).toEqual([
      'aws_s3_bucket',
      'aws_s3_bucket_lifecycle_configuration',
      'aws_s3_bucket_ownership_controls',
      'aws_s3_bucket_policy',
      'aws_s3_bucket_public_access_block',
      'aws_s3_bucket_server_side_encryption_configuration',
    ]);
    expect(only(json, 'aws_s3_bucket_lifecycle_configuration')).toMatchObject({
      rule: [{ expiration: [{ days: 90 }] }],
    });
    expect(only(json, 'aws_s3_bucket_server_side_encryption_configuration').rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
    ]);
    expect(sidsOf(json)).toEqual(['DenyPlainHttp']);
  });

  it('can be emptied or kept, as it is told', () => {
    expect(only(logBucket({ forceDestroy: true }), 'aws_s3_bucket')).toMatchObject({ force_destroy: true });
    expect(only(logBucket({ preventDestroy: true }), 'aws_s3_bucket')).toMatchObject({
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  it('lets S3 write the logs of the named buckets, under the prefix', () => {
    const sources = ['arn:aws:s3:::storytime-a', 'arn:aws:s3:::storytime-b'];
    const json = logBucket({}, (logs) =>
      logs.allowServerAccessLogs({ sourceBucketArns: sources, accountId: '111122223333', prefix: 's3/' }),
    );
    expect(statementsOf(json, 'aws_s3_bucket_policy')[1]).toEqual({
      Sid: 'AllowServerAccessLogs',
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `${LOGS_ARN}/s3/*`,
      Condition: {
        ArnEquals: { 'aws:SourceArn': sources },
        StringEquals: { 'aws:SourceAccount': '111122223333' },
      },
    });
  });

  it('lets CloudFront’s log delivery write, for one account and into the owner’s hands only', () => {
    const json = logBucket({}, (logs) =>
      logs.allowDeliveredLogs({ accountId: '111122223333', prefix: 'cloudfront/' }),
    );
    expect(statementsOf(json, 'aws_s3_bucket_policy')[1]).toEqual({
      Sid: 'AllowDeliveredLogs',
      Effect: 'Allow',
      Principal: { Service: 'delivery.logs.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `${LOGS_ARN}/cloudfront/*`,
      Condition: {
        StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceAccount': '111122223333' },
        ArnLike: { 'aws:SourceArn': ['arn:aws:logs:us-east-1:111122223333:delivery-source:*'] },
      },
    });
  });

  it('narrows log delivery to the delivery sources that it is given', () => {
    const source = 'arn:aws:logs:us-east-1:111122223333:delivery-source:storytime-dev';
    const json = logBucket({}, (logs) =>
      logs.allowDeliveredLogs({
        accountId: '111122223333',
        prefix: 'cloudfront/',
        deliverySourceArns: [source],
      }),
    );
    expect(statementsOf(json, 'aws_s3_bucket_policy')[1]?.Condition?.ArnLike).toEqual({
      'aws:SourceArn': [source],
    });
  });

  it.each<[string, () => void]>([
    [
      '"retentionDays": expected a whole number of days from 1 to 3650, got 0',
      () => logBucket({ retentionDays: 0 }),
    ],
    ['"bucketName": expected 3 to 63', () => logBucket({ bucketName: 'Logs' })],
    [
      '"sourceBucketArns": expected at least one bucket, got []',
      () =>
        logBucket({}, (logs) =>
          logs.allowServerAccessLogs({ sourceBucketArns: [], accountId: '111122223333', prefix: 's3/' }),
        ),
    ],
    [
      '"accountId": expected an account id of 12 digits, got "42"',
      () => logBucket({}, (logs) => logs.allowDeliveredLogs({ accountId: '42', prefix: 'cloudfront/' })),
    ],
    [
      '"prefix": expected a key prefix such as',
      () => logBucket({}, (logs) => logs.allowDeliveredLogs({ accountId: '111122223333', prefix: '*/' })),
    ],
    [
      '"deliverySourceArns": expected at least one',
      () =>
        logBucket({}, (logs) =>
          logs.allowDeliveredLogs({ accountId: '111122223333', prefix: 'c/', deliverySourceArns: [] }),
        ),
    ],
  ])('refuses: %s', (message, build) => {
    expect(build).toThrow(TypeError);
    expect(build).toThrow(message);
  });

  it('lets nothing be logged into it before its policy stands', () => {
    const json = synthesizedModule((scope) => {
      const logs = new LogBucket(scope, 'logs', { bucketName: 'storytime-logs', retentionDays: 90 });
      new TerraformOutput(scope, 'arn', { value: logs.arn });
      const masters = new PrivateBucket(scope, 'masters', {
        bucketName: 'storytime-test',
        accessLogs: { bucketName: logs.name, prefix: 's3/' },
      });
      logs.allowServerAccessLogs({
        sourceBucketArns: [masters.arn],
        accountId: '111122223333',
        prefix: 's3/',
      });
    });
    const name = reference('aws_s3_bucket_policy.logs_logs.bucket');
    expect(only(json, 'aws_s3_bucket_logging').target_bucket).toBe(name);
    expect(json).toMatchObject({ output: { arn: { value: `arn:aws:s3:::${name}` } } });
  });

  it('takes values that are known only at apply', () => {
    const later = Lazy.stringValue({ produce: () => LATER });
    const json = logBucket(
      { bucketName: later, retentionDays: Lazy.numberValue({ produce: () => 45 }) },
      (logs) => logs.allowServerAccessLogs({ sourceBucketArns: [later], accountId: later, prefix: later }),
    );
    expect(statementsOf(json, 'aws_s3_bucket_policy')[1]?.Condition).toEqual({
      ArnEquals: { 'aws:SourceArn': [LATER] },
      StringEquals: { 'aws:SourceAccount': LATER },
    });
  });
});

function reference(expression: string): string {
  return `\${${expression}}`;
}

function sidsOf(json: ModuleJson): string[] {
  return statementsOf(json, 'aws_s3_bucket_policy').map(({ Sid }) => Sid);
}

function bucket(props: Partial<PrivateBucketProps>) {
  return synthesizedModule(
    (scope) => new PrivateBucket(scope, 'bucket', { bucketName: 'storytime-test', ...props }),
  );
}

function logBucket(props: Partial<LogBucketProps> = {}, then: (logs: LogBucket) => void = () => {}) {
  return synthesizedModule((scope) =>
    then(new LogBucket(scope, 'logs', { bucketName: 'storytime-logs', retentionDays: 90, ...props })),
  );
}
