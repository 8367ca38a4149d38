/** Cache and response headers policies: CloudFront's configuration in the edge's own terms. Pure. */
import type {
  CachePolicyConfig,
  OriginAccessControlConfig,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import type { CachePolicy, ResponseHeadersPolicy } from './distribution.ts';

/** A cache policy; omitted fields have CloudFront's defaults. */
export function cachePolicyOf(config: CachePolicyConfig): CachePolicy {
  const inKey = config.ParametersInCacheKeyAndForwardedToOrigin;
  return {
    minTtlSeconds: config.MinTTL ?? 0,
    defaultTtlSeconds: config.DefaultTTL ?? 86_400,
    maxTtlSeconds: config.MaxTTL ?? 31_536_000,
    queryStrings: {
      kind: inKey?.QueryStringsConfig?.QueryStringBehavior ?? 'none',
      names: inKey?.QueryStringsConfig?.QueryStrings?.Items ?? [],
    },
    cookies: {
      kind: inKey?.CookiesConfig?.CookieBehavior ?? 'none',
      names: inKey?.CookiesConfig?.Cookies?.Items ?? [],
    },
    headers: (inKey?.HeadersConfig?.Headers?.Items ?? []).map((name) => name.toLowerCase()),
    gzip: inKey?.EnableAcceptEncodingGzip ?? false,
    brotli: inKey?.EnableAcceptEncodingBrotli ?? false,
  };
}

/** A response headers policy. */
export function responseHeadersPolicyOf(config: ResponseHeadersPolicyConfig): ResponseHeadersPolicy {
  const cors = config.CorsConfig;
  return {
    cors: cors
      ? {
          allowOrigins: cors.AccessControlAllowOrigins?.Items ?? [],
          allowCredentials: cors.AccessControlAllowCredentials ?? false,
          exposeHeaders: cors.AccessControlExposeHeaders?.Items ?? [],
        }
      : null,
    headers: [...securityHeaders(config), ...customHeaders(config)],
    removedHeaders: (config.RemoveHeadersConfig?.Items ?? []).map(({ Header }) =>
      (Header ?? '').toLowerCase(),
    ),
  };
}

/** Whether CloudFront signs what it asks of an origin with this access control. */
export function signsRequests(control: OriginAccessControlConfig | undefined): boolean {
  return control !== undefined && control.SigningBehavior !== 'never';
}

function securityHeaders(config: ResponseHeadersPolicyConfig): ResponseHeadersPolicy['headers'] {
  const security = config.SecurityHeadersConfig;
  const transport = security?.StrictTransportSecurity;
  const frame = security?.FrameOptions;
  const referrer = security?.ReferrerPolicy;
  const content = security?.ContentSecurityPolicy;
  const xss = security?.XSSProtection;
  const header = (name: string, value: string | undefined, override: boolean | undefined) =>
    value === undefined ? [] : [{ name, value, override: override ?? false }];
  const hsts = transport && [
    `max-age=${transport.AccessControlMaxAgeSec}`,
    ...(transport.IncludeSubdomains ? ['includeSubdomains'] : []),
    ...(transport.Preload ? ['preload'] : []),
  ];
  return [
    ...header('strict-transport-security', hsts?.join('; '), transport?.Override),
    ...header(
      'x-content-type-options',
      security?.ContentTypeOptions && 'nosniff',
      security?.ContentTypeOptions?.Override,
    ),
    ...header('x-frame-options', frame?.FrameOption, frame?.Override),
    ...header('referrer-policy', referrer?.ReferrerPolicy, referrer?.Override),
    ...header('content-security-policy', content?.ContentSecurityPolicy, content?.Override),
    ...header(
      'x-xss-protection',
      xss && [xss.Protection ? '1' : '0', ...(xss.ModeBlock ? ['mode=block'] : [])].join('; '),
      xss?.Override,
    ),
  ];
}

function customHeaders(config: ResponseHeadersPolicyConfig): ResponseHeadersPolicy['headers'] {
  return (config.CustomHeadersConfig?.Items ?? []).map(({ Header, Value, Override }) => ({
    name: Header ?? '',
    value: Value ?? '',
    override: Override ?? false,
  }));
}
