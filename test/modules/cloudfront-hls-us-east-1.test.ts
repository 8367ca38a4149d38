import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { type TerraformProvider, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  ACCESS_LOG_FIELDS,
  AccessLogDelivery,
  type AccessLogDeliveryProps,
  HlsDistribution,
  RequestedCertificate,
  ViewerFirewall,
  type ViewerFirewallProps,
} from '../../modules/cloudfront_hls/index.ts';
import { LogBucket } from '../../modules/s3_bucket/index.ts';
import { only, synthesizedModule } from './synth.ts';

interface ManagedGroup {
  readonly statement: {
    readonly managed_rule_group_statement?: {
      readonly rule_action_override: readonly { readonly name: string; readonly action_to_use: object }[];
    };
  };
}

const US_EAST_1 = 'aws.us_east_1';
const DISTRIBUTION_ARN = 'arn:aws:cloudfront::111122223333:distribution/E1';

describe('HlsDistribution with everything of us-east-1', () => {
  const json = synthesizedModule((scope) => {
    const logs = new LogBucket(scope, 'logs', { bucketName: 'storytime-logs', retentionDays: 90 });
    const delivery = new HlsDistribution(scope, 'delivery', {
      name: 'storytime-test',
      originDomainName: 'outputs.s3.eu-central-1.amazonaws.com',
      trustedKeyGroupId: 'group-1',
      playlistTtlSeconds: 60,
      segmentTtlSeconds: 86_400,
      priceClass: 'PriceClass_100',
      customDomain: { name: 'media.example.com', hostedZoneId: 'Z0123456789' },
      webAcl: { kind: 'own', requestsPerFiveMinutes: 2000 },
      accessLogs: { bucketArn: logs.arn, prefix: 'cloudfront/' },
      usEast1: usEast1In(scope),
    });
    logs.allowDeliveredLogs({
      accountId: '111122223333',
      prefix: 'cloudfront/',
      deliverySourceArns: [delivery.accessLogSourceArn ?? ''],
    });
  });

  it('makes all of it there, and the rest where the stack is', () => {
    const there = Object.entries(json.resource)
      .filter(([, byName]) => Object.values(byName).some(({ provider }) => provider === US_EAST_1))
      .map(([type]) => type)
      .sort();
    expect(there).toEqual([
      'aws_acm_certificate',
      'aws_acm_certificate_validation',
      'aws_cloudwatch_log_delivery',
      'aws_cloudwatch_log_delivery_destination',
      'aws_cloudwatch_log_delivery_source',
      'aws_wafv2_web_acl',
    ]);
  });

  it('is judged by its own web ACL and shows the certificate once that is validated', () => {
    expect(only(json, 'aws_cloudfront_distribution')).toMatchObject({
      web_acl_id: `\${aws_wafv2_web_acl.delivery_firewall.arn}`,
      viewer_certificate: {
        acm_certificate_arn: `\${aws_acm_certificate_validation.delivery_certificate.certificate_arn}`,
        minimum_protocol_version: 'TLSv1.2_2021',
      },
    });
  });

  it('logs this distribution, after the bucket allows exactly its logs', () => {
    expect(only(json, 'aws_s3_bucket_policy').policy).toContain(
      `\${aws_cloudwatch_log_delivery_source.delivery_access_logs.arn}`,
    );
    expect(only(json, 'aws_cloudwatch_log_delivery_source').resource_arn).toBe(
      `\${aws_cloudfront_distribution.delivery.arn}`,
    );
    const { delivery_destination_configuration: to } = only(json, 'aws_cloudwatch_log_delivery_destination');
    expect(to).toEqual([
      {
        destination_resource_arn: expect.stringMatching(
          /\$\{aws_s3_bucket_policy\.\w+\.bucket\}\/cloudfront$/,
        ),
      },
    ]);
  });
});

