import { describe, expect, it } from 'vitest';
import { HlsDistribution, type HlsDistributionProps } from '../../modules/cloudfront_hls/index.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

const minimal: HlsDistributionProps = {
  name: 'storytime-test',
  originDomainName: 'outputs.s3.eu-central-1.amazonaws.com',
  trustedKeyGroupId: 'group-1',
  playlistTtlSeconds: 60,
  segmentTtlSeconds: 86_400,
  priceClass: 'PriceClass_100',
};

describe('HlsDistribution', () => {
  it('demands the key group on every behaviour, the default one too', () => {
    const behaviours = behavioursOf(distribution({}));
    expect(behaviours.map(({ path_pattern }) => path_pattern)).toEqual([
      'books/*.m3u8',
      'books/*',
      undefined,
    ]);
    for (const behaviour of behaviours) {
      expect(behaviour).toMatchObject({
        trusted_key_groups: ['group-1'],
        viewer_protocol_policy: 'redirect-to-https',
        allowed_methods: ['GET', 'HEAD'],
        cached_methods: ['GET', 'HEAD'],
        compress: true,
      });
      expect(behaviour).not.toHaveProperty('response_headers_policy_id');
    }
  });

  it('caches playlists for a minute and everything else for a day, with nothing of the request in the key', () => {
    const json = distribution({});
    const policies = json.resource.aws_cloudfront_cache_policy ?? {};
    expect(behavioursOf(json).map(({ cache_policy_id }) => cache_policy_id)).toEqual(
      ['playlists', 'segments', 'segments'].map(
        (what) => `\${aws_cloudfront_cache_policy.delivery_${what}.id}`,
      ),
    );
    expect(policies.delivery_playlists).toMatchObject({ min_ttl: 0, default_ttl: 60, max_ttl: 60 });
    expect(policies.delivery_segments).toMatchObject({ min_ttl: 0, default_ttl: 86_400, max_ttl: 86_400 });
    for (const policy of Object.values(policies)) {
      expect(policy).toMatchObject({
        lifecycle: { create_before_destroy: true },
        parameters_in_cache_key_and_forwarded_to_origin: {
          cookies_config: { cookie_behavior: 'none' },
          headers_config: { header_behavior: 'none' },
          query_strings_config: { query_string_behavior: 'none' },
        },
      });
    }
  });

  it('reads its origin with an access control that signs every request', () => {
    const json = distribution({});
    expect(only(json, 'aws_cloudfront_origin_access_control')).toMatchObject({
      origin_access_control_origin_type: 's3',
      signing_behavior: 'always',
      signing_protocol: 'sigv4',
    });
    expect(only(json, 'aws_cloudfront_distribution').origin).toEqual([
      {
        origin_id: 'hls-outputs',
        domain_name: 'outputs.s3.eu-central-1.amazonaws.com',
        origin_access_control_id: `\${aws_cloudfront_origin_access_control.delivery.id}`,
      },
    ]);
  });

  it('forgets 403 and 404 after a second, speaks HTTP/3 and serves everywhere by default', () => {
    expect(only(distribution({}), 'aws_cloudfront_distribution')).toMatchObject({
      custom_error_response: [
        { error_code: 403, error_caching_min_ttl: 1 },
        { error_code: 404, error_caching_min_ttl: 1 },
      ],
      http_version: 'http2and3',
      restrictions: { geo_restriction: { restriction_type: 'none', locations: [] } },
      viewer_certificate: { cloudfront_default_certificate: true },
      wait_for_deployment: true,
    });
  });

  it('sends credentialed CORS headers for exact origins on every behaviour', () => {
    const json = distribution({ playbackOrigins: ['https://app.example.com'] });
    expect(only(json, 'aws_cloudfront_response_headers_policy')).toMatchObject({
      cors_config: {
        access_control_allow_credentials: true,
        access_control_allow_origins: { items: ['https://app.example.com'] },
        access_control_allow_methods: { items: ['GET', 'HEAD'] },
        origin_override: true,
      },
      lifecycle: { create_before_destroy: true },
    });
    for (const behaviour of behavioursOf(json)) {
      expect(behaviour).toHaveProperty('response_headers_policy_id');
    }
  });

  it('plays only where it may', () => {
    expect(
      only(distribution({ geoAllowList: ['DE', 'AT'] }), 'aws_cloudfront_distribution').restrictions,
    ).toEqual({
      geo_restriction: { restriction_type: 'whitelist', locations: ['DE', 'AT'] },
    });
  });

  it('leaves DNS alone when the domain’s zone is elsewhere', () => {
    const json = distribution({ customDomain: { name: 'media.example.com', certificateArn: 'arn:cert' } });
    expect(only(json, 'aws_cloudfront_distribution')).toMatchObject({ aliases: ['media.example.com'] });
    expect(typesOf(json)).not.toContain('aws_route53_record');
  });
});

function distribution(props: Partial<HlsDistributionProps>) {
  return synthesizedModule((scope) => new HlsDistribution(scope, 'delivery', { ...minimal, ...props }));
}

function behavioursOf(json: ReturnType<typeof distribution>): Record<string, unknown>[] {
  const { ordered_cache_behavior: ordered, default_cache_behavior: fallback } = only(
    json,
    'aws_cloudfront_distribution',
  );
  return [...(ordered as Record<string, unknown>[]), fallback as Record<string, unknown>];
}
