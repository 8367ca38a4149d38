/** The environment's own web ACL in front of the distribution. */
import { Wafv2WebAcl } from '@cdktf/provider-aws/lib/wafv2-web-acl/index.js';
import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { requireMatch, requireWholeNumber } from '../checks.ts';

export interface ViewerFirewallProps {
  /** Prefix of the web ACL's name and of its metrics: 1 to 48 letters, digits, dashes and underscores. */
  readonly name: string;
  /**
   * Requests of one IP address within five minutes, 10 to 2,000,000,000, after which it gets 429.
   *
   * A viewer requests one or two playlists and then a segment per 6 s, or two with separate audio: about 150 requests in
   * five minutes, and more while seeking. One address of a mobile carrier or a school can have hundreds of viewers.
   */
  readonly requestsPerFiveMinutes: number;
  /** The AWS provider of us-east-1, where web ACLs of CloudFront live. */
  readonly usEast1: TerraformProvider;
}

const FIVE_MINUTES_IN_SECONDS = 300;

/**
 * Rules of the core rule set that only count here, because they would block viewers who may play.
 * The attacks that they block are not possible here: no policy forwards a query or a cookie, and S3 renders neither.
 *
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html#aws-managed-rule-groups-baseline-crs
 */
const COUNTED_CORE_RULES = [
  // Set-top boxes and native players send no User-Agent.
  'NoUserAgent_HEADER',
  // Over 2,048 bytes: a signed URL carries its policy and its signature in the query.
  'SizeRestrictions_QUERYSTRING',
  // Over 10,240 bytes: viewers send every cookie of the parent domain in addition to the signed ones.
  'SizeRestrictions_Cookie_HEADER',
  // A signature is 344 random characters: now and then one looks like markup, and that viewer could never play.
  'CrossSiteScripting_QUERYARGUMENTS',
  // The same, and consent and analytics cookies of the parent domain hold markup and addresses.
  'CrossSiteScripting_COOKIE',
  'EC2MetaDataSSRF_COOKIE',
];

/** In the order in which WAF checks them: cheap and certain rules first. They use 927 of the 1,500 capacity units that are free. */
const MANAGED_GROUPS: readonly { name: string; counted: readonly string[] }[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList', counted: [] },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet', counted: [] },
  { name: 'AWSManagedRulesCommonRuleSet', counted: COUNTED_CORE_RULES },
];

/**
 * A web ACL that blocks addresses of bad reputation, known exploits and addresses that send too many requests.
 *
 * Sampled requests are off: a sample holds every header, so a user who may read samples could play videos with its cookies.
 * Each rule has a CloudWatch metric (us-east-1, namespace AWS/WAFV2) that says how often it matched.
 *
 * @throws TypeError when an option is out of its bounds
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-awswaf.html
 */
export class ViewerFirewall extends Construct {
  /** The web ACL as Terraform's resource, for a setting that no input has. */
  readonly resource: Wafv2WebAcl;

  constructor(scope: Construct, id: string, props: ViewerFirewallProps) {
    super(scope, id);
    requireMatch('name', props.name, /[\w-]{1,48}/, '1 to 48 letters, digits, dashes and underscores');
    requireWholeNumber('requestsPerFiveMinutes', props.requestsPerFiveMinutes, {
      least: 10,
      most: 2_000_000_000,
      unit: 'requests',
    });
    this.resource = new Wafv2WebAcl(this, 'web_acl', {
      provider: props.usEast1,
      name: `${props.name}-viewers`,
      description: `${props.name}: who may ask CloudFront`,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      rule: [
        {
          name: 'requests-per-address',
          priority: 0,
          // Not 403, because that would look like a wrong signature.
          action: { block: { customResponse: { responseCode: 429 } } },
          statement: {
            rate_based_statement: {
              aggregate_key_type: 'IP',
              limit: props.requestsPerFiveMinutes,
              evaluation_window_sec: FIVE_MINUTES_IN_SECONDS,
            },
          },
          visibilityConfig: visibility(`${props.name}-requests-per-address`),
        },
        ...MANAGED_GROUPS.map(({ name, counted }, index) => ({
          name,
          priority: index + 1,
          // Keeps the actions of the group's rules; "count" here would switch the whole group off.
          overrideAction: { none: {} },
          statement: {
            managed_rule_group_statement: {
              vendor_name: 'AWS',
              name,
              rule_action_override: counted.map((rule) => ({ name: rule, action_to_use: { count: {} } })),
            },
          },
          visibilityConfig: visibility(`${props.name}-${name}`),
        })),
      ],
      visibilityConfig: visibility(`${props.name}-viewers`),
      // WAF deletes no web ACL that a distribution uses.
      lifecycle: { createBeforeDestroy: true },
    });
  }

  /** ARN of the web ACL, for a distribution. */
  get arn(): string {
    return this.resource.arn;
  }
}

function visibility(metricName: string) {
  return { metricName, cloudwatchMetricsEnabled: true, sampledRequestsEnabled: false };
}
