/** CloudFront in front of a private HLS bucket: nothing leaves it without a signature of the trusted key group. */
import { CloudfrontCachePolicy } from '@cdktf/provider-aws/lib/cloudfront-cache-policy/index.js';
import { CloudfrontDistribution } from '@cdktf/provider-aws/lib/cloudfront-distribution/index.js';
import { CloudfrontOriginAccessControl } from '@cdktf/provider-aws/lib/cloudfront-origin-access-control/index.js';
import { CloudfrontResponseHeadersPolicy } from '@cdktf/provider-aws/lib/cloudfront-response-headers-policy/index.js';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record/index.js';
import { Construct } from 'constructs';

/** A host name of one's own: what browsers need before they store cookies. */
export interface CustomDomain {
  readonly name: string;
  /** An ACM certificate for `name` in us-east-1, where CloudFront reads its certificates. */
  readonly certificateArn: string;
  /**
   * The Route 53 zone that gets A and AAAA aliases.
   * @default - no records: somebody else points `name` at the distribution
   */
  readonly hostedZoneId?: string;
}

export interface HlsDistributionProps {
  /** Prefix of every CloudFront name, unique in the account. */
  readonly name: string;
  /** `<bucket>.s3.<region>.amazonaws.com` of the HLS bucket. */
  readonly originDomainName: string;
  /** The key group that every behaviour trusts. */
  readonly trustedKeyGroupId: string;
  /** How long playlists stay in the cache, at most. */
  readonly playlistTtlSeconds: number;
  /** How long everything else stays in the cache, at most. */
  readonly segmentTtlSeconds: number;
  /**
   * Exact origins of pages that play with cookies.
   * @default - no CORS headers: native players only
   */
  readonly playbackOrigins?: readonly string[];
  readonly priceClass: string;
  /**
   * ISO 3166 country codes that may play.
   * @default - everywhere
   */
  readonly geoAllowList?: readonly string[];
  /** @default - the distribution's own *.cloudfront.net name and certificate */
  readonly customDomain?: CustomDomain;
  /**
   * Whether an apply waits (minutes) until every edge has the change.
   * @default true
   */
  readonly waitForDeployment?: boolean;
}

const ORIGIN_ID = 'hls-outputs';
/** A title that is just being written would otherwise answer 403 for ten seconds after it is there. */
const ERROR_CACHING_SECONDS = 1;

/**
 * A distribution whose every behaviour, the default one included, demands a signed URL or signed cookies.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html
 */
export class HlsDistribution extends Construct {
  readonly #distribution: CloudfrontDistribution;