describe('RequestedCertificate', () => {
  it('is for one name, validated by the record that it asks for, and replaced before it goes', () => {
    const json = synthesizedModule((scope) => {
      new RequestedCertificate(scope, 'tls', {
        domainName: 'media.example.com',
        hostedZoneId: 'Z0123456789',
        usEast1: usEast1In(scope),
      });
    });
    expect(only(json, 'aws_acm_certificate')).toMatchObject({
      domain_name: 'media.example.com',
      subject_alternative_names: ['media.example.com'],
      validation_method: 'DNS',
      lifecycle: { create_before_destroy: true },
    });
    const option = (attribute: string) =>
      `\${one([for option in aws_acm_certificate.tls.domain_validation_options : option.resource_record_${attribute} if option.domain_name == "media.example.com"])}`;
    expect(only(json, 'aws_route53_record')).toMatchObject({
      zone_id: 'Z0123456789',
      name: option('name'),
      type: option('type'),
      records: [option('value')],
      allow_overwrite: true,
    });
    expect(only(json, 'aws_acm_certificate_validation')).toMatchObject({
      certificate_arn: `\${aws_acm_certificate.tls.arn}`,
      validation_record_fqdns: [`\${aws_route53_record.tls.fqdn}`],
      timeouts: { create: '15m' },
    });
  });
});

it('requests a certificate for a name that is known only at apply', () => {
  const json = synthesizedModule((scope) => {
    new RequestedCertificate(scope, 'tls', {
      domainName: new TerraformVariable(scope, 'name', {}).stringValue,
      hostedZoneId: 'Z0123456789',
      usEast1: usEast1In(scope),
    });
  });
  expect(only(json, 'aws_acm_certificate').subject_alternative_names).toEqual([`\${var.name}`]);
  expect(only(json, 'aws_route53_record').name).toMatch(/ if option\.domain_name == var\.name\]\)\}$/);
});

describe('ViewerFirewall', () => {
  it('blocks bad addresses, known exploits and who asks too often, and lets the rest pass', () => {
    const acl = only(firewall({}), 'aws_wafv2_web_acl');
    expect(acl).toMatchObject({ scope: 'CLOUDFRONT', default_action: { allow: {} } });
    const [rate, ...groups] = acl.rule as Record<string, unknown>[];
    expect(rate).toMatchObject({
      priority: 0,
      action: { block: { custom_response: { response_code: 429 } } },
      statement: {
        rate_based_statement: { aggregate_key_type: 'IP', limit: 2000, evaluation_window_sec: 300 },
      },
    });
    expect(groups.map(({ name, priority }) => [priority, name])).toEqual([
      [1, 'AWSManagedRulesAmazonIpReputationList'],
      [2, 'AWSManagedRulesKnownBadInputsRuleSet'],
      [3, 'AWSManagedRulesCommonRuleSet'],
    ]);
    for (const group of groups) expect(group.override_action).toEqual({ none: {} });
  });

  it('only counts the core rules that would stop signed queries, cookies and players', () => {
    const rules = only(firewall({}), 'aws_wafv2_web_acl').rule as ManagedGroup[];
    const counted = rules.flatMap(
      ({ statement }) => statement.managed_rule_group_statement?.rule_action_override ?? [],
    );
    expect(counted.map(({ name }) => name)).toEqual([
      'NoUserAgent_HEADER',
      'SizeRestrictions_QUERYSTRING',
      'SizeRestrictions_Cookie_HEADER',
      'CrossSiteScripting_QUERYARGUMENTS',
      'CrossSiteScripting_COOKIE',
      'EC2MetaDataSSRF_COOKIE',
    ]);
    for (const { action_to_use } of counted) expect(action_to_use).toEqual({ count: {} });
  });

  it('keeps no sample of a request, whose cookies would open videos', () => {
    const acl = only(firewall({}), 'aws_wafv2_web_acl');
    const visibilities = [acl, ...(acl.rule as Record<string, unknown>[])].map(
      ({ visibility_config }) => visibility_config,
    );
    expect(visibilities).toHaveLength(5);
    for (const visibility of visibilities) {
      expect(visibility).toMatchObject({ sampled_requests_enabled: false, cloudwatch_metrics_enabled: true });
    }
  });

  it.each([9, 2_000_000_001, 100.5])('throws for a rate of %d', (requestsPerFiveMinutes) => {
    expect(() => firewall({ requestsPerFiveMinutes })).toThrow(
      expect.objectContaining({ option: 'requestsPerFiveMinutes' }),
    );
  });

  it.each([10, 2_000_000_000])('takes a rate of %d', (requestsPerFiveMinutes) => {
    expect(() => firewall({ requestsPerFiveMinutes })).not.toThrow();
  });

  it('takes a name and a rate that are known only at apply', () => {
    const json = synthesizedModule((scope) => {
      const name = new TerraformVariable(scope, 'name', {}).stringValue;
      const requestsPerFiveMinutes = new TerraformVariable(scope, 'rate', {}).numberValue;
      new ViewerFirewall(scope, 'firewall', { name, requestsPerFiveMinutes, usEast1: usEast1In(scope) });
    });
    expect(only(json, 'aws_wafv2_web_acl')).toMatchObject({
      name: `\${var.name}-viewers`,
      rule: [{ statement: { rate_based_statement: { limit: `\${var.rate}` } } }, {}, {}, {}],
    });
  });
});

