/**
 * A distribution, in two depths: `DistributionSummary` names what it refers to by id, as the list of an account has it;
 * `Distribution` has every id looked up, for judging requests. Types only.
 */

/** What both depths have. */
export interface DistributionHead {
  readonly id: string;
  readonly arn: string;
  readonly enabled: boolean;
  /** `d111111abcdef8.cloudfront.net` */
  readonly domainName: string;
  /** Alternate domain names; one may start with `*.`. */
  readonly aliases: readonly string[];
  readonly geoRestriction: GeoRestriction;
}

export interface DistributionSummary extends DistributionHead {
  readonly comment: string;
  readonly isDeployed: boolean;
  /** Null without one. */
  readonly webAcl: string | null;
  /** In order of precedence; the default behaviour is the last one, with the pattern `*`. */
  readonly behaviours: readonly BehaviourSummary[];
  readonly origins: readonly OriginSummary[];
}

export interface Distribution extends DistributionHead {
  readonly accountId: string;
  /** Object served for `/`, without leading slash; empty: none. */
  readonly defaultRootObject: string;
  /** In order of precedence; the default behaviour is the last one, with the pattern `*`. */
  readonly behaviours: readonly Behaviour[];
  /** Seconds that an error status of the origin is kept, by status; what is not listed is kept ten seconds. */
  readonly errorCachingSeconds: ReadonlyMap<number, number>;
}

export interface GeoRestriction {
  readonly type: 'none' | 'whitelist' | 'blacklist';
  /** ISO 3166-1 alpha-2, upper case. */
  readonly countries: readonly string[];
}

export interface BehaviourHead {
  /** As configured: `*` for any run of characters, `?` for one; case counts. */
  readonly pathPattern: string;
  readonly viewerProtocolPolicy: 'allow-all' | 'redirect-to-https' | 'https-only';
  readonly allowedMethods: readonly string[];
}

export interface BehaviourSummary extends BehaviourHead {
  /** Ids of the trusted key groups; null when the behaviour is open to everybody. */
  readonly keyGroupIds: readonly string[] | null;
  readonly originId: string;
  readonly responseHeadersPolicyId: string | null;
}

export interface OriginSummary {
  readonly id: string;
  /** Null for an origin that is not a bucket. */
  readonly bucket: string | null;
  /** Empty, or `/prefix` without trailing slash. */
  readonly path: string;
  readonly accessControlId: string | null;
}

export interface Behaviour extends BehaviourHead {
  /** Public keys of the trusted key groups (PEM by key pair id); null when the behaviour is open to everybody. */
  readonly trustedKeys: ReadonlyMap<string, string> | null;
  readonly origin: S3Origin;
  /** Null without a cache policy (the old `ForwardedValues`): then nothing is cached. */
  readonly caching: CachePolicy | null;
  /** Whether CloudFront compresses here what the viewer takes and the cache policy allows. */
  readonly compress: boolean;
  readonly responseHeaders: ResponseHeadersPolicy | null;
}

export interface S3Origin {
  readonly bucket: string;
  /** Empty, or `/prefix` without trailing slash. */
  readonly path: string;
  /** Whether CloudFront signs what it asks of S3 (origin access control). */
  readonly signsRequests: boolean;
}

/** The cache key is the path and what is listed of query, headers and cookies; nothing of the query reaches S3. */
export interface CachePolicy {
  readonly minTtlSeconds: number;
  readonly defaultTtlSeconds: number;
  readonly maxTtlSeconds: number;
  readonly queryStrings: KeyPart;
  readonly cookies: KeyPart;
  /** Lower case names. */
  readonly headers: readonly string[];
  /** Encodings kept beside the plain object, for viewers that take them. */
  readonly gzip: boolean;
  readonly brotli: boolean;
}

/** Which query parameters or cookies are part of a cache key. */
export interface KeyPart {
  readonly kind: 'none' | 'all' | 'whitelist' | 'allExcept';
  readonly names: readonly string[];
}

export interface ResponseHeadersPolicy {
  readonly cors: CorsPolicy | null;
  /** Security and custom headers; one without `override` yields to the origin's own. */
  readonly headers: readonly { readonly name: string; readonly value: string; readonly override: boolean }[];
  /** Lower case names taken out of the origin's answer. */
  readonly removedHeaders: readonly string[];
}

export interface CorsPolicy {
  /** Exact origins, `*`, or with `*` for one part as in `https://*.example.com`. */
  readonly allowOrigins: readonly string[];
  readonly allowCredentials: boolean;
  readonly exposeHeaders: readonly string[];
}
