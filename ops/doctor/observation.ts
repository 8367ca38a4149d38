/** What is: the viewer's request, the environment as AWS tells it, and what CloudFront answered. Types only. */
import type { CookieKeptBack } from './cookie-jar.ts';
import type { ViewerUrl } from './viewer-url.ts';

/** What could be seen, or in a line why not: who may not read everything still gets an answer. */
export type Seen<T> =
  | { readonly seen: true; readonly value: T }
  | { readonly seen: false; readonly why: string };

export interface Observation {
  readonly environment: string;
  /** By AWS's clock where it was heard, by this machine's elsewhere. */
  readonly now: Date;
  /** This machine's clock minus that of AWS; null when AWS has not answered. */
  readonly clockAheadSeconds: number | null;
  readonly viewer: Viewer;
  /** Where the environment lives, and where these credentials are of; null when nothing said. */
  readonly accounts: { readonly wanted: string; readonly got: string | null };
  /** Null when there is none with the environment's name. */
  readonly distribution: Seen<Distribution | null>;
  /** The others of the account, for a host name that is one of theirs. */
  readonly otherDistributions: readonly Pick<Distribution, 'id' | 'domainName' | 'aliases' | 'comment'>[];
  /** Domain names of the repository's other environments, which may live in other accounts, and whose each is. */
  readonly otherEnvironments: ReadonlyMap<string, string>;
  readonly publicKeys: Seen<readonly PublicKey[]>;
  readonly keyGroups: Seen<readonly KeyGroup[]>;
  /** Of the repository: what is committed for every environment, and what was removed from this one. */
  readonly knownKeys: readonly KnownKey[];
  readonly secret: Seen<readonly SecretVersion[]>;
  /** Null where the behaviour has none. */
  readonly cors: Seen<Cors | null>;
  /** Whether CloudFront signs what it asks of the bucket. */
  readonly originAccess: Seen<boolean>;
  /** Null when the bucket has none. */
  readonly bucketPolicy: Seen<string | null>;
  readonly object: Seen<StoredObject | 'missing'>;
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
}

export interface Distribution {
  readonly id: string;
  readonly arn: string;
  readonly comment: string;
  readonly domainName: string;
  readonly aliases: readonly string[];
  readonly enabled: boolean;
  readonly isDeployed: boolean;
  readonly geo: { readonly type: 'none' | 'whitelist' | 'blacklist'; readonly countries: readonly string[] };
  /** Null without one. */
  readonly webAcl: string | null;
  readonly defaultRootObject: string;
  /** In CloudFront's order, the default one last with the pattern `*`. */
  readonly behaviours: readonly Behaviour[];
  readonly origins: readonly Origin[];
}

export interface Behaviour {
  readonly pathPattern: string;
  readonly viewerProtocolPolicy: string;
  readonly allowedMethods: readonly string[];
  /** Null where no signature is asked for. */
  readonly keyGroupIds: readonly string[] | null;
  readonly originId: string;
  readonly responseHeadersPolicyId: string | null;
}

export interface Origin {
  readonly id: string;
  /** Null for an origin that is no bucket. */
  readonly bucket: string | null;
  /** Empty, or `/prefix`. */
  readonly path: string;
  readonly accessControlId: string | null;
}

export interface PublicKey {
  /** The key pair id. */
  readonly id: string;
  readonly name: string;
  readonly pem: string;
}

export interface KeyGroup {
  readonly id: string;
  readonly name: string;
  readonly keyPairIds: readonly string[];
}

export interface KnownKey {
  readonly environment: string;
  readonly generation: string;
  readonly pem: string;
  /** When its file was removed; null for one that is there. */
  readonly removedAt: Date | null;
}

/** A version with a stage. The private key was read to see which it is, and forgotten. */
export interface SecretVersion {
  readonly stages: readonly string[];
  readonly generation: string | null;
  readonly keyPairId: string | null;
  /** The public half of its private key; null for a pair in KMS. */
  readonly publicKeyPem: string | null;
}

export interface Cors {
  readonly allowOrigins: readonly string[];
  readonly allowCredentials: boolean;
}

export interface StoredObject {
  readonly bytes: number;
  readonly contentType: string;
  /** `STANDARD`, `GLACIER`, … */
  readonly storageClass: string;
  /** Null unless it is under a KMS key. */
  readonly kmsKeyArn: string | null;
}

/** Of the one HEAD request. `not-sent`: there was nobody to whom these credentials may be sent. */
export type Answer =
  | { readonly kind: 'not-sent'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string }
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Who made it: CloudFront's signature check and pages, or what it passed on from S3. */
      readonly by: 'signature check' | 'page of CloudFront' | 'S3' | 'CloudFront';
      readonly fromCache: boolean;
      readonly allowsOrigin: string | null;
    };
