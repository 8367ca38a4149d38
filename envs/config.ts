/** What an environment is: the one interface that `dev.ts`, `prod.ts` and `local.ts` fill in, and its parser. */
import type { Rung } from '../modules/mediaconvert/index.ts';
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

export interface EnvironmentConfig {
  /** Name of the environment, of its stack and of its state: `dev`, `prod`, `local`, … */
  readonly environment: string;
  readonly projectName: string;
  readonly awsRegion: string;
  /** The provider refuses to touch any other account. */
  readonly allowedAccountIds: readonly string[];
  /** Tags of every resource, besides project, environment and managed-by. */
  readonly tags: Readonly<Record<string, string>>;
  readonly state: StateConfig;

  /** Put behind bucket names, which are unique in the world; null for none. */
  readonly bucketSuffix: string | null;
  /** Whether destroying the environment destroys its videos. */
  readonly forceDestroy: boolean;
  readonly mastersVersioning: boolean;
  /** Days until a master moves to Glacier, 30 to 90; null for never. */
  readonly mastersGlacierAfterDays: number | null;
  /** Days until an overwritten or deleted master is gone for good; null for never. */
  readonly mastersNoncurrentExpiryDays: number | null;

  /** Exact origins of the admin console, from where browsers upload. */
  readonly uploadOrigins: readonly string[];
  /** Where presigned uploads go in the masters bucket; ends in a slash. */
  readonly uploadKeyPrefix: string;
  /** Largest upload, up to S3's 5 GiB for one POST. */
  readonly uploadMaxBytes: number;
  readonly uploadContentTypes: readonly string[];
  /** How long a presigned upload is good for. */
  readonly uploadExpirySeconds: number;

  /** How viewers prove their right: cookies need a domain of one's own in browsers, URLs do not. */
  readonly delivery: 'signed-cookies' | 'signed-urls';
  readonly domainName: string | null;
  /** Certificate of `domainName`, in us-east-1. */
  readonly acmCertificateArn: string | null;
  /** Route 53 zone that gets the aliases of `domainName`; null when DNS is elsewhere. */
  readonly hostedZoneId: string | null;
  /** Exact origins of pages that play. */
  readonly playbackOrigins: readonly string[];
  readonly priceClass: 'PriceClass_100' | 'PriceClass_200' | 'PriceClass_All';
  /** ISO 3166 country codes that may play; empty for everywhere. */
  readonly geoAllowList: readonly string[];
  readonly playlistTtlSeconds: number;
  readonly segmentTtlSeconds: number;
  /** Whether an apply waits until every CloudFront edge has the change. */
  readonly waitForDeployment: boolean;

  /** Renditions, lowest first. */
  readonly ladder: readonly Rung[];
  readonly segmentSeconds: number;

  readonly cloudfrontPrivateKeySecretName: string;
  /** The one owner of the secret's value: Terraform (ephemeral variable), or people and the key commands. */
  readonly signingSecretValue: 'terraform' | 'keys';
  /** Days in which a deleted secret can be restored: 7 to 30, or 0 for at once. */
  readonly secretRecoveryDays: number;
  /** Who gets the app policy attached; null to attach it elsewhere by its ARN. */
  readonly backendPrincipal: { readonly kind: 'role' | 'user'; readonly name: string } | null;

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
