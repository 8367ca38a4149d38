/** Further domains of an environment: what is refused, in which zone a name is, and that each reaches the stack. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backendVariables } from '../../envs/backend-variables.ts';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { otherDomains, zoneOf } from '../../envs/other-domains.ts';
import { dev, prod } from './examples.ts';
import { maximum, maximumKeys } from './maximum.ts';
import { synthesized, synthesizedState } from './synthesized.ts';
import { violationsOf } from './violations.ts';

const ZONE = { name: 'storytime.example', id: 'Z0123456789EXAMPLE' };
const FABLES = { name: 'fables.example', id: 'Z9876543210EXAMPLE' };
const requested: EnvironmentConfig = { ...prod, acmCertificateArn: null };
const deployment = { repository: 'acme/video-library', oidcProviderArn: null };
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `v${index}.storytime.example`);

describe('otherDomainNames', () => {
  it.each<[string, EnvironmentConfig, path: string, wanted: string]>([
    [
      'a wildcard',
      { ...prod, otherDomainNames: ['*.storytime.example'] },
      'otherDomainNames[0]',
      'a host name such as "media.example.com"',
    ],
    [
      'capitals',
      { ...prod, otherDomainNames: ['Video.storytime.example'] },
      'otherDomainNames[0]',
      'a host name such as "media.example.com"',
    ],
    [
      'an address',
      { ...prod, otherDomainNames: ['203.0.113.7'] },
      'otherDomainNames[0]',
      'a host name, not an IP address',
    ],
    [
      'a name of CloudFront’s',
      { ...prod, otherDomainNames: ['d111111abcdef8.cloudfront.net'] },
      'otherDomainNames[0]',
      'your own domain: CloudFront assigns the names below cloudfront.net itself',
    ],
    [
      'one zone id under two names',
      {
        ...prod,
        otherDomainNames: ['a.storytime.example', 'a.fables.example'],
        otherDomainZones: [ZONE, { ...FABLES, id: ZONE.id }],
      },
      'otherDomainZones[1].id',
      'the id of another zone',
    ],
    [
      'the zone id of domainName under the name of another zone',
      {
        ...prod,
        hostedZoneId: FABLES.id,
        otherDomainNames: ['a.fables.example'],
        otherDomainZones: [FABLES],
      },
      'hostedZoneId',
      'the zone of domainName: otherDomainZones lists this id for "fables.example"',
    ],
    [
      'a name twice',
      { ...prod, otherDomainNames: ['a.example.com', 'a.example.com'] },
      'otherDomainNames',
      'every member once',
    ],
    [
      'domainName again',
      { ...prod, otherDomainNames: ['video.storytime.example', 'media.storytime.example'] },
      'otherDomainNames[1]',
      'another name than domainName',
    ],
    [
      'a name without domainName',
      { ...dev, otherDomainNames: ['video.storytime.example'] },
      'otherDomainNames',
      'an empty list, because domainName is null: set domainName to one of them',
    ],
    [
      'more names than CloudFront’s quota',
      { ...prod, otherDomainNames: numbered(100) },
      'otherDomainNames',
      "at most 99 names: CloudFront's default quota is 100 for a distribution",
    ],
    [
      'a name in no zone, with a certificate to request',
      { ...requested, otherDomainNames: ['media.fables.example'], otherDomainZones: [] },
      'otherDomainNames[0]',
      'a name in one of otherDomainZones, where ACM can validate it: list its zone there, or set acmCertificateArn',
    ],
    [
      'a name beside a zone whose name only ends like it',
      {
        ...requested,
        otherDomainNames: ['media.myfables.example', 'fables.example'],
        otherDomainZones: [FABLES],
      },
      'otherDomainNames[0]',
      'a name in one of otherDomainZones',
    ],
    [
      'more names than a policy of the deploy roles can hold',
      { ...prod, deployment, otherDomainNames: numbered(20), otherDomainZones: [ZONE] },
      'otherDomainNames',
      "names whose records need at most 900 characters in the deploy roles' policies",
    ],
    [
      'a zone without any of the names',
      { ...prod, otherDomainNames: ['video.storytime.example'], otherDomainZones: [ZONE, FABLES] },
      'otherDomainZones[1].name',
      'the name of a zone that one of otherDomainNames belongs to',
    ],
    [
      'two zones of one name',
      {
        ...prod,
        otherDomainNames: ['media.fables.example'],
        otherDomainZones: [FABLES, { ...FABLES, id: 'Z1111111111' }],
      },
      'otherDomainZones[1].name',
      'the name of another zone: this one is already listed',
    ],
    [
      'another id for the zone of domainName',
      {
        ...prod,
        otherDomainNames: ['video.storytime.example'],
        otherDomainZones: [{ ...ZONE, id: 'Z1111111111' }],
      },
      'hostedZoneId',
      'the id that otherDomainZones lists for the zone of domainName',
    ],
    [
      'an id that is none',
      {
        ...prod,
        otherDomainNames: ['video.storytime.example'],
        otherDomainZones: [{ ...ZONE, id: '/hostedzone/Z1' }],
      },
      'otherDomainZones[0].id',
      'a Route 53 zone id such as "Z0123456789ABC"',
    ],
    [
      'a requested certificate without a name that can be its first',
      { ...requested, domainName: `${'m'.repeat(60)}.storytime.example` },
      'acmCertificateArn',
      'the ARN of a certificate: ACM issues a certificate only with a name of at most 64 characters',
    ],
  ])('refuses %s', (_, config, path, wanted) => {
    const found = violationsOf(config);
    expect(found.map((violation) => violation.path)).toContain(path);
    expect(found.find((violation) => violation.path === path)?.wanted).toContain(wanted);
  });

  it.each<[string, EnvironmentConfig]>([
    [
      'a name whose DNS is elsewhere, with a certificate that is given',
      { ...prod, otherDomainNames: ['media.fables.example'] },
    ],
    ['as many names as CloudFront’s quota', { ...prod, otherDomainNames: numbered(99) }],
    [
      'names in their zones, with a certificate to request',
      { ...requested, otherDomainNames: ['media.fables.example'], otherDomainZones: [FABLES] },
    ],
    [
      'the zone of domainName, where its name comes first',
      { ...requested, otherDomainNames: ['media.fables.example'], otherDomainZones: [FABLES, ZONE] },
    ],
    [
      'a long name, where a shorter one can be the first of the certificate',
      {
        ...requested,
        otherDomainNames: [`${'m'.repeat(60)}.storytime.example`],
        otherDomainZones: [ZONE],
      },
    ],
    [
      'eight names that the deploy roles may change',
      { ...prod, deployment, otherDomainNames: numbered(8), otherDomainZones: [ZONE] },
    ],
    [
      'twenty names beside the deploy roles, with DNS elsewhere',
      { ...prod, deployment, otherDomainNames: numbered(20) },
    ],
  ])('takes %s', (_, config) => {
    expect(parseEnvironment(config)).toEqual(config);
    synthesized(config, maximumKeys());
    synthesizedState(config);
  });
});

describe('the zone that a name is in', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[a-z0-9]$/);

  it('is one whose labels the name ends with, and no other of them is longer', () => {
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 2, maxLength: 5 }),
        fc.array(fc.array(label, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
        fc.nat(4),
        (labels, others, at) => {
          const suffix = labels.slice(at % labels.length);
          const zones = [suffix, ...others].map((parts, index) => ({
            name: parts.join('.'),
            id: `Z${index}`,
          }));
          const found = zoneOf(labels.join('.'), zones);
          const isAround = (name: string) => {
            const parts = name.split('.');
            return parts.join('.') === labels.slice(-parts.length).join('.');
          };
          const longest = Math.max(
            ...zones.filter(({ name }) => isAround(name)).map(({ name }) => name.length),
          );
          expect(found !== null && isAround(found.name)).toBe(true);
          expect(found?.name.length).toBe(longest);
        },
      ),
    );
  });

  it('is none for a name that only ends in the same letters', () => {
    expect(zoneOf('myfables.example', [FABLES])).toBeNull();
    expect(otherDomains({ otherDomainNames: ['myfables.example'], otherDomainZones: [FABLES] })).toEqual([
      { name: 'myfables.example' },
    ]);
  });
});

describe('what the stack makes of further domains', () => {
  const json = synthesized(maximum, maximumKeys());
  const names = [maximum.domainName, ...maximum.otherDomainNames];

  it('gives them to the distribution, the certificate, and each to the zone that it is in', () => {
    expect(json.resource.aws_cloudfront_distribution?.delivery?.aliases).toEqual(names);
    const certificate = json.resource.aws_acm_certificate?.delivery_certificate;
    expect(certificate?.domain_name).toBe('media.fables.example');
    expect(certificate?.subject_alternative_names).toEqual(names.toSorted());
    const records = Object.values(json.resource.aws_route53_record ?? {}).filter(({ type }) => type === 'A');
    expect(records.map(({ name, zone_id }) => [name, zone_id])).toEqual([
      ['media.fables.example', 'Z9876543210EXAMPLE'],
      ['media.storytime.example', maximum.hostedZoneId],
      ['video.storytime.example', 'Z0123456789EXAMPLE'],
    ]);
  });

  it('tells the backend their names, and nothing where there is none', () => {
    expect(backendVariables(maximum, {}).variables).toMatchObject({
      CLOUDFRONT_DOMAIN: 'media.storytime.example',
      CLOUDFRONT_OTHER_DOMAINS: 'video.storytime.example,media.fables.example',
    });
    expect(backendVariables(prod, {}).variables).not.toHaveProperty('CLOUDFRONT_OTHER_DOMAINS');
    const [parameter] = Object.values(json.resource.aws_ssm_parameter ?? {});
    expect(String(parameter?.value)).toContain('video.storytime.example,media.fables.example');
  });

  it('makes the same of the same names, whichever of them is domainName, but for what backends are told', () => {
    const [first, second, third] = names as [string, string, string];
    const swapped: EnvironmentConfig = { ...maximum, domainName: second, otherDomainNames: [first, third] };
    const keys = maximumKeys();
    const resources = (config: EnvironmentConfig) => {
      const { aws_ssm_parameter: _, ...resource } = synthesized(parseEnvironment(config), keys).resource;
      return JSON.parse(JSON.stringify(resource), (_key, value) =>
        Array.isArray(value) && value.every((one) => typeof one === 'string') ? value.toSorted() : value,
      );
    };
    expect(resources(swapped)).toEqual(resources(maximum));
  });
});
