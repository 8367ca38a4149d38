/** CloudFront in front of a private HLS bucket: only public thumbnails are served without a signature of the trusted key group. */
import { CloudfrontCachePolicy } from '@cdktf/provider-aws/lib/cloudfront-cache-policy/index.js';
import { CloudfrontDistribution } from '@cdktf/provider-aws/lib/cloudfront-distribution/index.js';
import { CloudfrontOriginAccessControl } from '@cdktf/provider-aws/lib/cloudfront-origin-access-control/index.js';
import { CloudfrontResponseHeadersPolicy } from '@cdktf/provider-aws/lib/cloudfront-response-headers-policy/index.js';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record/index.js';
import { type TerraformResource, Token } from 'cdktf';
import { Construct } from 'constructs';
import { AccessLogDelivery } from './access-log-delivery.ts';
import { DEFAULT_PATH_PREFIX, type HlsContent, hlsBehaviours, isCompressed } from './behaviours.ts';
import { idFor, keepFirst, type Names } from './by-name.ts';
import { checkDistribution } from './distribution-checks.ts';
import type { CustomDomain, HlsDistributionProps, OtherDomain } from './distribution-props.ts';
import { RequestedCertificate } from './requested-certificate.ts';
import { ViewerFirewall } from './viewer-firewall.ts';

/** How long an object stays in the cache: the default if it has no `Cache-Control`, and the maximum if it has one. */
interface Ttl {
  readonly seconds: number;
  readonly mostSeconds: number;
}

const ORIGIN_ID = 'hls-outputs';
/** Without this, a title that was requested too early would still answer 403 for ten seconds after it is written. */
const ERROR_CACHING_SECONDS = 1;
/** The headers that S3 sends with every object under SSE-KMS: they contain the key's ARN, and so the account. */
const ENCRYPTION_HEADERS = [
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
];
const YEAR_IN_SECONDS = 31_536_000;

/**
 * A distribution that requires a signed URL or signed cookies in every behaviour, the default one included. Only the
 * behaviour of thumbnails may be public.
 *
 * @throws TypeError when an option is not what its docstring says
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html
 */
export class HlsDistribution extends Construct {
  /** The distribution as Terraform's resource, for a setting that no input has. */
  readonly resource: CloudfrontDistribution;
  readonly #webAclArn: string | undefined;
  readonly #accessLogs: AccessLogDelivery | undefined;

