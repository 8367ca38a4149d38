/** Each field of an environment on its own. A zod message here is the `wanted` of a violation. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isLoopbackHost } from '../aws/values/loopback.ts';
import { MAX_MASTER_SECONDS } from '../modules/mediaconvert/hls-jobs/src/index.ts';
import type { EnvironmentConfig } from './config.ts';
import { COUNTRY_CODES } from './country-codes.ts';

const GIB = 1024 ** 3;
const COUNTRY = 'an ISO 3166-1 country code such as "DE" (Great Britain is "GB")';

/**
 * Where CloudFront has a regional edge cache.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/origin-shield.html#choose-origin-shield-region
 */
const ORIGIN_SHIELD_REGIONS = [
  'us-east-2',
  'us-east-1',
  'us-west-2',
  'ap-south-1',
  'ap-northeast-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'sa-east-1',
];

/** Strict: an unknown key is a violation, since typing errors are the commonest bug. */
export const environmentSchema = z.strictObject(
  {
    environment: text(
      /^(?!state-)[a-z][a-z0-9-]{0,14}$/,
      'a name of at most 15 lower-case letters, digits and dashes',
    ),
    projectName: text(/^[a-z][a-z0-9-]{1,19}$/, 'a name of 2 to 20 lower-case letters, digits and dashes'),
    awsRegion: region(),
    allowedAccountIds: z
      .array(text(/^\d{12}$/, 'a 12-digit account id'), { error: 'a list of one account id' })
      .length(1, { error: 'exactly one account id: an environment lives in one account' }),
    tags: z.record(
      text(/^(?!aws:)[\w .:/=+@-]{1,128}$/i, 'a tag name of 1 to 128 characters, not starting with "aws:"'),
      text(/^[\w .:/=+@-]{0,256}$/, 'a tag value of at most 256 characters'),
      { error: 'an object of tags' },
    ),
    state: z.discriminatedUnion(
      'kind',
      [
        z.strictObject({
          kind: z.literal('s3'),
          bucket: bucketName(),
          region: region(),
          lock: oneOf('lockfile', 'dynamodb', 'both'),
          lockTable: text(/^[\w.-]{3,255}$/, 'a DynamoDB table name, or null').nullable(),
        }),
        z.strictObject({ kind: z.literal('local') }),
      ],
      { error: 'an object whose kind is "s3" or "local"' },
    ),
    deployment: z
      .strictObject(
        {
          // Repositories made or renamed since mid-2026 carry ids in their OIDC subjects.
          repository: text(
            /^(?:[A-Za-z0-9-]{1,39}\/[\w.-]{1,100}|[A-Za-z0-9-]{1,39}@\d+\/[\w.-]{1,100}@\d+)$/,
            'a GitHub repository as its OIDC subjects name it, "owner/name" or "owner@1/name@2"',
          ),
          oidcProviderArn: text(
            /^arn:aws:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/,
            'the ARN of the account’s provider for token.actions.githubusercontent.com, or null',
          ).nullable(),
        },
        { error: '{ repository, oidcProviderArn }, or null' },
      )
      .nullable(),

    bucketSuffix: text(
      /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
      'lower-case letters, digits and inner dashes, or null',
    ).nullable(),
    forceDestroy: flag(),
    preventDestroy: flag(),
    encryption: oneOf('aws-owned', 'kms'),
    mastersVersioning: flag(),
    mastersGlacierAfterDays: whole(30, 90, 'days').nullable(),
    mastersNoncurrentExpiryDays: whole(1, 3650, 'days').nullable(),
    outputsInfrequentAccessAfterDays: whole(30, 3650, 'days').nullable(),
    accessLogRetentionDays: whole(1, 3650, 'days').nullable(),

    uploadOrigins: list(origin(), 'a list of origins'),
    uploadKeyPrefix: text(
      /^(?:[\w-]+\/)+$/,
      'a key prefix such as "uploads/": no leading slash, one at the end',
    ),
    uploadMaxBytes: whole(1, 5 * GIB, 'bytes'),
    longestMasterSeconds: whole(1, MAX_MASTER_SECONDS, 'seconds'),
    uploadContentTypes: list(
      text(/^[a-z]+\/[\w.+-]+$/, 'an exact content type such as "video/mp4"'),
      'at least one content type',
      1,
    ),
    uploadExpirySeconds: whole(60, 7 * 86_400, 'seconds'),

    delivery: oneOf('signed-cookies', 'signed-urls'),
    domainName: domainName().nullable(),
    acmCertificateArn: text(
      /^arn:aws:acm:us-east-1:\d{12}:certificate\/[\w-]+$/,
      'the ARN of an ACM certificate in us-east-1, where CloudFront reads its certificates, or null',
    ).nullable(),
    hostedZoneId: text(
      /^Z[A-Z0-9]{6,31}$/,
      'a Route 53 zone id such as "Z0123456789ABC", or null',
    ).nullable(),
    playbackOrigins: list(origin(), 'a list of origins'),
    priceClass: oneOf('PriceClass_100', 'PriceClass_200', 'PriceClass_All'),
    geoAllowList: list(
      z.string({ error: COUNTRY }).refine((code) => COUNTRY_CODES.has(code), { error: COUNTRY }),
      'a list of country codes',
    ),
    originShieldRegion: originShieldRegion().nullable(),
    webAcl: z
      .discriminatedUnion(
        'kind',
        [
          z.strictObject({
            kind: z.literal('own'),
            requestsPerFiveMinutes: whole(10, 2_000_000_000, 'requests'),
          }),
          z.strictObject({
            kind: z.literal('given'),
            arn: text(
              /^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]+\/[\w-]+$/,
              'the ARN of a web ACL for CloudFront, which lives in us-east-1',
            ),
          }),
        ],
        { error: 'an object whose kind is "own" or "given", or null' },
      )
      .nullable(),
    bindsViewerIps: flag(),
    playlistTtlSeconds: whole(1, 3600, 'seconds'),
    playlistMaxTtlSeconds: whole(1, 3600, 'seconds').nullable(),
    segmentTtlSeconds: whole(1, 31_536_000, 'seconds'),
    segmentMaxTtlSeconds: whole(1, 31_536_000, 'seconds').nullable(),
    waitForDeployment: flag(),

    ladder: list(
      z.strictObject(
        {
          shortSidePixels: whole(144, 2160, 'pixels').refine((n) => n % 2 === 0, {
            error: 'an even number of pixels',
          }),
          maxBitrateBps: whole(50_000, 50_000_000, 'bits per second'),
        },
        { error: 'a rung: { shortSidePixels, maxBitrateBps }' },
      ),
      'at least one rung',
      1,
    ),
    segmentSeconds: whole(2, 10, 'seconds'),
    packaging: oneOf('hls-ts', 'cmaf'),
    audio: oneOf('muxed', 'group'),
    iFramePlaylists: flag(),
    jobPriority: whole(-50, 50, 'as priority'),
    jobHop: z
      .strictObject(
        {
          queueArn: text(
            /^arn:aws:mediaconvert:[a-z0-9-]+:\d{12}:queues\/[\w-]+$/,
            'the ARN of a MediaConvert queue',
          ),
          afterMinutes: whole(1, 4320, 'minutes'),
        },
        { error: '{ queueArn, afterMinutes }, or null' },
      )
      .nullable(),
    jobEvents: oneOf('none', 'queue', 'queue-and-topic'),

    cloudfrontPrivateKeySecretName: text(
      /^[\w/+=.@-]{1,512}$/,
      'a Secrets Manager name (the name only, never the key)',
    ),
    signingSecretValue: oneOf('terraform', 'keys'),
    signerCacheSeconds: whole(1, 86_400, 'seconds'),
    longestSignatureSeconds: whole(1, 31_536_000, 'seconds'),
    secretRecoveryDays: whole(0, 30, 'days').refine((n) => n === 0 || n >= 7, {
      error: '7 to 30 days, or 0 for at once',
    }),
    backendPrincipal: z
      .discriminatedUnion(
        'kind',
        [
          z.strictObject({
            kind: oneOf('role', 'user'),
            name: text(
              /^(?=.{1,576}$)(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
              'the name of an IAM role or user, behind its path if it has one ("service/backend")',
            ),
          }),
          z.strictObject({ kind: oneOf('ecs', 'ec2') }),
          z.strictObject({
            kind: z.literal('irsa'),
            oidcProviderArn: text(
              /^arn:aws:iam::\d{12}:oidc-provider\/[\w.-]+(?:\/[\w.-]+)*$/,
              'the ARN of the cluster’s OIDC provider',
            ),
            serviceAccount: text(
              /^[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253}$/,
              'a Kubernetes service account, "namespace/name"',
            ),
          }),
          z.strictObject({
            kind: z.literal('external'),
            principalArn: principalArn(),
            externalId: text(
              /^[\w+=,.@:/-]{2,1224}$/,
              'an external id of 2 to 1224 characters, or null',
            ).nullable(),
          }),
        ],
        { error: 'an object whose kind is "role", "user", "ecs", "ec2", "irsa" or "external", or null' },
      )
      .nullable(),
    backendOutputsAccess: oneOf('none', 'read', 'publish'),
    secretOperators: list(principalArn(), 'a list of ARNs of roles and users'),
    confusedDeputyGuard: flag(),
    transcodeRoleLogs: flag(),
    appConfigParameter: flag(),

    dashboard: flag(),
    alarmEmail: text(/^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/, 'an e-mail address, or null').nullable(),
    monthlyBudgetUsd: whole(1, 1_000_000, 'US dollars').nullable(),

    laptop: z
      .strictObject(
        {
          demoPort: whole(0, 65_535, 'as port'),
          edgePort: whole(0, 65_535, 'as port'),
          edgeHttpPort: whole(0, 65_535, 'as port'),
        },
        { error: '{ demoPort, edgePort, edgeHttpPort }, or null' },
      )
      .nullable(),
  },
  { error: 'an object' },
) satisfies z.ZodType<EnvironmentConfig>;