describe('AccessLogDelivery', () => {
  it('delivers JSON into a folder per distribution and day', () => {
    const json = delivery({});
    expect(only(json, 'aws_cloudwatch_log_delivery_source')).toMatchObject({
      name: 'storytime-test-access-logs',
      log_type: 'ACCESS_LOGS',
      resource_arn: DISTRIBUTION_ARN,
    });
    expect(only(json, 'aws_cloudwatch_log_delivery_destination')).toMatchObject({
      output_format: 'json',
      delivery_destination_configuration: [{ destination_resource_arn: 'arn:aws:s3:::logs/cloudfront' }],
    });
    expect(only(json, 'aws_cloudwatch_log_delivery')).toMatchObject({
      s3_delivery_configuration: [{ suffix_path: '{DistributionId}/{yyyy}/{MM}/{dd}' }],
    });
  });

  it('logs neither query nor cookies nor referrer, because each may hold a signature', () => {
    expect(only(delivery({}), 'aws_cloudwatch_log_delivery').record_fields).toEqual(ACCESS_LOG_FIELDS);
    expect(ACCESS_LOG_FIELDS.filter((field) => /query|cookie|referer|headers/i.test(field))).toEqual([]);
    expect(ACCESS_LOG_FIELDS).toEqual(
      expect.arrayContaining(['date', 'time', 'c-ip', 'cs-uri-stem', 'sc-status']),
    );
  });

  it('takes a folder with its slash for the same folder', () => {
    const { delivery_destination_configuration: to } = only(
      delivery({ prefix: 'logs/cloudfront/' }),
      'aws_cloudwatch_log_delivery_destination',
    );
    expect(to).toEqual([{ destination_resource_arn: 'arn:aws:s3:::logs/logs/cloudfront' }]);
  });

  it.each<[option: string, props: Partial<AccessLogDeliveryProps>]>([
    ['name', { name: 'x'.repeat(49) }],
    ['bucketArn', { bucketArn: 'arn:aws:s3:::logs.example.com' }],
    ['bucketArn', { bucketArn: 'logs' }],
    ['prefix', { prefix: '' }],
    ['prefix', { prefix: '/cloudfront' }],
    ['prefix', { prefix: 'a//b' }],
  ])('throws for %s that is %o', (option, props) => {
    expect(() => delivery(props)).toThrow(TypeError);
    expect(() => delivery(props)).toThrow(expect.objectContaining({ option }));
  });

  it('takes a bucket and a prefix that are known only at apply', () => {
    const json = synthesizedModule((scope) => {
      const text = new TerraformVariable(scope, 'text', {}).stringValue;
      new AccessLogDelivery(scope, 'access_logs', {
        name: text,
        distributionArn: text,
        bucketArn: text,
        prefix: text,
        usEast1: usEast1In(scope),
      });
    });
    expect(only(json, 'aws_cloudwatch_log_delivery_destination')).toMatchObject({
      delivery_destination_configuration: [{ destination_resource_arn: `\${var.text}/\${var.text}` }],
    });
  });
});

function usEast1In(scope: Construct): TerraformProvider {
  return new AwsProvider(scope, 'us_east_1', { region: 'us-east-1', alias: 'us_east_1' });
}

function firewall(props: Partial<ViewerFirewallProps>) {
  return synthesizedModule((scope) => {
    new ViewerFirewall(scope, 'firewall', {
      name: 'storytime-test',
      requestsPerFiveMinutes: 2000,
      usEast1: usEast1In(scope),
      ...props,
    });
  });
}

function delivery(props: Partial<AccessLogDeliveryProps>) {
  return synthesizedModule((scope) => {
    new AccessLogDelivery(scope, 'access_logs', {
      name: 'storytime-test',
      distributionArn: DISTRIBUTION_ARN,
      bucketArn: 'arn:aws:s3:::logs',
      prefix: 'cloudfront',
      usEast1: usEast1In(scope),
      ...props,
    });
  });
}