  constructor(scope: Construct, id: string, props: HlsDistributionProps) {
    super(scope, id);
    checkDistribution(props);
    const accessControl = new CloudfrontOriginAccessControl(this, 'origin_access_control', {
      name: `${props.name}-hls-outputs`,
      description: 'CloudFront signs every request to the HLS bucket',
      originAccessControlOriginType: 's3',
      signingBehavior: 'always',
      signingProtocol: 'sigv4',
    });
    const cachePolicies = this.#cachePolicies(props);
    const responseHeaders = this.#responseHeaders(props);
    const behaviour = (content: HlsContent) => ({
      targetOriginId: ORIGIN_ID,
      viewerProtocolPolicy: 'redirect-to-https',
      allowedMethods: ['GET', 'HEAD'],
      cachedMethods: ['GET', 'HEAD'],
      compress: isCompressed(content),
      cachePolicyId: cachePolicies[content].id,
      // An empty list instead of no argument: if the argument is omitted, the provider keeps the existing names.
      trustedKeyGroups: isPublic(content, props) ? [] : [props.trustedKeyGroupId],
      responseHeadersPolicyId: responseHeaders.id,
    });
    const certificateArn = this.#certificateArn(props);
    this.#webAclArn = this.#webAcl(props);
    this.resource = new CloudfrontDistribution(this, 'distribution', {
      enabled: true,
      comment: `${props.name}: private HLS`,
      httpVersion: 'http2and3',
      isIpv6Enabled: !props.bindsViewerIps,
      priceClass: props.priceClass,
      waitForDeployment: props.waitForDeployment ?? true,
      origin: [
        {
          originId: ORIGIN_ID,
          domainName: props.originDomainName,
          originAccessControlId: accessControl.id,
          ...(props.originShieldRegion !== undefined && {
            originShield: { enabled: true, originShieldRegion: props.originShieldRegion },
          }),
        },
      ],
      orderedCacheBehavior: hlsBehaviours(props.pathPrefix ?? DEFAULT_PATH_PREFIX).map(
        ({ pathPattern, serves }) => ({
          pathPattern,
          ...behaviour(serves),
        }),
      ),
      defaultCacheBehavior: behaviour('segment'),
      customErrorResponse: [403, 404].map((errorCode) => ({
        errorCode,
        errorCachingMinTtl: ERROR_CACHING_SECONDS,
      })),
      restrictions: { geoRestriction: geoRestriction(props.geoAllowList) },
      ...(props.customDomain && { aliases: [...namesOf(props.customDomain)] }),
      viewerCertificate: viewerCertificate(certificateArn),
      ...(this.#webAclArn !== undefined && { webAclId: this.#webAclArn }),
    });
    this.#aliases(props);
    this.#accessLogs = this.#accessLogDelivery(props);
  }

  /** Id of the distribution. */
  get id(): string {
    return this.resource.id;
  }

  /** ARN of the distribution, for the policies of buckets and keys. */
  get arn(): string {
    return this.resource.arn;
  }

  /** The distribution's own name, `<id>.cloudfront.net`. */
  get domainName(): string {
    return this.resource.domainName;
  }

  /** ARN of the web ACL, made here or given; undefined without one. */
  get webAclArn(): string | undefined {
    return this.#webAclArn;
  }

  /** ARN of the delivery source of the access logs, the exact `aws:SourceArn` for their bucket's policy; undefined without logs. */
  get accessLogSourceArn(): string | undefined {
    return this.#accessLogs?.sourceArn;
  }

  /** Segments and pictures are compressed already; gzip would only cost a second cache entry. */
  #cachePolicies(props: HlsDistributionProps): Readonly<Record<HlsContent, CloudfrontCachePolicy>> {
    const { playlistTtlSeconds, segmentTtlSeconds, thumbnailTtlSeconds } = props;
    const policy = (content: HlsContent, seconds: number, mostSeconds = seconds) =>
      this.#cachePolicy(props.name, content, { seconds, mostSeconds });
    const playlist = policy('playlist', playlistTtlSeconds, props.playlistMaxTtlSeconds);
    const segment = policy('segment', segmentTtlSeconds, props.segmentMaxTtlSeconds);
    const thumbnail = thumbnailTtlSeconds === undefined ? segment : policy('thumbnail', thumbnailTtlSeconds);
    return { playlist, segment, thumbnail };
  }

  /**
   * Nothing of the request in the cache key, so that every viewer of a title shares one entry.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html#ExpirationDownloadDist
   */
  #cachePolicy(name: string, content: HlsContent, { seconds, mostSeconds }: Ttl): CloudfrontCachePolicy {
    const what = `${content}s`;
    const most = mostSeconds === seconds ? '' : `, at most ${Token.asString(mostSeconds)} s`;
    const compressed = isCompressed(content);
    return new CloudfrontCachePolicy(this, what, {
      name: `${name}-${what}`,
      comment: `HLS ${what}: ${Token.asString(seconds)} s${most}`,
      minTtl: 0,
      defaultTtl: seconds,
      maxTtl: mostSeconds,
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

  /**
   * Security headers, CORS for pages that play, and no header about the bucket's encryption. A behaviour takes one
   * policy, so all of this is in one.
   *
   * No frame options and no content security policy, because they apply to documents and there are none here. No
   * cross-origin resource policy, because it would block the pages that may play the media.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
   */
  #responseHeaders(props: HlsDistributionProps): CloudfrontResponseHeadersPolicy {
    const policy = new CloudfrontResponseHeadersPolicy(this, 'response_headers', {
      name: `${props.name}-response-headers`,
      comment: 'HSTS, nosniff, and the pages that may play with cookies',
      securityHeadersConfig: {
        // This host only: we do not decide for other hosts under the domain, nor about a browser's preload list.
        strictTransportSecurity: {
          accessControlMaxAgeSec: YEAR_IN_SECONDS,
          includeSubdomains: false,
          preload: false,
          override: true,
        },
        contentTypeOptions: { override: true },
      },
      removeHeadersConfig: { items: ENCRYPTION_HEADERS.map((header) => ({ header })) },
      ...corsFor(props.playbackOrigins),
      // Removed from the behaviours before it is destroyed: CloudFront does not delete a policy in use.
      lifecycle: { createBeforeDestroy: true },
    });
    moveFrom('playback_cors', policy);
    return policy;
  }

  #certificateArn({ customDomain, usEast1 }: HlsDistributionProps): string | undefined {
    if (!customDomain || customDomain.certificateArn !== undefined || !usEast1) {
      return customDomain?.certificateArn;
    }
    return new RequestedCertificate(this, 'certificate', {
      domainName: customDomain.name,
      hostedZoneId: customDomain.hostedZoneId ?? '',
      others: (customDomain.others ?? []).map(({ name, hostedZoneId = '' }) => ({ name, hostedZoneId })),
      usEast1,
    }).arn;
  }

