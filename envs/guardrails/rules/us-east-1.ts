/** What belongs to CloudFront and lives in us-east-1: its web ACL, certificate, alarms and log delivery. */

import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { referencesIn } from '../../../aws/stack/template.ts';
import { accountIn, WEB_ACL_ARN } from '../../../aws/values/arns.ts';
import { type Finding, type GuardedStack, type Rule, reference, show } from '../rule.ts';

const HOME = 'us-east-1';
const LOG_DELIVERY = [
  'aws_cloudwatch_log_delivery_source',
  'aws_cloudwatch_log_delivery_destination',
  'aws_cloudwatch_log_delivery',
];

export const usEast1Rules: readonly Rule[] = [
  {
    id: 'cf-us-east-1',
    title: 'CloudFront’s web ACL, certificate, alarms and log delivery are made in us-east-1',
    why: 'in another region AWS refuses them halfway through an apply or, for alarms, accepts them although they never fire',
    check: ({ graph }) =>
      belongsToCloudFront(graph)
        .filter((resource) => graph.regionOf(resource) !== HOME)
        .map((resource) => ({
          address: resource.address,
          found: `the provider of ${show(graph.regionOf(resource))}`,
          wanted: `a provider whose region is "${HOME}"`,
        })),
  },
  {
    id: 'cf-web-acl',
    title:
      'a distribution’s web ACL belongs to this stack and has scope CLOUDFRONT, or is a global one of the account, by its ARN',
    why: 'CloudFront accepts neither a regional web ACL nor one of another account, and an id of AWS WAF Classic has none of the rules that are set here',
    check: ({ graph }) =>
      graph.ofType('aws_cloudfront_distribution').flatMap(({ address, block: { web_acl_id: id } }) => {
        if (id === undefined || isWebAcl(graph, id)) return [];
        return [
          {
            address,
            found: `web_acl_id ${show(id)}`,
            wanted: `${reference('aws_wafv2_web_acl.<name>.arn')} of scope CLOUDFRONT, or a global ARN`,
          },
        ];
      }),
  },
  {
    id: 'acm-dns-validated',
    title:
      'certificates are validated by DNS, created before they are destroyed, and used only once they are issued',
    why: 'e-mail validation needs a person at every renewal; a certificate in use cannot be deleted, and a pending one cannot be used',
    checkov: ['CKV_AWS_233'],
    check: (stack) => certificateFindings(stack),
  },
];

function belongsToCloudFront(graph: StackGraph): Resource[] {
  const certificates = graph.ofType('aws_cloudfront_distribution').flatMap(({ block }) => {
    const [used] = referencesIn(block.viewer_certificate).flatMap(({ address }) => graph.at(address) ?? []);
    const issued = graph.target(used?.block.certificate_arn, 'aws_acm_certificate', 'arn');
    return [used, issued].filter((found) => found !== undefined);
  });
  const alarms = graph
    .ofType('aws_cloudwatch_metric_alarm')
    .filter(({ block }) => block.namespace === 'AWS/CloudFront');
  const topics = alarms
    .flatMap(({ block }) => referencesIn(block.alarm_actions))
    .flatMap(({ address }) => graph.at(address) ?? []);
  return [
    ...graph.ofType('aws_wafv2_web_acl').filter(({ block }) => block.scope === 'CLOUDFRONT'),
    ...new Set(certificates),
    ...alarms,
    ...new Set(topics),
    // Nothing here delivers logs of anything else.
    ...graph.ofType(...LOG_DELIVERY),
  ];
}

function isWebAcl(graph: StackGraph, id: unknown): boolean {
  const own = graph.target(id, 'aws_wafv2_web_acl', 'arn');
  if (own) return own.block.scope === 'CLOUDFRONT';
  const account = typeof id === 'string' && WEB_ACL_ARN.test(id) ? accountIn(id) : undefined;
  return account !== undefined && graph.accounts.has(account);
}

function certificateFindings({ graph }: GuardedStack): Finding[] {
  return [
    ...graph.ofType('aws_acm_certificate').flatMap(({ address, block }) => {
      const { create_before_destroy: first } = (block.lifecycle ?? {}) as { create_before_destroy?: unknown };
      return [
        ...(block.validation_method === 'DNS'
          ? []
          : [
              {
                address,
                part: { argument: 'validation_method' },
                found: `validation_method ${show(block.validation_method)}`,
                wanted: '"DNS"',
              },
            ]),
        ...(first === true
          ? []
          : [
              {
                address,
                part: { argument: 'create_before_destroy' },
                found: `create_before_destroy ${show(first)}`,
                wanted: 'create_before_destroy true',
              },
            ]),
      ];
    }),
    ...graph.ofType('aws_cloudfront_distribution').flatMap(({ address, block }) =>
      [...new Set(referencesIn(block.viewer_certificate).map((used) => used.address))]
        .filter((used) => graph.at(used)?.type === 'aws_acm_certificate')
        .map((used) => ({
          address,
          part: { value: used },
          found: `${used} before it is issued`,
          wanted: reference('aws_acm_certificate_validation.<name>.certificate_arn'),
        })),
    ),
  ];
}
