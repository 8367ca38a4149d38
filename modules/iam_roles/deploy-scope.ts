/** What belongs to one environment, as ARN patterns and tag conditions: by these deploy roles are kept to it. */
import type { Conditions } from '../policy-document.ts';

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
  readonly hostedZoneId?: string;
  readonly backend?: { readonly kind: 'role' | 'user'; readonly name: string };
  readonly instanceRoleName?: string;
  readonly managedSecretName?: string;
  readonly rotatedSecretName?: string;
  readonly emptiesBuckets?: boolean;
}

/** The apply role's writes, one policy each, since IAM takes 6,144 characters in one. */
export const WRITE_POLICIES = ['storage', 'delivery', 'identity', 'operations'] as const;
export type WritePolicy = (typeof WRITE_POLICIES)[number];

/** ARNs and patterns of what the environment's stack makes, by service. */
export function arnsOf(scope: DeployScope) {
  const { project, environment, accountId, region } = scope;
  const prefix = `${project}-${environment}`;
  const iam = `arn:aws:iam::${accountId}`;
  const own = (service: string, ...names: string[]) =>
    names.map((name) => `arn:aws:${service}:${region}:${accountId}:${name}`);
  /** What bears the environment's name alone, or more behind it; never `storytime-dev2`. */
  const named = (start: string) => [`${start}${prefix}`, `${start}${prefix}-*`];
  return {
    buckets: [`arn:aws:s3:::${project}-*-${environment}`, `arn:aws:s3:::${project}-*-${environment}-*`],
    roles: [`${iam}:role/${prefix}-*`],
    policies: [`${iam}:policy/${prefix}-*`],
    instanceProfiles: [`${iam}:instance-profile/${prefix}-*`],
    /** The roles and policies that say what a deploy may do. */
    deployIdentities: [
      `${iam}:role/${scope.name}-plan`,
      `${iam}:role/${scope.name}-apply`,
      `${iam}:role/${scope.name}-rotate`,
      ...['read', ...WRITE_POLICIES].map((what) => `${iam}:policy/${scope.name}-${what}`),
    ],
    secrets: own('secretsmanager', `secret:${project}/${environment}/*`),
    parameters: own('ssm', `parameter/${project}/${environment}/*`),
    queues: own('sqs', `${prefix}-*`),
    // Alarms and topics of CloudFront are in us-east-1.
    topics: [`arn:aws:sns:*:${accountId}:${prefix}-*`],
    alarms: [`arn:aws:cloudwatch:*:${accountId}:alarm:${prefix}-*`],
    dashboards: named(`arn:aws:cloudwatch::${accountId}:dashboard/`),
    rules: own('events', `rule/${prefix}-*`),
    jobs: own('mediaconvert', `queues/${prefix}`, `queues/${prefix}-*`, `jobTemplates/${prefix}-*`),
    stacks: own('cloudformation', `stack/${prefix}-*/*`),
    budgets: named(`arn:aws:budgets::${accountId}:budget/`),
    keys: [`arn:aws:kms:*:${accountId}:key/*`],
    aliases: named(`arn:aws:kms:*:${accountId}:alias/`),
    distributions: [`arn:aws:cloudfront::${accountId}:distribution/*`],
    certificates: [`arn:aws:acm:us-east-1:${accountId}:certificate/*`],
    webAcls: [`arn:aws:wafv2:us-east-1:${accountId}:global/webacl/${prefix}-*/*`],
    /** Web ACLs of others too: a distribution may stand behind one that a security team runs. */
    anyWebAcls: [`arn:aws:wafv2:us-east-1:${accountId}:global/webacl/*/*`],
    managedWebRules: [`arn:aws:wafv2:us-east-1:${accountId}:global/managedruleset/*/*`],
    logDeliveries: [
      `arn:aws:logs:us-east-1:${accountId}:delivery-source:${prefix}-*`,
      `arn:aws:logs:us-east-1:${accountId}:delivery-destination:${prefix}-*`,
      // A delivery has an id and no name.
      `arn:aws:logs:us-east-1:${accountId}:delivery:*`,
    ],
    hostedZones:
      scope.hostedZoneId === undefined ? [] : [`arn:aws:route53:::hostedzone/${scope.hostedZoneId}`],
    stateObjects: scope.stateKeys.map((key) => `${scope.stateBucketArn}/${key}`),
    stateLocks: scope.stateKeys.map((key) => `${scope.stateBucketArn}/${key}.tflock`),
    /** Of the key commands: one at a time. */
    rotationLocks: scope.stateKeys.map((key) => `${scope.stateBucketArn}/${key}.rotation`),
  } as const;
}

/** Only what carries the environment's tags: for what has an id and no name. */
export function tagged({ project, environment }: DeployScope): Conditions {
  return { StringEquals: { 'aws:ResourceTag/project': project, 'aws:ResourceTag/environment': environment } };
}

/** Only what is made with the environment's tags. */
export function madeWithTags({ project, environment }: DeployScope): Conditions {
  return { StringEquals: { 'aws:RequestTag/project': project, 'aws:RequestTag/environment': environment } };
}

/** Only tags of the environment, on what carries no project's yet: nothing of others is claimed by tagging it. */
export function claimedByTags(scope: DeployScope): Conditions {
  return { ...madeWithTags(scope), Null: { 'aws:ResourceTag/project': 'true' } };
}