  #webAcl({ name, webAcl, usEast1 }: HlsDistributionProps): string | undefined {
    if (webAcl?.kind !== 'own' || !usEast1) return webAcl?.kind === 'given' ? webAcl.arn : undefined;
    const { requestsPerFiveMinutes } = webAcl;
    return new ViewerFirewall(this, 'firewall', { name, requestsPerFiveMinutes, usEast1 }).arn;
  }

  #accessLogDelivery({ name, accessLogs, usEast1 }: HlsDistributionProps): AccessLogDelivery | undefined {
    if (!accessLogs || !usEast1) return undefined;
    return new AccessLogDelivery(this, 'access_logs', {
      name,
      distributionArn: this.arn,
      usEast1,
      ...accessLogs,
    });
  }

  /** An AAAA record without IPv6 would send viewers to addresses that do not answer. */
  #aliases({ customDomain, bindsViewerIps }: HlsDistributionProps): void {
    if (!customDomain) return;
    const names = namesOf(customDomain);
    for (const domain of [customDomain, ...(customDomain.others ?? [])]) {
      this.#alias('ipv4', 'A', domain, names);
      if (!bindsViewerIps) this.#alias('ipv6', 'AAAA', domain, names);
    }
  }

  #alias(id: string, type: 'A' | 'AAAA', { name, hostedZoneId: zoneId }: OtherDomain, names: Names): void {
    if (zoneId === undefined) return;
    const record = new Route53Record(this, idFor(id, name, names), {
      zoneId,
      name,
      type,
      alias: {
        name: this.resource.domainName,
        zoneId: this.resource.hostedZoneId,
        evaluateTargetHealth: false,
      },
    });
    keepFirst(record, id, names);
  }
}

/** Whether these files need no signature. Only thumbnails may be public, because they do not play. */
function isPublic(content: HlsContent, { publicThumbnails = false }: HlsDistributionProps): boolean {
  return publicThumbnails && content === 'thumbnail';
}

function namesOf({ name, others = [] }: CustomDomain): Names {
  return [name, ...others.map((other) => other.name)];
}

/** States that knew a resource by an earlier last id keep it; a stack whose addresses end in a hash has no such state. */
function moveFrom(earlierId: string, resource: TerraformResource): void {
  const { terraformResourceType: type, friendlyUniqueId: address } = resource;
  if (!address.endsWith(`_${resource.node.id}`)) return;
  resource.moveFromId(`${type}.${address.slice(0, -resource.node.id.length)}${earlierId}`);
}

/** Cookies cross origins only when the answer names the one origin and allows credentials; `*` is refused then. */
function corsFor(origins: readonly string[] = []) {
  if (origins.length === 0) return {};
  return {
    corsConfig: {
      originOverride: true,
      accessControlAllowCredentials: true,
      accessControlAllowOrigins: { items: [...origins] },
      accessControlAllowMethods: { items: ['GET', 'HEAD'] },
      accessControlAllowHeaders: { items: ['Range'] },
      accessControlExposeHeaders: { items: ['Content-Length', 'Content-Range'] },
    },
  };
}

function geoRestriction(allowList: readonly string[] = []) {
  if (allowList.length === 0) return { restrictionType: 'none', locations: [] };
  return { restrictionType: 'whitelist', locations: [...allowList] };
}

function viewerCertificate(certificateArn: string | undefined) {
  if (certificateArn === undefined) return { cloudfrontDefaultCertificate: true };
  return {
    acmCertificateArn: certificateArn,
    sslSupportMethod: 'sni-only',
    // The newest policy that provider 5.100 knows; 6 has TLSv1.2_2025.
    minimumProtocolVersion: 'TLSv1.2_2021',
  };
}
