/** Terraform's arguments for CloudFront as the API's own structures, as the AWS provider translates them. Pure. */

import type {
  CacheBehavior,
  CachePolicyConfig,
  CustomErrorResponse,
  DistributionConfig,
  Origin,
  OriginAccessControlConfig,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import { type Block, blockOf, blocksOf, flagOf, numberOf, stringsOf, textOf } from '../stack/blocks.ts';
import { OptionError } from '../values/option-error.ts';

/** `aws_cloudfront_distribution`; ids stay the references that the stack has there. */
export function distributionConfig(block: Block, resolve: (text: string) => string): DistributionConfig {
  const geo = blockOf(blockOf(block.restrictions).geo_restriction);
  return {
    CallerReference: '',
    Comment: textOf(block.comment) ?? '',
    Enabled: flagOf(block.enabled) ?? false,
    Aliases: listOf(stringsOf(block.aliases)),
    DefaultRootObject: textOf(block.default_root_object) ?? '',
    Origins: listOf(blocksOf(block.origin).map((origin) => originOf(origin, resolve))),
    CacheBehaviors: listOf(blocksOf(block.ordered_cache_behavior).map(behaviourOf)),
    DefaultCacheBehavior: behaviourOf(blockOf(block.default_cache_behavior)),
    Restrictions: {
      GeoRestriction: {
        RestrictionType: oneOf(geo.restriction_type, ['none', 'whitelist', 'blacklist'], 'none'),
        ...listOf(stringsOf(geo.locations)),
      },
    },
    CustomErrorResponses: listOf(blocksOf(block.custom_error_response).map(errorResponseOf)),
  };
}

/** `aws_cloudfront_cache_policy`. */
export function cachePolicyConfig(block: Block): CachePolicyConfig {
  const inKey = blockOf(block.parameters_in_cache_key_and_forwarded_to_origin);
  const query = blockOf(inKey.query_strings_config);
  const cookies = blockOf(inKey.cookies_config);
  const headers = blockOf(inKey.headers_config);
  const kinds = ['none', 'all', 'whitelist', 'allExcept'] as const;
  return {
    Name: textOf(block.name) ?? '',
    MinTTL: numberOf(block.min_ttl) ?? 0,
    DefaultTTL: numberOf(block.default_ttl),
    MaxTTL: numberOf(block.max_ttl),
    ParametersInCacheKeyAndForwardedToOrigin: {
      EnableAcceptEncodingGzip: flagOf(inKey.enable_accept_encoding_gzip) ?? false,
      EnableAcceptEncodingBrotli: flagOf(inKey.enable_accept_encoding_brotli) ?? false,
      QueryStringsConfig: {
        QueryStringBehavior: oneOf(query.query_string_behavior, kinds, 'none'),
        QueryStrings: listOf(stringsOf(blockOf(query.query_strings).items)),
      },
      CookiesConfig: {
        CookieBehavior: oneOf(cookies.cookie_behavior, kinds, 'none'),
        Cookies: listOf(stringsOf(blockOf(cookies.cookies).items)),
      },
      HeadersConfig: {
        HeaderBehavior: oneOf(headers.header_behavior, ['none', 'whitelist'], 'none'),
        Headers: listOf(stringsOf(blockOf(headers.headers).items)),
      },
    },
  };
}

/** `aws_cloudfront_response_headers_policy`. */
export function responseHeadersPolicyConfig(block: Block): ResponseHeadersPolicyConfig {
  const [cors] = blocksOf(block.cors_config);
  const custom = blocksOf(blockOf(block.custom_headers_config).items);
  return {
    Name: textOf(block.name) ?? '',
    ...(cors && { CorsConfig: corsConfig(cors) }),
    SecurityHeadersConfig: securityHeadersConfig(blockOf(block.security_headers_config)),
    CustomHeadersConfig: listOf(
      custom.map(({ header, value, override }) => ({
        Header: textOf(header),
        Value: textOf(value),
        Override: flagOf(override),
      })),
    ),
    RemoveHeadersConfig: listOf(
      blocksOf(blockOf(block.remove_headers_config).items).map(({ header }) => ({ Header: textOf(header) })),
    ),
  };
}

/** `aws_cloudfront_origin_access_control`. */
export function accessControlConfig(block: Block): OriginAccessControlConfig {
  return {
    Name: textOf(block.name) ?? '',
    SigningProtocol: 'sigv4',
    SigningBehavior: oneOf(block.signing_behavior, ['always', 'never', 'no-override'], 'always'),
    OriginAccessControlOriginType: 's3',
  };
}

function behaviourOf(block: Block): CacheBehavior {
  const groups = stringsOf(block.trusted_key_groups);
  return {
    PathPattern: textOf(block.path_pattern) ?? '',
    TargetOriginId: textOf(block.target_origin_id) ?? '',
    ViewerProtocolPolicy: oneOf(
      block.viewer_protocol_policy,
      ['allow-all', 'redirect-to-https', 'https-only'],
      'allow-all',
    ),
    AllowedMethods: listOf(stringsOf(block.allowed_methods)) as CacheBehavior['AllowedMethods'],
    Compress: flagOf(block.compress) ?? false,
    CachePolicyId: textOf(block.cache_policy_id),
    ResponseHeadersPolicyId: textOf(block.response_headers_policy_id),
    TrustedKeyGroups: { Enabled: groups.length > 0, ...listOf(groups) },
    TrustedSigners: {
      Enabled: stringsOf(block.trusted_signers).length > 0,
      ...listOf(stringsOf(block.trusted_signers)),
    },
    FunctionAssociations: listOf(
      blocksOf(block.function_association).map(() => ({
        FunctionARN: '',
        EventType: 'viewer-request' as const,
      })),
    ),
    LambdaFunctionAssociations: listOf(
      blocksOf(block.lambda_function_association).map(() => ({
        LambdaFunctionARN: '',
        EventType: 'viewer-request' as const,
      })),
    ),
  };
}

function originOf(block: Block, resolve: (text: string) => string): Origin {
  const [custom] = blocksOf(block.custom_origin_config);
  return {
    Id: textOf(block.origin_id) ?? '',
    DomainName: resolve(textOf(block.domain_name) ?? ''),
    OriginPath: textOf(block.origin_path) ?? '',
    OriginAccessControlId: textOf(block.origin_access_control_id),
    ...(custom && {
      CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' },
    }),
  };
}

function errorResponseOf(block: Block): CustomErrorResponse {
  return {
    ErrorCode: numberOf(block.error_code),
    ErrorCachingMinTTL: numberOf(block.error_caching_min_ttl),
  };
}

function corsConfig(block: Block): ResponseHeadersPolicyConfig['CorsConfig'] {
  const items = (value: unknown) => listOf(stringsOf(blockOf(value).items));
  return {
    AccessControlAllowOrigins: items(block.access_control_allow_origins),
    AccessControlAllowMethods: items(block.access_control_allow_methods) as never,
    AccessControlAllowHeaders: items(block.access_control_allow_headers),
    AccessControlExposeHeaders: items(block.access_control_expose_headers),
    AccessControlMaxAgeSec: numberOf(block.access_control_max_age_sec),
    AccessControlAllowCredentials: flagOf(block.access_control_allow_credentials) ?? false,
    OriginOverride: flagOf(block.origin_override) ?? false,
  };
}

function securityHeadersConfig(block: Block): ResponseHeadersPolicyConfig['SecurityHeadersConfig'] {
  const [transport] = blocksOf(block.strict_transport_security);
  const [contentType] = blocksOf(block.content_type_options);
  const [frame] = blocksOf(block.frame_options);
  const [referrer] = blocksOf(block.referrer_policy);
  const [content] = blocksOf(block.content_security_policy);
  const [xss] = blocksOf(block.xss_protection);
  return {
    ...(transport && {
      StrictTransportSecurity: {
        Override: flagOf(transport.override),
        IncludeSubdomains: flagOf(transport.include_subdomains) ?? false,
        Preload: flagOf(transport.preload) ?? false,
        AccessControlMaxAgeSec: numberOf(transport.access_control_max_age_sec),
      },
    }),
    ...(contentType && { ContentTypeOptions: { Override: flagOf(contentType.override) } }),
    ...(frame && {
      FrameOptions: {
        Override: flagOf(frame.override),
        FrameOption: oneOf(frame.frame_option, ['DENY', 'SAMEORIGIN'], 'DENY'),
      },
    }),
    ...(referrer && {
      ReferrerPolicy: {
        Override: flagOf(referrer.override),
        ReferrerPolicy: textOf(referrer.referrer_policy) as 'no-referrer' | undefined,
      },
    }),
    ...(content && {
      ContentSecurityPolicy: {
        Override: flagOf(content.override),
        ContentSecurityPolicy: textOf(content.content_security_policy),
      },
    }),
    ...(xss && {
      XSSProtection: {
        Override: flagOf(xss.override),
        Protection: flagOf(xss.protection) ?? false,
        ModeBlock: flagOf(xss.mode_block) ?? false,
        ReportUri: textOf(xss.report_uri),
      },
    }),
  };
}

function listOf<T>(items: readonly T[]): { Quantity: number; Items: T[] } {
  return { Quantity: items.length, Items: [...items] };
}

/** @throws TypeError for a word that is not known here: to guess might open what is closed */
function oneOf<const Value extends string>(value: unknown, known: readonly Value[], otherwise: Value): Value {
  if (value === undefined) return otherwise;
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new OptionError('stack', `expected one of ${known.join(', ')}, got ${JSON.stringify(value)}`);
}
