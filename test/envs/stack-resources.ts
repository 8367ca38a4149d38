/**
 * The ARNs of everything that stacks make, read from the stacks themselves: what deploy roles must reach of their own
 * environment, and must not reach of another one. Knows nothing of the roles.
 */
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { RequestContext } from '../modules/policy-judge.ts';
import type { TerraformJson } from './synthesized.ts';

export interface MadeResource {
  /** `aws_s3_bucket.masters` */
  readonly address: string;
  readonly arn: string;
  /** A call that makes or changes it. */
  readonly action: string;
  /** What AWS knows about it besides its ARN. */
  readonly context?: RequestContext;
}

type Block = Readonly<Record<string, unknown>>;
type Where = { readonly account: string; readonly region: string };

/** What AWS judges by a name that the stack chose. */
const NAMED: Readonly<
  Record<string, (block: Block, where: Where) => readonly [arn: string, action: string]>
> = {
  aws_budgets_budget: ({ name }, { account }) => [
    `arn:aws:budgets::${account}:budget/${name}`,
    'budgets:ModifyBudget',
  ],
  aws_cloudformation_stack: ({ name }, { region, account }) => [
    `arn:aws:cloudformation:${region}:${account}:stack/${name}/1a2b3c4d`,
    'cloudformation:CreateStack',
  ],
  aws_cloudwatch_dashboard: ({ dashboard_name }, { account }) => [
    `arn:aws:cloudwatch::${account}:dashboard/${dashboard_name}`,
    'cloudwatch:PutDashboard',
  ],
  aws_cloudwatch_event_rule: ({ name }, { region, account }) => [
    `arn:aws:events:${region}:${account}:rule/${name}`,
    'events:PutRule',
  ],
  aws_cloudwatch_log_delivery_destination: ({ name }, { account }) => [
    `arn:aws:logs:us-east-1:${account}:delivery-destination:${name}`,
    'logs:PutDeliveryDestination',
  ],
  aws_cloudwatch_log_delivery_source: ({ name }, { account }) => [
    `arn:aws:logs:us-east-1:${account}:delivery-source:${name}`,
    'logs:PutDeliverySource',
  ],
  aws_cloudwatch_metric_alarm: ({ alarm_name }, { region, account }) => [
    `arn:aws:cloudwatch:${region}:${account}:alarm:${alarm_name}`,
    'cloudwatch:PutMetricAlarm',
  ],
  aws_iam_instance_profile: ({ name }, { account }) => [
    `arn:aws:iam::${account}:instance-profile/${name}`,
    'iam:CreateInstanceProfile',
  ],
  aws_iam_policy: ({ name }, { account }) => [`arn:aws:iam::${account}:policy/${name}`, 'iam:CreatePolicy'],
  aws_iam_role: ({ name }, { account }) => [`arn:aws:iam::${account}:role/${name}`, 'iam:CreateRole'],
  aws_kms_alias: ({ name }, { region, account }) => [
    `arn:aws:kms:${region}:${account}:${name}`,
    'kms:CreateAlias',
  ],
  aws_dynamodb_table: ({ name }, { region, account }) => [
    `arn:aws:dynamodb:${region}:${account}:table/${name}`,
    'dynamodb:UpdateTable',
  ],
  aws_media_convert_queue: ({ name }, { region, account }) => [
    `arn:aws:mediaconvert:${region}:${account}:queues/${name}`,
    'mediaconvert:UpdateQueue',
  ],
  aws_s3_bucket: ({ bucket }) => [`arn:aws:s3:::${bucket}`, 's3:CreateBucket'],
  aws_secretsmanager_secret: ({ name }, { region, account }) => [
    `arn:aws:secretsmanager:${region}:${account}:secret:${name}-a1B2c3`,
    'secretsmanager:CreateSecret',
  ],
  aws_sns_topic: ({ name }, { region, account }) => [
    `arn:aws:sns:${region}:${account}:${name}`,
    'sns:CreateTopic',
  ],
  aws_sqs_queue: ({ name }, { region, account }) => [
    `arn:aws:sqs:${region}:${account}:${name}`,
    'sqs:CreateQueue',
  ],
  aws_ssm_parameter: ({ name }, { region, account }) => [
    `arn:aws:ssm:${region}:${account}:parameter${name}`,
    'ssm:PutParameter',
  ],
  aws_wafv2_web_acl: ({ name }, { account }) => [
    `arn:aws:wafv2:us-east-1:${account}:global/webacl/${name}/1a2b3c4d`,
    'wafv2:CreateWebACL',
  ],
};

