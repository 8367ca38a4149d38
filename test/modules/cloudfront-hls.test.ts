import { Fn, TerraformOutput, TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { matchPathPattern } from '../../aws/cloudfront/path-pattern.ts';
import {
  HlsDistribution,
  type HlsDistributionProps,
  hlsBehaviours,
} from '../../modules/cloudfront_hls/index.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

const minimal: HlsDistributionProps = {
  name: 'storytime-test',
  originDomainName: 'outputs.s3.eu-central-1.amazonaws.com',
  trustedKeyGroupId: 'group-1',
  playlistTtlSeconds: 60,
  segmentTtlSeconds: 86_400,
  priceClass: 'PriceClass_100',
};
const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/7f3c2a10-5b1e-4c9d-8e2f-0a1b2c3d4e5f';

describe('HlsDistribution', () => {
  it('makes a distribution, its access control, two cache policies and one for headers with the least it needs', () => {
    const json = distribution({});
    expect(typesOf(json)).toEqual([
      'aws_cloudfront_cache_policy',
      'aws_cloudfront_distribution',
      'aws_cloudfront_origin_access_control',
      'aws_cloudfront_response_headers_policy',
    ]);
    expect(Object.keys(json.resource.aws_cloudfront_cache_policy ?? {})).toEqual([
      'delivery_playlists',
      'delivery_segments',
    ]);
  });

  it('demands the key group on every behaviour of the table, and on the default one', () => {
    const behaviours = behavioursOf(distribution({}));
    expect(behaviours.map(({ path_pattern }) => path_pattern)).toEqual([
      ...hlsBehaviours('books').map(({ pathPattern }) => pathPattern),
      undefined,
    ]);
    for (const behaviour of behaviours) {
      expect(behaviour).toMatchObject({
        trusted_key_groups: ['group-1'],
        viewer_protocol_policy: 'redirect-to-https',
        allowed_methods: ['GET', 'HEAD'],
        cached_methods: ['GET', 'HEAD'],
        response_headers_policy_id: expect.stringContaining('aws_cloudfront_response_headers_policy.'),
      });
    }
  });

  it.each(['books', 'a/lessons'])(
    'opens thumbnails below %s, and nothing else, when they are public',
    (pathPrefix) => {
      const closed = behavioursOf(distribution({ pathPrefix }));
      const open = behavioursOf(distribution({ pathPrefix, publicThumbnails: true }));
      expect(open).toEqual(
        closed.map((behaviour) =>
          behaviour.path_pattern === `${pathPrefix}/*/thumbnails/*`
            ? { ...behaviour, trusted_key_groups: [] }
            : behaviour,
        ),
      );
      expect(
        open.filter(({ trusted_key_groups: groups }) => (groups as unknown[]).length === 0),
      ).toHaveLength(1);
      expect(distribution({ pathPrefix, publicThumbnails: false })).toEqual(distribution({ pathPrefix }));
    },
  );

  it('compresses and shortly caches playlists alone', () => {
    const json = distribution({ thumbnailTtlSeconds: 3600 });
    const behaviours = behavioursOf(json);
    const served = [...hlsBehaviours('books').map(({ serves }) => serves), 'segment'];
    expect(behaviours.map(({ cache_policy_id }) => cache_policy_id)).toEqual(
      served.map((content) => `\${aws_cloudfront_cache_policy.delivery_${content}s.id}`),
    );
    expect(behaviours.map(({ compress }) => compress)).toEqual(
      served.map((content) => content === 'playlist'),
    );
    expect(cachePolicies(json)).toEqual({
      delivery_playlists: { min: 0, default: 60, max: 60, gzip: true, brotli: true },
      delivery_segments: { min: 0, default: 86_400, max: 86_400, gzip: false, brotli: false },
      delivery_thumbnails: { min: 0, default: 3600, max: 3600, gzip: false, brotli: false },
    });
  });

  it('lets a Cache-Control of an object keep it up to the maximum, which is the default where none is given', () => {
    const policies = (props: Partial<HlsDistributionProps>) => {
      const json = distribution({ ...props, playlistTtlSeconds: 900 });
      return Object.entries(cachePolicies(json)).map(([name, { default: usual, max }]) => [
        name,
        usual,
        max,
        json.resource.aws_cloudfront_cache_policy?.[name]?.comment,
      ]);
    };
    expect(policies({ playlistMaxTtlSeconds: 1800, segmentMaxTtlSeconds: 604_800 })).toEqual([
      ['delivery_playlists', 900, 1800, 'HLS playlists: 900 s, at most 1800 s'],
      ['delivery_segments', 86_400, 604_800, 'HLS segments: 86400 s, at most 604800 s'],
    ]);
    expect(policies({})).toEqual([
      ['delivery_playlists', 900, 900, 'HLS playlists: 900 s'],
      ['delivery_segments', 86_400, 86_400, 'HLS segments: 86400 s'],
    ]);
  });

  it('caches thumbnails as segments when nothing else is said', () => {
    const thumbnails = behavioursOf(distribution({})).find(
      ({ path_pattern }) => path_pattern === 'books/*/thumbnails/*',
    );
    expect(thumbnails?.cache_policy_id).toBe(`\${aws_cloudfront_cache_policy.delivery_segments.id}`);
  });

  it('lets nothing of the request into a cache key, and makes a new policy before the old one goes', () => {
    const policies = Object.values(
      distribution({ thumbnailTtlSeconds: 60 }).resource.aws_cloudfront_cache_policy ?? {},
    );
    expect(policies).toHaveLength(3);
    for (const policy of policies) {
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

  it('forgets 403 and 404 after a second, speaks HTTP/3 and IPv6, and serves everywhere by default', () => {
    const block = only(distribution({}), 'aws_cloudfront_distribution');
    expect(block).toMatchObject({
      custom_error_response: [
        { error_code: 403, error_caching_min_ttl: 1 },
        { error_code: 404, error_caching_min_ttl: 1 },
      ],
      http_version: 'http2and3',
      is_ipv6_enabled: true,
      restrictions: { geo_restriction: { restriction_type: 'none', locations: [] } },
      viewer_certificate: { cloudfront_default_certificate: true },
      wait_for_deployment: true,
    });
    expect(block).not.toHaveProperty('web_acl_id');
    expect(block).not.toHaveProperty('aliases');
  });

  it('sends HSTS for this host alone and nosniff, and nothing that keeps media from a page', () => {
    const policy = only(distribution({}), 'aws_cloudfront_response_headers_policy');
    // The KMS key's ARN would tell every viewer the account.
    expect(policy.remove_headers_config).toEqual({
      items: [
        { header: 'x-amz-server-side-encryption' },
        { header: 'x-amz-server-side-encryption-aws-kms-key-id' },
        { header: 'x-amz-server-side-encryption-bucket-key-enabled' },
      ],
    });
    expect(policy.security_headers_config).toEqual({
      strict_transport_security: {
        access_control_max_age_sec: 31_536_000,
        include_subdomains: false,
        preload: false,
        override: true,
      },
      content_type_options: { override: true },
    });
    expect(policy).toMatchObject({ lifecycle: { create_before_destroy: true } });
    expect(policy).not.toHaveProperty('cors_config');
    expect(policy).not.toHaveProperty('custom_headers_config');
  });

  it('sends credentialed CORS headers for exact origins in the same policy', () => {
    const json = distribution({ playbackOrigins: ['https://app.example.com', 'http://localhost:4400'] });
    expect(only(json, 'aws_cloudfront_response_headers_policy')).toMatchObject({
      security_headers_config: { content_type_options: { override: true } },
      cors_config: {
        access_control_allow_credentials: true,
        access_control_allow_origins: { items: ['https://app.example.com', 'http://localhost:4400'] },
        access_control_allow_methods: { items: ['GET', 'HEAD'] },
        access_control_allow_headers: { items: ['Range'] },
        origin_override: true,
      },
    });
  });

  it('moves the policy of headers from its earlier address, so that a state from then keeps it', () => {
    expect(distribution({}).moved).toEqual([
      {
        from: 'aws_cloudfront_response_headers_policy.delivery_playback_cors',
        to: 'aws_cloudfront_response_headers_policy.delivery_response_headers',
      },
    ]);
  });

  it('moves nothing in a stack whose addresses end in a hash, which no state has by another one', () => {
    const stack = new TerraformStack(Testing.app({ stackTraces: false }), 'hashed');
    new HlsDistribution(stack, 'delivery', minimal);
    expect(JSON.parse(Testing.synth(stack))).not.toHaveProperty('moved');
  });

  it('plays only where it may', () => {
    expect(
      only(distribution({ geoAllowList: ['DE', 'AT'] }), 'aws_cloudfront_distribution').restrictions,
    ).toEqual({
      geo_restriction: { restriction_type: 'whitelist', locations: ['DE', 'AT'] },
    });
  });

  it('asks the bucket through one region’s cache when it has an origin shield', () => {
    const { origin } = only(
      distribution({ originShieldRegion: 'eu-central-1' }),
      'aws_cloudfront_distribution',
    );
    expect(origin).toMatchObject([
      { origin_shield: { enabled: true, origin_shield_region: 'eu-central-1' } },
    ]);
  });

  it('stands behind a web ACL that is there already', () => {
    const arn = 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/shared/a1b2c3d4';
    const json = distribution({ webAcl: { kind: 'given', arn } }, ({ webAclArn }) => webAclArn);
    expect(only(json, 'aws_cloudfront_distribution').web_acl_id).toBe(arn);
    expect(typesOf(json)).not.toContain('aws_wafv2_web_acl');
    expect(json.output?.got).toEqual({ value: arn });
  });

  it('has A and AAAA records of a custom domain, and TLS 1.2 of 2021', () => {
    const json = distribution({
      customDomain: { name: 'media.example.com', certificateArn, hostedZoneId: 'Z0123456789' },
    });
    expect(only(json, 'aws_cloudfront_distribution')).toMatchObject({
      aliases: ['media.example.com'],
      viewer_certificate: {
        acm_certificate_arn: certificateArn,
        minimum_protocol_version: 'TLSv1.2_2021',
        ssl_support_method: 'sni-only',
      },
    });
    expect(recordTypes(json)).toEqual({ delivery_ipv4: 'A', delivery_ipv6: 'AAAA' });
  });

  it('is off IPv6, in DNS too, when policies bind the viewer’s address', () => {
    const json = distribution({
      bindsViewerIps: true,
      customDomain: { name: 'media.example.com', certificateArn, hostedZoneId: 'Z0123456789' },
    });
    expect(only(json, 'aws_cloudfront_distribution').is_ipv6_enabled).toBe(false);
    expect(recordTypes(json)).toEqual({ delivery_ipv4: 'A' });
  });

  it('leaves DNS alone when the domain’s zone is elsewhere', () => {
    const json = distribution({ customDomain: { name: 'media.example.com', certificateArn } });
    expect(only(json, 'aws_cloudfront_distribution')).toMatchObject({ aliases: ['media.example.com'] });
    expect(typesOf(json)).not.toContain('aws_route53_record');
  });

  it.each<[option: string, props: Partial<HlsDistributionProps>, wanted: string]>([
    ['name', { name: 'story time' }, '1 to 48 letters, digits, dashes and underscores, got "story time"'],
    ['name', { name: 'x'.repeat(49) }, '1 to 48 letters'],
    [
      'originDomainName',
      { originDomainName: 'outputs.s3.amazonaws.com' },
      'the regional address of a bucket',
    ],
    [
      'originDomainName',
      { originDomainName: 'outputs.s3-website.eu-central-1.amazonaws.com' },
      'the regional address of a bucket',
    ],
    ['playlistTtlSeconds', { playlistTtlSeconds: 0 }, 'a whole number of seconds from 1 to 86400, got 0'],
    ['playlistTtlSeconds', { playlistTtlSeconds: 86_401 }, 'a whole number of seconds from 1 to 86400'],
    ['segmentTtlSeconds', { segmentTtlSeconds: 31_536_001 }, 'a whole number of seconds from 1 to 31536000'],
    ['segmentTtlSeconds', { segmentTtlSeconds: Number.NaN }, 'a whole number of seconds'],
    ['playlistMaxTtlSeconds', { playlistMaxTtlSeconds: 59 }, 'a whole number of seconds from 60 to 86400'],
    [
      'playlistMaxTtlSeconds',
      { playlistMaxTtlSeconds: 86_401 },
      'a whole number of seconds from 60 to 86400',
    ],
    [
      'playlistMaxTtlSeconds',
      { playlistMaxTtlSeconds: 90_001, segmentMaxTtlSeconds: 90_000 },
      'a whole number of seconds from 60 to 90000',
    ],
    ['segmentMaxTtlSeconds', { segmentMaxTtlSeconds: 86_399 }, 'a whole number of seconds from 86400 to'],
    ['segmentMaxTtlSeconds', { segmentMaxTtlSeconds: 31_536_001 }, 'a whole number of seconds from 86400 to'],
    ['thumbnailTtlSeconds', { thumbnailTtlSeconds: 1.5 }, 'a whole number of seconds from 1 to 31536000'],
    ['priceClass', { priceClass: 'PriceClass_300' }, '"PriceClass_100" or "PriceClass_200"'],
    ['playbackOrigins', { playbackOrigins: ['*'] }, 'exact https:// origins'],
    ['playbackOrigins', { playbackOrigins: ['https://*.example.com'] }, 'exact https:// origins'],
    ['playbackOrigins', { playbackOrigins: ['https://app.example.com/'] }, 'exact https:// origins'],
    ['playbackOrigins', { playbackOrigins: ['http://app.example.com'] }, 'exact https:// origins'],
    ['geoAllowList', { geoAllowList: ['DE', 'at'] }, 'ISO 3166 country codes such as "DE", got "at"'],
    ['geoAllowList', { geoAllowList: ['UK'] }, 'ISO 3166 country codes such as "DE", got "UK"'],
    ['originShieldRegion', { originShieldRegion: 'Frankfurt' }, 'an AWS region'],
    [
      'originShieldRegion',
      { originShieldRegion: 'eu-west-3' },
      'an AWS region where CloudFront offers Origin Shield',
    ],
    [
      'originDomainName',
      { originDomainName: 'videos.s3.eu-centrl-1.amazonaws.com' },
      'the regional address of a bucket',
    ],
    [
      'customDomain.certificateArn',
      {
        customDomain: {
          name: 'media.example.com',
          certificateArn: certificateArn.replace('arn:aws:', 'arn:aws-cn:'),
        },
      },
      'the ARN of an ACM certificate in us-east-1',
    ],
    [
      'customDomain.name',
      { customDomain: { name: 'media.example.com-', certificateArn } },
      'a host name in lower case',
    ],
    [
      'customDomain.name',
      { customDomain: { name: 'https://media.example.com', certificateArn } },
      'a host name in lower case',
    ],
    [
      'customDomain.name',
      { customDomain: { name: '192.0.2.1', certificateArn } },
      'a host name in lower case',
    ],
    [
      'customDomain.certificateArn',
      {
        customDomain: {
          name: 'media.example.com',
          certificateArn: certificateArn.replace('us-east-1', 'eu-central-1'),
        },
      },
      'the ARN of an ACM certificate in us-east-1',
    ],
    [
      'customDomain.hostedZoneId',
      { customDomain: { name: 'media.example.com', certificateArn, hostedZoneId: '/hostedzone/Z1' } },
      'a Route 53 zone id',
    ],
    [
      'customDomain.hostedZoneId',
      { customDomain: { name: 'media.example.com' } },
      'the Route 53 zone in which a requested certificate is validated, or a certificateArn, got undefined',
    ],
    [
      'webAcl.arn',
      { webAcl: { kind: 'given', arn: 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/a/b' } },
      'the ARN of a web ACL for CloudFront',
    ],
    ['usEast1', { webAcl: { kind: 'own', requestsPerFiveMinutes: 2000 } }, 'for a web ACL of its own'],
    [
      'usEast1',
      { accessLogs: { bucketArn: 'arn:aws:s3:::logs', prefix: 'cloudfront' } },
      'the AWS provider of us-east-1 for accessLogs',
    ],
    [
      'usEast1',
      { customDomain: { name: 'media.example.com', hostedZoneId: 'Z0123456789' } },
      'the AWS provider of us-east-1 for a requested certificate',
    ],
  ])('throws for %s that is %o', (option, props, wanted) => {
    expect(() => distribution(props)).toThrow(TypeError);
    expect(() => distribution(props)).toThrow(expect.objectContaining({ option }));
    expect(() => distribution(props)).toThrow(wanted);
  });

  it('takes names, ids, TTLs and origins that are known only at apply', () => {
    const json = synthesizedModule((scope) => {
      const text = new TerraformVariable(scope, 'text', {}).stringValue;
      const number = new TerraformVariable(scope, 'number', {}).numberValue;
      const list = new TerraformVariable(scope, 'list', {}).listValue;
      new HlsDistribution(scope, 'delivery', {
        name: text,
        originDomainName: text,
        trustedKeyGroupId: text,
        playlistTtlSeconds: number,
        segmentTtlSeconds: number,
        playlistMaxTtlSeconds: number,
        segmentMaxTtlSeconds: number,
        thumbnailTtlSeconds: number,
        playbackOrigins: list,
        priceClass: text,
        geoAllowList: list,
        originShieldRegion: text,
        customDomain: { name: text, certificateArn: text, hostedZoneId: Fn.lower(text) },
        webAcl: { kind: 'given', arn: text },
      });
    });
    const variable = (name: string) => `\${var.${name}}`;
    expect(json.resource.aws_cloudfront_cache_policy?.delivery_playlists).toMatchObject({
      name: `${variable('text')}-playlists`,
      comment: `HLS playlists: ${variable('number')} s`,
      max_ttl: variable('number'),
    });
    expect(only(json, 'aws_cloudfront_distribution')).toMatchObject({
      restrictions: { geo_restriction: { locations: variable('list') } },
      aliases: [variable('text')],
      web_acl_id: variable('text'),
    });
    expect(only(json, 'aws_cloudfront_response_headers_policy')).toMatchObject({
      cors_config: { access_control_allow_origins: { items: variable('list') } },
    });
  });
});

describe('hlsBehaviours', () => {
  it.each([
    ['/books/42/index.m3u8', 'playlist'],
    ['/books/42/index_720p.m3u8', 'playlist'],
    ['/books/42/index_720p_00001.ts', 'segment'],
    ['/books/42/index_720p_00001.m4s', 'segment'],
    ['/books/42/index_720p_00001.cmfv', 'segment'],
    ['/books/42/index_audio_00001.cmfa', 'segment'],
    ['/books/42/index_720p_init.mp4', 'segment'],
    ['/books/42/index_audio_00001.aac', 'segment'],
    ['/books/42/index_en_00001.vtt', 'segment'],
    ['/books/42/thumbnails/thumb.0000000.jpg', 'thumbnail'],
    ['/books/42/INDEX.M3U8', 'segment'],
    ['/books/42/keys/content.key', 'segment'],
  ])('serve %s as a %s', (path, expected) => {
    const first = hlsBehaviours('books').find(({ pathPattern }) => matchPathPattern(pathPattern, path));
    expect(first?.serves).toBe(expected);
  });

  it.each(['books', 'lessons', 'video/lessons'])('begin where the keys of titles begin: %s', (pathPrefix) => {
    const patterns = hlsBehaviours(pathPrefix).map(({ pathPattern }) => pathPattern);
    expect(patterns.filter((pattern) => !pattern.startsWith(`${pathPrefix}/`))).toEqual([]);
    expect(patterns.at(-1)).toBe(`${pathPrefix}/*`);
    expect(behavioursOf(distribution({ pathPrefix })).map(({ path_pattern }) => path_pattern)).toEqual([
      ...patterns,
      undefined,
    ]);
  });

  it('leave /index.html to the default behaviour', () => {
    expect(
      hlsBehaviours('books').filter(({ pathPattern }) => matchPathPattern(pathPattern, '/index.html')),
    ).toEqual([]);
  });

  it('stays within CloudFront’s quota of 25 behaviours', () => {
    expect(hlsBehaviours('books').length).toBeLessThan(25);
  });
});

function distribution(
  props: Partial<HlsDistributionProps>,
  output?: (made: HlsDistribution) => string | undefined,
) {
  return synthesizedModule((scope) => {
    const made = new HlsDistribution(scope, 'delivery', { ...minimal, ...props });
    if (output) new TerraformOutput(scope, 'got', { value: output(made) });
  }) as ReturnType<typeof synthesizedModule> & {
    readonly output?: Record<string, { value: unknown }>;
    readonly moved?: readonly { from: string; to: string }[];
  };
}

function behavioursOf(json: ReturnType<typeof distribution>): Record<string, unknown>[] {
  const { ordered_cache_behavior: ordered, default_cache_behavior: fallback } = only(
    json,
    'aws_cloudfront_distribution',
  );
  return [...(ordered as Record<string, unknown>[]), fallback as Record<string, unknown>];
}

function cachePolicies(json: ReturnType<typeof distribution>) {
  return Object.fromEntries(
    Object.entries(json.resource.aws_cloudfront_cache_policy ?? {}).map(([name, policy]) => {
      const parameters = policy.parameters_in_cache_key_and_forwarded_to_origin as Record<string, unknown>;
      return [
        name,
        {
          min: policy.min_ttl,
          default: policy.default_ttl,
          max: policy.max_ttl,
          gzip: parameters.enable_accept_encoding_gzip,
          brotli: parameters.enable_accept_encoding_brotli,
        },
      ];
    }),
  );
}

function recordTypes(json: ReturnType<typeof distribution>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(json.resource.aws_route53_record ?? {}).map(([name, { type }]) => [name, type]),
  );
}
