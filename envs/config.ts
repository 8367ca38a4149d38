/** What an environment is: the one interface that `dev.ts`, `prod.ts` and `local.ts` fill in, and its parser. */
import type { WebAcl } from '../modules/cloudfront_hls/index.ts';
import type { BackendPrincipal } from '../modules/iam_roles/index.ts';
import type { QueueHop, Rung } from '../modules/mediaconvert/index.ts';
import { violationsOf } from './config-check.ts';
import { ConfigError } from './config-error.ts';

/** Remote state in S3, or a file beside the synthesized stack. The state's key follows from the environment's name. */
type StateConfig =
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly region: string;
      /** S3's own lock file (Terraform >= 1.10), a DynamoDB table, or both while a team moves over. */
      readonly lock: 'lockfile' | 'dynamodb' | 'both';
      /** The DynamoDB table; null with `lockfile`. */
      readonly lockTable: string | null;
    }
  | { readonly kind: 'local' };

/** Deploys from GitHub Actions, by roles that it assumes for one job at a time. */
interface DeploymentConfig {
  /** As GitHub's OIDC subjects name it: `<owner>/<repository>`, or `<owner>@<id>/<repository>@<id>` if it was made since mid-2026. */
  readonly repository: string;
  /** GitHub's OIDC provider, of which an account has one; null to make it. */
  readonly oidcProviderArn: string | null;
}

export interface EnvironmentConfig {
  /** Name of the environment, of its stack and of its state: `dev`, `prod`, `local`, … */
  readonly environment: string;
  readonly projectName: string;
  readonly awsRegion: string;
  /** The account, exactly one: the provider refuses to touch any other. */
  readonly allowedAccountIds: readonly string[];
  /** Tags of every resource, besides project, environment and managed-by; `cost-centre` must be among them. */
  readonly tags: Readonly<Record<string, string>>;
  readonly state: StateConfig;
  /** Null when people apply from their own machines. */
  readonly deployment: DeploymentConfig | null;

  /** Put behind bucket names, which are unique in the world; null for none. */
  readonly bucketSuffix: string | null;
  /** Whether destroying the environment destroys its videos. */
  readonly forceDestroy: boolean;
  /**
   * Whether Terraform refuses every plan that would destroy a bucket or a KMS key: what holds something. A secret can be
   * restored for `secretRecoveryDays`.
   */
  readonly preventDestroy: boolean;
  /** Buckets and secret under keys that AWS owns (free), or under one KMS key of the environment. */
  readonly encryption: 'aws-owned' | 'kms';
  readonly mastersVersioning: boolean;
  /** Days until a master moves to Glacier, 30 to 90; null for never. */
  readonly mastersGlacierAfterDays: number | null;
  /** Days until an overwritten or deleted master is gone for good; null for never. */
  readonly mastersNoncurrentExpiryDays: number | null;
  /** Days until a segment moves to STANDARD_IA, at least 30; null for never. Nothing served is ever archived. */
  readonly outputsInfrequentAccessAfterDays: number | null;
  /** Days that access logs of buckets and CloudFront are kept, in a bucket of their own; null for no logs. */
  readonly accessLogRetentionDays: number | null;

  /** Exact origins of the admin console, from where browsers upload. */
  readonly uploadOrigins: readonly string[];
  /** Where presigned uploads go in the masters bucket; ends in a slash. */
  readonly uploadKeyPrefix: string;
  /** Largest upload, up to S3's 5 GiB for one POST. */
  readonly uploadMaxBytes: number;
  /**
   * Longest master that is transcoded, up to 86,400: MediaConvert's timecodes end at 24 hours. A few kilobytes can state a
   * month, and MediaConvert bills the minutes that it writes.
   */
  readonly longestMasterSeconds: number;
  readonly uploadContentTypes: readonly string[];
  /** How long a presigned upload is good for. */
  readonly uploadExpirySeconds: number;

