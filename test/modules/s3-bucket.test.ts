import { describe, expect, it } from 'vitest';
import { PrivateBucket, type PrivateBucketProps } from '../../modules/s3_bucket/index.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

describe('PrivateBucket', () => {
  it('is private, encrypted, owner-enforced and TLS-only with nothing but a name', () => {
    const json = bucket({});
    expect(typesOf(json)).toEqual([
      'aws_s3_bucket',
      'aws_s3_bucket_ownership_controls',
      'aws_s3_bucket_policy',
      'aws_s3_bucket_public_access_block',
      'aws_s3_bucket_server_side_encryption_configuration',
    ]);
    expect(only(json, 'aws_s3_bucket')).toMatchObject({ bucket: 'storytime-test', force_destroy: false });
    expect(only(json, 'aws_s3_bucket')).not.toHaveProperty('lifecycle');
  });

  it('makes everything else on request', () => {
    const json = bucket({
      forceDestroy: true,
      preventDestroy: true,
      versioned: true,
      lifecycle: { archiveAfterDays: 30, noncurrentExpiryDays: 7 },
      corsOrigins: ['https://admin.example.com'],
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
          transition: [{ days: 30, storage_class: 'GLACIER' }],
          noncurrent_version_expiration: [{ noncurrent_days: 7 }],
        },
      ],
    });
    expect(only(json, 'aws_s3_bucket_cors_configuration')).toMatchObject({
      cors_rule: [{ allowed_origins: ['https://admin.example.com'] }],
    });
  });

  it('neither archives nor expires when the lifecycle names neither', () => {
    const [rule] = only(bucket({ lifecycle: {} }), 'aws_s3_bucket_lifecycle_configuration').rule as [object];
    expect(Object.keys(rule).sort()).toEqual(['abort_incomplete_multipart_upload', 'filter', 'id', 'status']);
  });

  it('keeps the TLS rule in the same policy as every reader let in later', () => {
    const json = synthesizedModule((scope) => {
      const outputs = new PrivateBucket(scope, 'outputs', { bucketName: 'storytime-test' });
      outputs.allowReadBy('arn:aws:cloudfront::111122223333:distribution/E1');
    });
    const { Statement } = JSON.parse(String(only(json, 'aws_s3_bucket_policy').policy));
    expect(Statement.map(({ Sid, Effect }: Record<string, string>) => [Sid, Effect])).toEqual([
      ['DenyPlainHttp', 'Deny'],
      ['AllowCloudFrontRead', 'Allow'],
    ]);
    expect(Statement[1].Condition.StringEquals['AWS:SourceArn']).toBe(
      'arn:aws:cloudfront::111122223333:distribution/E1',
    );
  });
});

function bucket(props: Omit<PrivateBucketProps, 'bucketName'>) {
  return synthesizedModule(
    (scope) => new PrivateBucket(scope, 'bucket', { bucketName: 'storytime-test', ...props }),
  );
}