/** What AWS judges by its tags, since its ARN holds an id that AWS chose. */
const TAGGED: Readonly<Record<string, (where: Where) => readonly [arn: string, action: string]>> = {
  aws_acm_certificate: ({ account }) => [
    `arn:aws:acm:us-east-1:${account}:certificate/1a2b3c4d`,
    'acm:DeleteCertificate',
  ],
  aws_cloudfront_distribution: ({ account }) => [
    `arn:aws:cloudfront::${account}:distribution/E1A2B3C4D5E6F7`,
    'cloudfront:UpdateDistribution',
  ],
  aws_cloudwatch_log_delivery: ({ account }) => [
    `arn:aws:logs:us-east-1:${account}:delivery:1a2b3c4d`,
    'logs:DeleteDelivery',
  ],
  aws_kms_key: ({ account, region }) => [
    `arn:aws:kms:${region}:${account}:key/1a2b3c4d`,
    'kms:ScheduleKeyDeletion',
  ],
};

/** Part of one of the others in its policies' eyes, or without a resource that AWS knows. */
const NOTHING_OF_ITS_OWN =
  /^aws_(?:acm_certificate_validation|cloudfront_(?:cache_policy|key_group|origin_access_control|public_key|response_headers_policy)|cloudwatch_event_target|iam_openid_connect_provider|iam_role_policy(?:_attachment)?|iam_user_policy_attachment|kms_key_policy|s3_bucket_\w+|secretsmanager_secret_(?:policy|version)|sns_topic_(?:policy|subscription)|sqs_queue_policy)$/;

/** @throws Error for a type that nobody has said anything about here */
export function madeResources(stack: TerraformJson, config: EnvironmentConfig): MadeResource[] {
  const [account = ''] = config.allowedAccountIds;
  return Object.entries(stack.resource).flatMap(([type, blocks]) =>
    Object.entries(blocks).flatMap(([name, block]) => {
      const region = block.provider === 'aws.us_east_1' ? 'us-east-1' : config.awsRegion;
      const where = { account, region };
      const address = `${type}.${name}`;
      if (type === 'aws_route53_record') return [recordOf(address, block, config)];
      const named = NAMED[type]?.(block, where);
      const tagged = TAGGED[type]?.(where);
      const [arn, action] = named ?? tagged ?? [];
      if (arn === undefined || action === undefined) {
        if (NOTHING_OF_ITS_OWN.test(type)) return [];
        throw new Error(`${address}: say in this file what its ARN is`);
      }
      const boundary = block.permissions_boundary;
      const made = {
        address,
        arn,
        action,
        ...(tagged && { context: tagsOf(config) }),
        ...(typeof boundary === 'string' && { context: { 'iam:PermissionsBoundary': boundary } }),
      };
      if (type === 'aws_cloudformation_stack')
        return [made, templateOf(address, block, where), endpointOf(address, where)];
      return type === 'aws_cloudfront_distribution' ? [made, creationOf(address)] : [made];
    }),
  );
}

/** As AWS shows the tags of what carries the environment's. */
export function tagsOf({ projectName, environment }: EnvironmentConfig): RequestContext {
  return { 'aws:ResourceTag/project': projectName, 'aws:ResourceTag/environment': environment };
}

/** The record that proves a domain has a name that ACM chooses. */
function recordOf(address: string, { name, zone_id }: Block, config: EnvironmentConfig): MadeResource {
  const [, proved = config.domainName] = /domain_name == "([^"]+)"/.exec(String(name)) ?? [];
  const record = String(name).startsWith('${') ? `_a79865eb4cd1a6ab990a45779b4e0b96.${proved}` : String(name);
  return {
    address,
    arn: `arn:aws:route53:::hostedzone/${zone_id}`,
    action: 'route53:ChangeResourceRecordSets',
    context: { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': [record] },
  };
}

/** The job template inside a CloudFormation stack. */
function templateOf(address: string, block: Block, { region, account }: Where): MadeResource {
  const [template] = Object.values(
    (JSON.parse(String(block.template_body)) as { Resources: Record<string, { Properties: Block }> })
      .Resources,
  );
  return {
    address: `${address}, its job template`,
    arn: `arn:aws:mediaconvert:${region}:${account}:jobTemplates/${template?.Properties.Name}`,
    action: 'mediaconvert:UpdateJobTemplate',
  };
}

/** What CloudFormation asks for, as who deploys, before it makes a job template. */
function endpointOf(address: string, { region, account }: Where): MadeResource {
  return {
    address: `${address}, the endpoint of its job template`,
    arn: `arn:aws:mediaconvert:${region}:${account}:endpoints/*`,
    action: 'mediaconvert:DescribeEndpoints',
  };
}

/** A distribution has no ARN before it exists. */
function creationOf(address: string): MadeResource {
  return { address: `${address}, while it is made`, arn: '*', action: 'cloudfront:CreateDistribution' };
}