  constructor(scope: Construct, id: string, props: HlsDistributionProps) {
    super(scope, id);
    const accessControl = new CloudfrontOriginAccessControl(this, 'origin_access_control', {
      name: `${props.name}-hls-outputs`,
      description: 'CloudFront signs every request to the HLS bucket',
      originAccessControlOriginType: 's3',
      signingBehavior: 'always',
      signingProtocol: 'sigv4',
    });
    const playlists = this.#cachePolicy(props.name, 'playlists', props.playlistTtlSeconds, true);
    // Segments are compressed already; gzip would only cost a second cache entry.
    const segments = this.#cachePolicy(props.name, 'segments', props.segmentTtlSeconds, false);
    const cors = this.#playbackCors(props);
    const behaviour = (cachePolicy: CloudfrontCachePolicy) => ({
      targetOriginId: ORIGIN_ID,
      viewerProtocolPolicy: 'redirect-to-https',
      allowedMethods: ['GET', 'HEAD'],
      cachedMethods: ['GET', 'HEAD'],
      compress: true,
      cachePolicyId: cachePolicy.id,
      trustedKeyGroups: [props.trustedKeyGroupId],
      ...(cors && { responseHeadersPolicyId: cors.id }),
    });
    this.#distribution = new CloudfrontDistribution(this, 'distribution', {
      enabled: true,
      comment: `${props.name}: private HLS`,
      httpVersion: 'http2and3',
      isIpv6Enabled: true,
      priceClass: props.priceClass,
      waitForDeployment: props.waitForDeployment ?? true,
      origin: [
        {
          originId: ORIGIN_ID,
          domainName: props.originDomainName,
          originAccessControlId: accessControl.id,
        },
      ],
      orderedCacheBehavior: [
        { pathPattern: 'books/*.m3u8', ...behaviour(playlists) },
        { pathPattern: 'books/*', ...behaviour(segments) },
      ],
      defaultCacheBehavior: behaviour(segments),
      customErrorResponse: [403, 404].map((errorCode) => ({
        errorCode,
        errorCachingMinTtl: ERROR_CACHING_SECONDS,
      })),
      restrictions: { geoRestriction: geoRestriction(props.geoAllowList) },
      ...(props.customDomain && { aliases: [props.customDomain.name] }),
      viewerCertificate: viewerCertificate(props.customDomain),
    });
    if (props.customDomain?.hostedZoneId) {
      this.#alias('ipv4', 'A', props.customDomain.name, props.customDomain.hostedZoneId);
      this.#alias('ipv6', 'AAAA', props.customDomain.name, props.customDomain.hostedZoneId);
    }
  }

  get id(): string {
    return this.#distribution.id;
  }

  get arn(): string {
    return this.#distribution.arn;
  }

  /** The distribution's own name, `<id>.cloudfront.net`. */
  get domainName(): string {
    return this.#distribution.domainName;
  }

  /** Nothing of the request in the cache key, so that every viewer of a title shares one entry. */
  #cachePolicy(name: string, what: string, ttlSeconds: number, compressed: boolean): CloudfrontCachePolicy {
    return new CloudfrontCachePolicy(this, what, {
      name: `${name}-${what}`,
      comment: `HLS ${what}: ${ttlSeconds} s`,
      minTtl: 0,
      defaultTtl: ttlSeconds,
      maxTtl: ttlSeconds,
      parametersInCacheKeyAndForwardedToOrigin: {
        queryStringsConfig: { queryStringBehavior: 'none' },
        cookiesConfig: { cookieBehavior: 'none' },
        headersConfig: { headerBehavior: 'none' },
        enableAcceptEncodingGzip: compressed,
        enableAcceptEncodingBrotli: compressed,
      },
      lifecycle: { createBeforeDestroy: true },
    });
  }

  /** Cookies cross origins only when the answer names the one origin and allows credentials; `*` is refused then. */
  #playbackCors(props: HlsDistributionProps): CloudfrontResponseHeadersPolicy | undefined {
    if (!props.playbackOrigins || props.playbackOrigins.length === 0) return undefined;
    return new CloudfrontResponseHeadersPolicy(this, 'playback_cors', {
      name: `${props.name}-playback-cors`,
      comment: 'Pages that may play with cookies',
      corsConfig: {
        originOverride: true,
        accessControlAllowCredentials: true,
        accessControlAllowOrigins: { items: [...props.playbackOrigins] },
        accessControlAllowMethods: { items: ['GET', 'HEAD'] },
        accessControlAllowHeaders: { items: ['Range'] },
        accessControlExposeHeaders: { items: ['Content-Length', 'Content-Range'] },
      },
      // Taken out of the behaviours before it goes: CloudFront does not delete a policy in use.
      lifecycle: { createBeforeDestroy: true },
    });
  }

  #alias(id: string, type: 'A' | 'AAAA', name: string, zoneId: string): void {
    new Route53Record(this, id, {
      zoneId,
      name,
      type,
      alias: {
        name: this.#distribution.domainName,
        zoneId: this.#distribution.hostedZoneId,
        evaluateTargetHealth: false,
      },
    });
  }
}

function geoRestriction(allowList: readonly string[] = []) {
  if (allowList.length === 0) return { restrictionType: 'none', locations: [] };
  return { restrictionType: 'whitelist', locations: [...allowList] };
}

function viewerCertificate(domain?: CustomDomain) {
  if (!domain) return { cloudfrontDefaultCertificate: true };
  return {
    acmCertificateArn: domain.certificateArn,
    sslSupportMethod: 'sni-only',
    // The newest policy that provider 5.100 knows; 6 has TLSv1.2_2025.
    minimumProtocolVersion: 'TLSv1.2_2021',
  };
}
