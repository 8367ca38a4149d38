/** The options of an `HlsDistribution`. */
import type { TerraformProvider } from 'cdktf';
import type { AccessLogs } from './access-log-delivery.ts';

/** A host name of your own. Browsers store the cookies only for such a host name. */
export interface CustomDomain {
  /** Host name in lower case, `media.example.com`. */
  readonly name: string;
  /**
   * ARN of an ACM certificate for `name` and `others` in us-east-1, where CloudFront reads its certificates.
   * @default - a certificate is requested and validated in the zone, which is then required
   */
  readonly certificateArn?: string;
  /**
   * Route 53 zone that gets the A and AAAA aliases.
   * @default - no records: you point `name` at the distribution yourself
   */
  readonly hostedZoneId?: string;
  /**
   * Further host names of the distribution, at most 99; none of them is `name`. The choice of `name`
   * among them changes no resource: each has records at its own address.
   * @default - none
   */
  readonly others?: readonly OtherDomain[];
}

/** A further host name of the distribution. */
export interface OtherDomain {
  /** Host name in lower case, `video.example.com`, written out: it is part of the records' addresses. */
  readonly name: string;
  /**
   * Route 53 zone that gets its A and AAAA aliases, and the validation record of a requested certificate, which needs a zone.
   * @default - no records: you point `name` at the distribution yourself
   */
  readonly hostedZoneId?: string;
}

/** A web ACL of its own, made in us-east-1 (`requestsPerFiveMinutes` of one address: 10 to 2,000,000,000), or an existing one. */
export type WebAcl =
  | { readonly kind: 'own'; readonly requestsPerFiveMinutes: number }
  | { readonly kind: 'given'; readonly arn: string };

export interface HlsDistributionProps {
  /** Prefix of every CloudFront name, unique in the account: 1 to 48 letters, digits, dashes and underscores. */
  readonly name: string;
  /** Regional address of the HLS bucket, `<bucket>.s3.<region>.amazonaws.com`. */
  readonly originDomainName: string;
  /** Key group that every behaviour trusts, except that of public thumbnails. */
  readonly trustedKeyGroupId: string;
  /**
   * Folder of titles in the bucket and in URLs: 1 to 64 letters, digits, `_` and `-`, slashes only inside.
   * @default 'books'
   */
  readonly pathPrefix?: string;
  /** How long playlists stay in the cache, if they have no `Cache-Control`: 1 s to `segmentTtlSeconds`. */
  readonly playlistTtlSeconds: number;
  /**
   * How long playlists stay in the cache at most, whatever their `Cache-Control` says: `playlistTtlSeconds` to the
   * maximum of segments.
   * @default - `playlistTtlSeconds`
   */
  readonly playlistMaxTtlSeconds?: number;
  /** How long segments and all other files stay in the cache, if they have no `Cache-Control`: 1 s to a year. */
  readonly segmentTtlSeconds: number;
  /**
   * How long segments stay in the cache at most, whatever their `Cache-Control` says: `segmentTtlSeconds` to a year.
   * @default - `segmentTtlSeconds`
   */
  readonly segmentMaxTtlSeconds?: number;
  /**
   * How long thumbnails stay in the cache at most: 1 s to a year.
   * @default - as long as segments
   */
  readonly thumbnailTtlSeconds?: number;
  /**
   * Exact origins of pages that play with cookies.
   * @default - no CORS headers: native players only
   */
  readonly playbackOrigins?: readonly string[];
  /** Which edges serve: `PriceClass_100`, `PriceClass_200` or `PriceClass_All`. */
  readonly priceClass: string;
  /**
   * ISO 3166 country codes that may play.
   * @default - everywhere
   */
  readonly geoAllowList?: readonly string[];
  /**
   * Region of the cache between every edge and the bucket: the bucket's own region, or the nearest one.
   *
   * @default - no origin shield
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/origin-shield.html
   */
  readonly originShieldRegion?: string;
  /**
   * Host name of your own.
   * @default - the distribution's own *.cloudfront.net name and certificate
   */
  readonly customDomain?: CustomDomain;
  /**
   * Whether signers bind policies to the viewer's IP address. This works for IPv4 only, so it switches IPv6 off.
   *
   * @default false
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-values-specify.html#DownloadDistValuesEnableIPv6
   */
  readonly bindsViewerIps?: boolean;
  /**
   * Whether thumbnails need no signature, `<pathPrefix>/<id>/thumbnails/…` and nothing else.
   * @default false
   */
  readonly publicThumbnails?: boolean;
  /**
   * Web ACL that checks requests before CloudFront checks the signature.
   * @default - none
   */
  readonly webAcl?: WebAcl;
  /**
   * Bucket folder that gets the access logs; they contain neither query nor cookies.
   * @default - no logs
   */
  readonly accessLogs?: AccessLogs;
  /**
   * AWS provider of us-east-1, where a web ACL, log delivery and a requested certificate live.
   * @default - none: refused with any of the three
   */
  readonly usEast1?: TerraformProvider;
  /**
   * Whether an apply waits until every edge has the change, which takes minutes.
   * @default true
   */
  readonly waitForDeployment?: boolean;
}
