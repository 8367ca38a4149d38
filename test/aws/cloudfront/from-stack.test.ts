/** A distribution straight from `cdk.tf.json`: no AWS API, no Terraform. */
import { describe, expect, it } from 'vitest';
import { bucketAccess } from '../../../edge/bucket-access.ts';
import { distributionFromStack } from '../../../edge/index.ts';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { dev } from '../../../envs/dev.ts';
import { prod } from '../../../envs/prod.ts';
import { newKeys, synthesized } from '../../envs/synthesized.ts';

const keys = newKeys('2026-11-a', '2026-12-a');
const stackOf = (config: EnvironmentConfig) => synthesized(config, keys);

describe('the distribution of a synthesized stack', () => {
  it.each([dev, prod])('has every behaviour closed by the keys of $environment, by generation', (config) => {
    const { distribution } = distributionFromStack(stackOf(config));
    expect(distribution.behaviours.length).toBeGreaterThan(5);
    for (const { trustedKeys } of distribution.behaviours) {
      expect(Object.fromEntries(trustedKeys ?? [])).toEqual(keys.generations);
    }
  });

  it('ends with the default behaviour, after the listed ones in their order', () => {
    const patterns = distributionFromStack(stackOf(dev)).distribution.behaviours.map(
      (each) => each.pathPattern,
    );
    expect([patterns[0], patterns.at(-2), patterns.at(-1)]).toEqual(['books/*.m3u8', 'books/*', '*']);
  });

  it('follows the references to cache policy, headers policy and bucket', () => {
    const { distribution } = distributionFromStack(stackOf(dev));
    expect(distribution.behaviours[0]).toMatchObject({
      origin: { bucket: 'storytime-hls-outputs-dev', path: '', signsRequests: true },
      caching: { defaultTtlSeconds: dev.playlistTtlSeconds, gzip: true, brotli: true },
      compress: true,
      responseHeaders: { cors: { allowOrigins: dev.playbackOrigins, allowCredentials: true } },
    });
    expect(distribution.behaviours.at(-1)?.caching?.defaultTtlSeconds).toBe(dev.segmentTtlSeconds);
  });

  it('trusts the keys it is given and no others', () => {
    const publicKeys = new Map([['K2TEST', 'a pem']]);
    const { distribution } = distributionFromStack(stackOf(dev), { publicKeys });
    expect(distribution.behaviours.map(({ trustedKeys }) => trustedKeys)).toEqual(
      distribution.behaviours.map(() => publicKeys),
    );
  });

  it('answers to the custom domain where there is one, and to the name it is given', () => {
    const { distribution } = distributionFromStack(stackOf(prod), { domainName: 'd1.cloudfront.net' });
    expect([distribution.domainName, distribution.aliases]).toEqual(['d1.cloudfront.net', [prod.domainName]]);
  });

  it('refuses a generation that only KMS knows, and says what to do', () => {
    const inKms = synthesized(dev, {
      active: '2026-11-a',
      generations: {},
      inKms: { '2026-11-a': 'RSA_2048' },
    });
    expect(() => distributionFromStack(inKms)).toThrow(
      /^key 2026-11-a: KMS makes its public key at apply, .*--public-key <id>=<file\.pem>$/,
    );
    expect(() => distributionFromStack(inKms, { publicKeys: new Map([['K2', 'a pem']]) })).not.toThrow();
  });

  it.each([
    ['no object', 'text'],
    ['no resources', {}],
    ['no distribution', { resource: {} }],
  ])('refuses a stack with %s', (_, stack) => {
    expect(() => distributionFromStack(stack)).toThrow(expect.objectContaining({ option: 'stack' }));
  });

  it('refuses a policy that AWS manages, rather than to go without', () => {
    const managed = '658327ea-f89d-4fab-a63d-7e88639e58f6';
    const text = JSON.stringify(stackOf(dev));
    const reference = /\$\{aws_cloudfront_response_headers_policy\.[\w-]+\.id\}/g;
    expect(() => distributionFromStack(JSON.parse(text.replaceAll(reference, managed)))).toThrow(
      `behaviour "books/*.m3u8" names ${managed}, which does not exist`,
    );
  });

  it('refuses a policy word that it does not know, rather than to guess', () => {
    const stack = JSON.parse(JSON.stringify(stackOf(dev)).replaceAll('redirect-to-https', 'redirect'));
    expect(() => distributionFromStack(stack)).toThrow(
      /expected one of allow-all, redirect-to-https, https-only/,
    );
  });
});

describe('what the synthesized bucket policy lets CloudFront do', () => {
  const accessOf = (change: (policy: string) => string) => {
    const { distribution, bucketPolicies } = distributionFromStack(stackOf(prod));
    const bucket = distribution.behaviours[0]?.origin.bucket ?? '';
    const policy = bucketPolicies.get(bucket);
    return bucketAccess(policy === undefined ? undefined : change(policy), { bucket, distribution });
  };

  it('is to read objects and not to list them', () => {
    const { mayRead, mayList } = accessOf((policy) => policy);
    expect([mayRead('books/42/index.m3u8'), mayList]).toEqual([true, false]);
  });

  it('is nothing when the policy names another distribution', () => {
    const { mayRead } = accessOf((policy) =>
      policy.replaceAll('distribution/SYNTHESIZED', 'distribution/OTHER'),
    );
    expect(mayRead('books/42/index.m3u8')).toBe(false);
  });

  it('is nothing without a policy', () => {
    const { distribution } = distributionFromStack(stackOf(prod));
    const { mayRead, mayList } = bucketAccess(undefined, { bucket: 'b', distribution });
    expect([mayRead('books/42/index.m3u8'), mayList]).toEqual([false, false]);
  });

  it('is to list where the policy says so', () => {
    const { mayList } = accessOf((policy) =>
      policy
        .replace('"s3:GetObject"', '["s3:GetObject","s3:ListBucket"]')
        .replaceAll(/"(arn:aws:s3:::[\w-]+)\/\*"/g, '["$1","$1/*"]')
        .replaceAll(/\["(arn:aws:s3:::[\w-]+)",\["([^"]+)","([^"]+)"\]\]/g, '["$1","$3"]'),
    );
    expect(mayList).toBe(true);
  });
});
