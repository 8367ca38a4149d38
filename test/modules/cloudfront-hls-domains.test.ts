/** A distribution with several domains: records, certificate, and the addresses that keep them while names change places. */
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { type CustomDomain, HlsDistribution } from '../../modules/cloudfront_hls/index.ts';
import { type ModuleJson, only, synthesizedModule } from './synth.ts';

const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d';
const media = { name: 'media.example.com', hostedZoneId: 'Z0000000001' };
const video = { name: 'video.example.com', hostedZoneId: 'Z0000000001' };
const fables = { name: 'fables.example', hostedZoneId: 'Z0000000002' };

describe('a distribution with several domains', () => {
  it('answers under each, and has records of those whose zone is known', () => {
    const json = distribution({
      ...media,
      certificateArn,
      others: [video, { name: 'media.elsewhere.example' }],
    });
    expect(only(json, 'aws_cloudfront_distribution').aliases).toEqual([
      'media.example.com',
      'video.example.com',
      'media.elsewhere.example',
    ]);
    expect(recordsOf(json)).toEqual({
      delivery_ipv4_media_example_com: ['A', 'media.example.com', 'Z0000000001'],
      delivery_ipv6_media_example_com: ['AAAA', 'media.example.com', 'Z0000000001'],
      delivery_ipv4_video_example_com: ['A', 'video.example.com', 'Z0000000001'],
      delivery_ipv6_video_example_com: ['AAAA', 'video.example.com', 'Z0000000001'],
    });
  });

  it('has no AAAA record of any of them when policies bind the viewer’s address', () => {
    const json = distribution({ ...media, certificateArn, others: [video] }, { bindsViewerIps: true });
    expect(Object.values(recordsOf(json)).map(([type]) => type)).toEqual(['A', 'A']);
  });

  it('has records of another domain where the first one’s DNS is elsewhere', () => {
    const json = distribution({ name: media.name, certificateArn, others: [fables] });
    expect(Object.keys(recordsOf(json))).toEqual([
      'delivery_ipv4_fables_example',
      'delivery_ipv6_fables_example',
    ]);
  });

  it('requests one certificate of all names, the shortest first, each proved in the zone that it is in', () => {
    const json = distribution({ ...media, others: [video, fables] });
    expect(only(json, 'aws_acm_certificate')).toMatchObject({
      domain_name: 'fables.example',
      subject_alternative_names: ['fables.example', 'media.example.com', 'video.example.com'],
      lifecycle: { create_before_destroy: true },
    });
    const proof = json.resource.aws_route53_record?.delivery_certificate_record_fables_example;
    const option = (attribute: string) =>
      `\${one([for option in aws_acm_certificate.delivery_certificate.domain_validation_options : option.resource_record_${attribute} if option.domain_name == "fables.example"])}`;
    expect(proof).toMatchObject({
      zone_id: 'Z0000000002',
      name: option('name'),
      type: option('type'),
      records: [option('value')],
      allow_overwrite: true,
    });
    expect(only(json, 'aws_acm_certificate_validation').validation_record_fqdns).toHaveLength(3);
  });

  it('is the same whichever name comes first', () => {
    const one = distribution({ ...media, others: [video, fables] });
    const other = distribution({ ...fables, others: [media, video] });
    const sorted = (json: ModuleJson) =>
      JSON.parse(JSON.stringify(json.resource), (_key, value) =>
        Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.toSorted() : value,
      );
    expect(sorted(other)).toEqual(sorted(one));
  });

  it('moves what the first name has when a second one comes, and back when the last of the others goes', () => {
    const record = 'aws_route53_record.delivery';
    const of = (id: string) => ({ short: `${record}_${id}`, long: `${record}_${id}_media_example_com` });
    const certificate = {
      short: `${record}_certificate`,
      long: `${record}_certificate_record_media_example_com`,
    };
    const moves = [certificate, of('ipv4'), of('ipv6')];
    expect(movesOf(distribution({ ...media, others: [video] }))).toEqual(
      moves.map(({ short, long }) => ({ from: short, to: long })),
    );
    expect(movesOf(distribution(media))).toEqual(moves.map(({ short, long }) => ({ from: long, to: short })));
  });

  it.each<[string, CustomDomain, string]>([
    [
      'a name twice',
      { ...media, certificateArn, others: [video, video] },
      'every name once, got "video.example.com"',
    ],
    [
      'the first name again',
      { ...media, certificateArn, others: [media] },
      'every name once, got "media.example.com"',
    ],
    [
      'a name with a wildcard',
      { ...media, certificateArn, others: [{ name: '*.example.com' }] },
      'host names in lower case',
    ],
    [
      'an id that is none',
      { ...media, certificateArn, others: [{ ...video, hostedZoneId: 'zone' }] },
      'a Route 53 zone id',
    ],
    [
      'a name without a zone for a certificate to request',
      { ...media, others: [{ name: 'video.example.com' }] },
      'the Route 53 zone in which a requested certificate proves video.example.com, or a certificateArn',
    ],
    [
      'more than 100 names',
      {
        ...media,
        certificateArn,
        others: Array.from({ length: 100 }, (_, i) => ({ name: `v${i}.example.com` })),
      },
      'at most 99 names beside the first, got 100',
    ],
  ])('refuses %s', (_, customDomain, wanted) => {
    expect(() => distribution(customDomain)).toThrow(TypeError);
    expect(() => distribution(customDomain)).toThrow(wanted);
  });

  it('refuses names that only an apply knows, which would be in addresses', () => {
    const build = () =>
      synthesizedModule((scope) => {
        const name = new TerraformVariable(scope, 'name', {}).stringValue;
        make(scope, { name, certificateArn, others: [video] });
      });
    expect(build).toThrow('"customDomain.others": expected names that are written out, the first one too');
  });
});

function distribution(
  customDomain: CustomDomain,
  more: { readonly bindsViewerIps?: boolean } = {},
): ModuleJson {
  return synthesizedModule((scope) => make(scope, customDomain, more));
}

function make(
  scope: Construct,
  customDomain: CustomDomain,
  more: { readonly bindsViewerIps?: boolean } = {},
): void {
  new HlsDistribution(scope, 'delivery', {
    name: 'storytime-test',
    originDomainName: 'outputs.s3.eu-central-1.amazonaws.com',
    trustedKeyGroupId: 'group-1',
    playlistTtlSeconds: 60,
    segmentTtlSeconds: 86_400,
    priceClass: 'PriceClass_100',
    usEast1: new AwsProvider(scope, 'us_east_1', { region: 'us-east-1', alias: 'us_east_1' }),
    customDomain,
    ...more,
  });
}

/** Of addresses: type, name and zone. */
function recordsOf(json: ModuleJson): Record<string, unknown[]> {
  const records = Object.entries(json.resource.aws_route53_record ?? {});
  return Object.fromEntries(
    records.map(([address, { type, name, zone_id }]) => [address, [type, name, zone_id]]),
  );
}

/** But for the one of response headers, which was renamed once. */
function movesOf(json: ModuleJson): readonly { readonly from: string; readonly to: string }[] {
  return (json.moved ?? []).filter(({ from }) => from.startsWith('aws_route53_record.'));
}
