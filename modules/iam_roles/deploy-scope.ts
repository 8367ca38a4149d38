/** What belongs to one environment, as ARNs and conditions: they limit the deploy roles to it. */
import type { Conditions } from '../policy-document.ts';
import { bucketOf } from './arn.ts';
import { type RecordedDomain, recordNames } from './record-names.ts';

/** One environment of one project in one account. */
export interface DeployScope {
  /** Prefix of the names of the deploy roles themselves. */
  readonly name: string;
  readonly project: string;
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
  readonly stateBucketArn: string;
  readonly stateKeys: readonly string[];
  readonly lockTableArn?: string;
  readonly bucketNames: readonly string[];
  readonly hostedZoneId?: string;
  readonly domainName?: string;
  readonly otherDomains?: readonly RecordedDomain[];
  readonly webAclArn?: string;
  readonly backend?: { readonly kind: 'role' | 'user'; readonly name: string };
  readonly instanceRoleName?: string;
  readonly managedSecretName?: string;
  readonly rotatedSecretName?: string;
  readonly permissionsBoundaryArn?: string;
  readonly encryptionKeyArn?: string;
  readonly emptiesBuckets?: boolean;
  readonly deletesSecretsAtOnce?: boolean;
  readonly makesPlaybackTable?: boolean;
}

/** What both roles read, in two policies, since IAM takes 6,144 characters in one. */
export const READ_POLICIES = ['read', 'read-operations'] as const;
export type ReadPolicy = (typeof READ_POLICIES)[number];

/** The apply role's writes, one policy each for the same reason. */
export const WRITE_POLICIES = ['storage', 'delivery', 'identity', 'operations'] as const;
export type WritePolicy = (typeof WRITE_POLICIES)[number];

/**
 * What the stack makes under the environment's name, by the end of each name. A wildcard would be shorter, and would reach
 * another environment too: `storytime-dev-*` also matches everything of an environment `dev-eu`, and `storytime-*-dev`
 * matches the buckets of an environment `eu-dev`, or the state bucket. Test: test/envs/deploy-reach.test.ts, with the stack itself.
 */
const ENDS = {
  roles: ['app', 'mediaconvert'],
  policies: ['app', 'library-admin'],
  instanceProfiles: ['app'],
  queues: ['job-events', 'job-events-dead-letters'],
  topics: ['alarms', 'job-events'],
  rules: ['denied-secret-reads', 'job-events'],
  alarms: [
    'events-refused',
    'events-unread',
    'jobs-failed',
    'jobs-waiting',
    'viewers-failed',
    'viewers-refused',
  ],
} as const;

/** ARNs of what the environment's stack makes, by service: with a wildcard only where AWS chooses that part. */
export function arnsOf(scope: DeployScope) {
  const { project, environment, accountId, region } = scope;
  const prefix = `${project}-${environment}`;
  const iam = `arn:aws:iam::${accountId}`;
  const own = (service: string, ...names: string[]) =>
    names.map((name) => `arn:aws:${service}:${region}:${accountId}:${name}`);
  const named = (start: string, ends: readonly string[]) => ends.map((end) => `${start}${prefix}-${end}`);
  return {
    buckets: scope.bucketNames.map((name) => `arn:aws:s3:::${name}`),
    roles: named(`${iam}:role/`, ENDS.roles),
    policies: named(`${iam}:policy/`, ENDS.policies),
    instanceProfiles: named(`${iam}:instance-profile/`, ENDS.instanceProfiles),
    /** The roles and policies that say what a deploy may do. */
    deployIdentities: [
      `${iam}:role/${scope.name}-plan`,
      `${iam}:role/${scope.name}-apply`,
      `${iam}:role/${scope.name}-rotate`,
      ...[...READ_POLICIES, ...WRITE_POLICIES].map((what) => `${iam}:policy/${scope.name}-${what}`),
    ],
    secrets: own('secretsmanager', `secret:${project}/${environment}/*`),
    parameters: own('ssm', `parameter/${project}/${environment}/*`),
    queues: named(`arn:aws:sqs:${region}:${accountId}:`, ENDS.queues),
    // Alarms and topics of CloudFront are in us-east-1.
    topics: named(`arn:aws:sns:*:${accountId}:`, ENDS.topics),
    alarms: named(`arn:aws:cloudwatch:*:${accountId}:alarm:`, ENDS.alarms),
    dashboards: [`arn:aws:cloudwatch::${accountId}:dashboard/${prefix}`],
    rules: named(`arn:aws:events:${region}:${accountId}:rule/`, ENDS.rules),
    jobs: own('mediaconvert', `queues/${prefix}`, `jobTemplates/${prefix}-hls`),
    // A stack's ARN ends in an id.
    stacks: own('cloudformation', `stack/${prefix}-job-template/*`),
    budgets: [`arn:aws:budgets::${accountId}:budget/${prefix}`],
    keys: [`arn:aws:kms:*:${accountId}:key/*`],
    aliases: [
      `arn:aws:kms:*:${accountId}:alias/${prefix}`,
      `arn:aws:kms:*:${accountId}:alias/${prefix}-alarms`,
      // One for each generation, `2026-11-a`.
      `arn:aws:kms:*:${accountId}:alias/${prefix}-signing-????-??-?`,
      ...(scope.makesPlaybackTable ? [`arn:aws:kms:${region}:${accountId}:alias/${prefix}-playback`] : []),
    ],
    tables: own('dynamodb', `table/${prefix}-playback`),
    distributions: [`arn:aws:cloudfront::${accountId}:distribution/*`],
    certificates: [`arn:aws:acm:us-east-1:${accountId}:certificate/*`],
    webAcls: [`arn:aws:wafv2:us-east-1:${accountId}:global/webacl/${prefix}-viewers/*`],
    /** One that a security team runs and that protects the distribution. */
    givenWebAcls: scope.webAclArn === undefined ? [] : [scope.webAclArn],
    managedWebRules: [`arn:aws:wafv2:us-east-1:${accountId}:global/managedruleset/*/*`],
    logDeliveryEnds: [
      `arn:aws:logs:us-east-1:${accountId}:delivery-source:${prefix}-access-logs`,
      `arn:aws:logs:us-east-1:${accountId}:delivery-destination:${prefix}-access-logs`,
    ],
    /** A delivery has an id and no name. */
    logDeliveries: [`arn:aws:logs:us-east-1:${accountId}:delivery:*`],
    hostedZones: hostedZoneIds(scope).map((id) => `arn:aws:route53:::hostedzone/${id}`),
    stateObjects: scope.stateKeys.map((key) => `${scope.stateBucketArn}/${key}`),
    stateLocks: scope.stateKeys.map((key) => `${scope.stateBucketArn}/${key}.tflock`),
    /** Of the key commands: one at a time. */
    rotationLocks: scope.stateKeys.map((key) => `${scope.stateBucketArn}/${key}.rotation`),
    /** States and rotation locks of every environment that keeps its state in the same bucket. */
    keptObjects: [`${scope.stateBucketArn}/*.tfstate`, `${scope.stateBucketArn}/*.rotation`],
  } as const;
}

