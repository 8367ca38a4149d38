import { describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { local } from '../../envs/local.ts';
import { prod } from '../../envs/prod.ts';
import { addressesOf, newKeys, synthesized, synthesizedState } from './synthesized.ts';

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

const keys = newKeys('2026-11-a');

describe('resource addresses', () => {
  it('are these in dev, whose secret Terraform writes', () => {
    expect(addressesOf(synthesized(dev, keys))).toEqual(
      [
        ...IN_EVERY_ENVIRONMENT,
        'aws_s3_bucket_lifecycle_configuration.masters',
        'aws_secretsmanager_secret_version.signing',
      ].sort(),
    );
  });

  it('are these in prod, which has a domain and no secret value', () => {
    expect(addressesOf(synthesized(prod, keys))).toEqual(
      [
        ...IN_EVERY_ENVIRONMENT,
        'aws_route53_record.delivery_ipv4',
        'aws_route53_record.delivery_ipv6',
        'aws_s3_bucket_lifecycle_configuration.masters',
      ].sort(),
    );
  });

  it('are these in local, which carries only what the demo needs', () => {
    expect(addressesOf(synthesized(local, keys))).toEqual(IN_EVERY_ENVIRONMENT);
  });

  it('are these in the stack that makes the state bucket', () => {
    const withTable = { ...dev.state, lock: 'both', lockTable: 'storytime-locks-dev' } as typeof dev.state;
    expect(addressesOf(synthesizedState({ ...dev, state: withTable }))).toEqual([
      'aws_dynamodb_table.locks',
      'aws_s3_bucket.state',
      'aws_s3_bucket_ownership_controls.state',
      'aws_s3_bucket_policy.state',
      'aws_s3_bucket_public_access_block.state',
      'aws_s3_bucket_server_side_encryption_configuration.state',
      'aws_s3_bucket_versioning.state',
    ]);
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
