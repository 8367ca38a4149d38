/** What is: the viewer's request, the environment as AWS tells it, and what CloudFront answered. Types only. */
import type { StoredObject } from '../../aws/account/object.ts';
import type { Seen } from '../../aws/account/seen.ts';
import type { KeyGroup, PublicKey } from '../../aws/account/trusted-keys.ts';
import type { CorsPolicy, DistributionSummary } from '../../aws/cloudfront/distribution.ts';
import type { SecretVersion } from '../keys/observation.ts';
import type { Title } from '../library/title.ts';
import type { CookieKeptBack } from './cookie-jar.ts';
import type { Taken } from './har.ts';
import type { ViewerUrl } from './viewer-url.ts';

/** What is seen first: it says what the request is about. */
export interface EnvironmentObservation {
  readonly environment: string;
  /** Folder of the environment's titles. */
  readonly pathPrefix: string;
  /** By AWS's clock where it was heard, by this machine's elsewhere. */
  readonly now: Date;
  /** This machine's clock minus that of AWS; null when AWS has not answered. */
  readonly clockAheadSeconds: number | null;
  readonly viewer: Viewer;
  /** Where the environment lives, and where these credentials are of; null when nothing said. */
  readonly accounts: { readonly wanted: string; readonly got: string | null };
  /** Null when there is none with the environment's name. */
  readonly distribution: Seen<DistributionSummary | null>;
  /** The others of the account, for a host name that is one of theirs. */
  readonly otherDistributions: readonly Pick<
    DistributionSummary,
    'id' | 'domainName' | 'aliases' | 'comment'
  >[];
  /** Domain names of the repository's other environments, which may live in other accounts, and whose each is. */
  readonly otherEnvironments: ReadonlyMap<string, string>;
  /** Host of the address of content keys (`playback.keyUrl`), which is the backend's; null without playback. */
  readonly keyHost: string | null;
  readonly publicKeys: Seen<readonly PublicKey[]>;
  readonly keyGroups: Seen<readonly KeyGroup[]>;
  /** Of the repository: what is committed for every environment, and what was removed from this one. */
  readonly knownKeys: readonly KnownKey[];
  readonly secret: Seen<readonly SecretVersion[]>;
}

/** With what the request would reach. */
export interface Observation extends EnvironmentObservation {
  /** Null where the behaviour has no response headers policy, or one without CORS. */
  readonly cors: Seen<CorsPolicy | null>;
  /** Whether CloudFront signs what it asks of the bucket. */
  readonly originAccess: Seen<boolean>;
  /** Null when the bucket has none. */
  readonly bucketPolicy: Seen<string | null>;
  readonly object: Seen<StoredObject | 'missing'>;
  /** The catalogue's record of the title that the address belongs to; null where there is none. */
  readonly title: Seen<Title | null>;
  /** Null for an object that is under no key of the account. */
  readonly keyPolicy: Seen<string | null>;
  readonly answer: Answer;
}

/** Holds cookies and a signed query: never printed. */
export interface Viewer {
  readonly method: string;
  readonly url: ViewerUrl;
  /** The Cookie header; null for none. */
  readonly cookies: string | null;
  /** Known from what the backend set, not from what the browser sent. */
  readonly keptBack: readonly CookieKeptBack[];
  /** IPv4 or IPv6; null when nobody said. */
  readonly ip: string | null;
  /** ISO 3166-1 alpha-2; null when nobody said. */
  readonly country: string | null;
  /** Origin of the page that plays; null when nobody said. */
  readonly origin: string | null;
  /** Which request of a HAR it is; null when it was told otherwise. */
  readonly fromHar: Taken | null;
}

export interface KnownKey {
  readonly environment: string;
  readonly generation: string;
  readonly pem: string;
  /** When its file was removed; null for one that is there. */
  readonly removedAt: Date | null;
}

/** Of the one HEAD request. `not-sent`: there was nobody to whom these credentials may be sent. */
export type Answer =
  | { readonly kind: 'not-sent'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string; readonly address: string }
  | {
      readonly kind: 'answered';
      /** That was asked, without its query: for `local` that of its edge. */
      readonly address: string;
      readonly status: number;
      /** Who made it: CloudFront's signature check and pages, or what it passed on from S3. */
      readonly by: 'signature-check' | 'cloudfront-page' | 's3' | 'cloudfront';
      readonly fromCache: boolean;
      readonly allowsOrigin: string | null;
    };