/** Every field that holds a value, by its path: `state.bucket`; of a list, the path of the list. */
export const fieldPaths: readonly string[] = [...new Set(pathsIn(environmentSchema))];

/** The name of every field, at every depth. */
export const fieldNames: ReadonlySet<string> = new Set(fieldPaths.flatMap((path) => path.split('.')));

function pathsIn(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, field]) => {
      const inner = pathsIn(field);
      return inner.length === 0 ? [name] : inner.map((path) => `${name}.${path}`);
    });
  }
  if (schema instanceof z.ZodNullable) return pathsIn(schema.unwrap());
  if (schema instanceof z.ZodArray) return pathsIn(schema.element);
  return schema instanceof z.ZodDiscriminatedUnion ? schema.options.flatMap(pathsIn) : [];
}

function text(pattern: RegExp, wanted: string) {
  return z.string({ error: wanted }).regex(pattern, { error: wanted });
}

function flag() {
  return z.boolean({ error: 'true or false' });
}

function whole(least: number, most: number, unit: string) {
  const error = `a whole number ${unit.startsWith('as ') ? unit : `of ${unit}`} from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  return z.enum(values, { error: values.map((value) => `"${value}"`).join(' or ') });
}

function list<T extends z.ZodType>(element: T, wanted: string, least = 0) {
  return z
    .array(element, { error: wanted })
    .min(least, { error: wanted })
    .refine((members) => new Set(members.map((member) => JSON.stringify(member))).size === members.length, {
      error: 'every member once',
    });
}

function region() {
  return text(/^(?!cn-|us-gov-|us-iso)[a-z]{2}-[a-z]+-\d$/, 'an AWS region such as "eu-central-1"');
}

function originShieldRegion() {
  const error = 'a region where CloudFront offers Origin Shield, the one nearest to awsRegion, or null';
  return z.string({ error }).refine((code) => ORIGIN_SHIELD_REGIONS.includes(code), { error });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html (no dots: they break TLS) */
function bucketName() {
  return text(
    /^(?!xn--|sthree-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    'a bucket name of 3 to 63 lower-case letters, digits and dashes',
  );
}

function principalArn() {
  return text(
    /^arn:aws:iam::\d{12}:(?:root|(?:role|user)\/[\w+=,.@/-]{1,576})$/,
    'the exact ARN of an IAM role or user, without a wildcard',
  );
}

function domainName() {
  const wanted = 'a host name such as "media.example.com", or null';
  const error = 'a host name, not an IP address: no certificate and no cookie domain can name one';
  return z
    .string({ error: wanted })
    .refine((name) => isIP(name) === 0, { error })
    .refine((name) => !/(?:^|\.)cloudfront\.net$/.test(name), {
      error: 'a domain of one’s own: CloudFront gives names below cloudfront.net by itself',
    })
    .regex(/^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/, { error: wanted });
}

/** An exact origin as browsers send it; http only where it never leaves the machine. */
function origin() {
  const wanted =
    'an exact https:// origin such as "https://app.example.com": no wildcard, path or trailing slash';
  return z
    .string({ error: wanted })
    .refine((value) => !value.includes('*') && URL.canParse(value) && new URL(value).origin === value, {
      error: wanted,
      abort: true,
    })
    .refine((value) => value.startsWith('https://') || isLoopbackOrigin(new URL(value)), {
      error: 'an https:// origin (http:// is for loopback hosts only)',
    });
}

function isLoopbackOrigin({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopbackHost(hostname);
}