  /** How viewers prove their right: cookies need a domain of one's own in browsers, URLs do not. */
  readonly delivery: 'signed-cookies' | 'signed-urls';
  readonly domainName: string | null;
  /** Certificate of `domainName`, in us-east-1; null to request one and prove it in `hostedZoneId`. */
  readonly acmCertificateArn: string | null;
  /** Route 53 zone that gets the aliases of `domainName`; null when DNS is elsewhere. */
  readonly hostedZoneId: string | null;
  /** Exact origins of pages that play. */
  readonly playbackOrigins: readonly string[];
  readonly priceClass: 'PriceClass_100' | 'PriceClass_200' | 'PriceClass_All';
  /** ISO 3166 country codes that may play; empty for everywhere. */
  readonly geoAllowList: readonly string[];
  /** Region of an extra cache in front of the bucket, the one nearest to it; null for none. */
  readonly originShieldRegion: string | null;
  /** AWS WAF in front: a web ACL of our own, or one that a security team runs. */
  readonly webAcl: WebAcl | null;
  /** Whether signatures name viewers' addresses: policies know IPv4 only, so IPv6 is off then. */
  readonly bindsViewerIps: boolean;
  /** How long playlists stay in CloudFront's cache, if their own `Cache-Control` says nothing. */
  readonly playlistTtlSeconds: number;
  /** How long they stay at most, whatever their own `Cache-Control` says; null for `playlistTtlSeconds`. */
  readonly playlistMaxTtlSeconds: number | null;
  /** The same for segments, and whatever else there is. */
  readonly segmentTtlSeconds: number;
  /** The same for segments; null for `segmentTtlSeconds`. */
  readonly segmentMaxTtlSeconds: number | null;
  /** Whether an apply waits until every CloudFront edge has the change. */
  readonly waitForDeployment: boolean;

  /** Renditions, lowest first. */
  readonly ladder: readonly Rung[];
  readonly segmentSeconds: number;
  readonly packaging: 'hls-ts' | 'cmaf';
  /** Sound in every rendition, or once beside them all; CMAF has it beside. */
  readonly audio: 'muxed' | 'group';
  readonly iFramePlaylists: boolean;
  /** Of jobs in their queue, -50 to 50: higher ones first. */
  readonly jobPriority: number;
  /** Another queue for jobs that have waited too long; null for none. */
  readonly jobHop: QueueHop | null;
  /** Where the backend hears that a job has ended: a queue, a topic for others besides, or nowhere (it asks). */
  readonly jobEvents: 'none' | 'queue' | 'queue-and-topic';

  readonly cloudfrontPrivateKeySecretName: string;
  /** The one owner of the secret's value: Terraform (ephemeral variable), or people and the key commands. */
  readonly signingSecretValue: 'terraform' | 'keys';
  /** How long a signer may go on with a key it has: the `maxAgeSeconds` that backends give to it, 300 by default. */
  readonly signerCacheSeconds: number;
  /** The longest that anything is signed for: as long a key stays trusted after the last signer left it. */
  readonly longestSignatureSeconds: number;
  /** Days in which a deleted secret can be restored: 7 to 30, or 0 for at once. */
  readonly secretRecoveryDays: number;
  /**
   * Who gets the app policy: a role or user that is there, or a role made for where the backend runs; null for nobody.
   * One that is there goes by its path and name (`service/backend`), since policies name it by its whole ARN.
   */
  readonly backendPrincipal: BackendPrincipal | null;
  /**
   * What the app policy allows in the outputs bucket: `read` for an endpoint that signs playlists, `publish` for a backend
   * that writes prepared ones besides; `none` where CloudFront alone reads what MediaConvert wrote.
   */
  readonly backendOutputsAccess: 'none' | 'read' | 'publish';
  /**
   * ARNs of roles and users that may read the signing key besides the backend, and besides the rotation's own role where
   * it is deployed from GitHub. With any, everybody else is denied, administrators included; with none, IAM policies
   * alone decide.
   */
  readonly secretOperators: readonly string[];
  /** Whether MediaConvert's role can only be assumed for jobs of this account. */
  readonly confusedDeputyGuard: boolean;
  /** Whether MediaConvert's role may write to CloudWatch Logs. */
  readonly transcodeRoleLogs: boolean;
  /** Whether what backends read (`npm run env`) also stands in SSM, as `/<project>/<environment>/app_config`. */
  readonly appConfigParameter: boolean;

  readonly dashboard: boolean;
  /** Who is told of alarms; null for no alarms. */
  readonly alarmEmail: string | null;
  /** Told to `alarmEmail` before it is spent; null for no budget. */
  readonly monthlyBudgetUsd: number | null;

  /** Fixed ports of the demo on a laptop (0 takes any free one); null for environments in an account. */
  readonly laptop: {
    readonly demoPort: number;
    readonly edgePort: number;
    readonly edgeHttpPort: number;
  } | null;
}

/**
 * An environment whose every field holds what it promises.
 *
 * @throws ConfigError with every violation at once; values that might be secrets are not in it
 */
export function parseEnvironment(input: unknown): EnvironmentConfig {
  const checked = violationsOf(input);
  if (checked.violations.length > 0) throw new ConfigError(subjectOf(input), checked.violations);
  return checked.config;
}

function subjectOf(input: unknown): string {
  const name =
    typeof input === 'object' && input !== null && 'environment' in input ? input.environment : undefined;
  return typeof name === 'string' && /^[a-z0-9-]{1,20}$/.test(name) ? `environment "${name}"` : 'environment';
}