/** A secret by its whole name, to which Secrets Manager adds six characters. */
export function secretArn({ accountId, region }: DeployScope, name: string): string {
  return `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-??????`;
}

/**
 * Only the items of the environment's own states in a lock table that several environments share: `<bucket>/<key>`, and
 * the digest `<bucket>/<key>-md5`.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function ownLockItems(
  { stateBucketArn, stateKeys }: DeployScope,
  which: 'digests' | 'all',
): Conditions {
  const bucket = bucketOf('stateBucketArn', stateBucketArn);
  const digests = stateKeys.map((key) => `${bucket}/${key}-md5`);
  const locks = stateKeys.map((key) => `${bucket}/${key}`);
  return {
    'ForAllValues:StringEquals': {
      'dynamodb:LeadingKeys': which === 'digests' ? digests : [...locks, ...digests],
    },
  };
}

/**
 * Only the records of the environment's own domains in zones that several environments share: their addresses, and the one
 * that proves each to ACM, an underscore and 32 hexadecimal digits in front of it.
 *
 * @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
 * @see https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
 */
export function ownRecords({ hostedZoneId, domainName, otherDomains = [] }: DeployScope): Conditions {
  const names = [
    ...(hostedZoneId !== undefined && domainName !== undefined ? [domainName] : []),
    ...otherDomains.map(({ name }) => name),
  ];
  return {
    'ForAllValues:StringLike': {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': names.flatMap(recordNames),
    },
  };
}

/** Every zone that has records of the environment, once. */
function hostedZoneIds({ hostedZoneId, otherDomains = [] }: DeployScope): string[] {
  const ids = [
    ...(hostedZoneId === undefined ? [] : [hostedZoneId]),
    ...otherDomains.map((one) => one.hostedZoneId),
  ];
  return [...new Set(ids)];
}

/** Only what carries the environment's tags: for what has an id and no name. */
export function tagged({ project, environment }: DeployScope): Conditions {
  return { StringEquals: { 'aws:ResourceTag/project': project, 'aws:ResourceTag/environment': environment } };
}

/** Only what is made with the environment's tags. */
export function madeWithTags({ project, environment }: DeployScope): Conditions {
  return { StringEquals: { 'aws:RequestTag/project': project, 'aws:RequestTag/environment': environment } };
}

/**
 * Only tags of the environment, on resources with neither tag yet: new resources, and existing ones without tags.
 *
 * Making a resource with tags also needs the right to tag. That request has no ARN and no tags of a resource,
 * exactly like a request for an existing resource without tags, and none of these services has a condition key that
 * distinguishes them, as `ec2:CreateAction` does for EC2. So in the same account a role can claim an existing KMS key,
 * distribution, certificate or log delivery that has neither tag, and change it from then on. A resource with a
 * tag `project` or `environment` is safe, and so is everything in another account.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
 */
export function claimedByTags(scope: DeployScope): Conditions {
  return {
    ...madeWithTags(scope),
    Null: { 'aws:ResourceTag/project': 'true', 'aws:ResourceTag/environment': 'true' },
  };
}

/**
 * The same for KMS keys, where an alias distinguishes an existing key from a new one.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-resource-aliases
 */
export function claimedKeys(scope: DeployScope): Conditions {
  const { Null, ...made } = claimedByTags(scope);
  return { ...made, Null: { ...Null, 'kms:ResourceAliases': 'true' } };
}
