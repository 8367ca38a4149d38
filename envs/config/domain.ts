/** The domains that viewers see, their certificate, and where their DNS is. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { CERTIFICATE_ARN } from '../../aws/values/arns.ts';
import { DOMAIN_NAME, HOSTED_ZONE_ID } from '../../aws/values/names.ts';
import { MOST_RECORD_CHARACTERS, recordCharacters } from '../../modules/iam_roles/record-names.ts';
import { recordedDomains, zoneOf } from '../other-domains.ts';
import type { account } from './account.ts';
import { field, type Values } from './field.ts';
import { list, text } from './kinds.ts';
import { ofAnotherAccount, type Rule, rulesAbout, when } from './rule.ts';

/**
 * CloudFront's default quota is 100 alternate domain names for one distribution, and ACM puts at most 100 into a certificate.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/cf_region.html#limits_cloudfront
 * @see https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html
 */
const MOST_DOMAIN_NAMES = 100;
/**
 * The longest name that can be the first one of a requested certificate, its common name.
 *
 * @see https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
 */
const MOST_COMMON_NAME_CHARACTERS = 64;

export const domain = {
  /** The domain that viewers see; null for the one that CloudFront gives. */
  domainName: field(domainName(', or null').nullable(), { devAndProd: 'may differ' }),
  /**
   * Further domains of the same distribution, up to 99: viewers use each as they use `domainName`, and the backend signs for
   * each. One gets its A and AAAA records in the zone of `otherDomainZones` that it is in, and none outside them. A requested
   * certificate names all of them: ACM's default quota is 10 names in all. How to move a domain: docs/moving-a-domain.md.
   */
  otherDomainNames: field(
    list(domainName(''), 'a list of host names').max(MOST_DOMAIN_NAMES - 1, {
      error: `at most ${MOST_DOMAIN_NAMES - 1} names: CloudFront's default quota is ${MOST_DOMAIN_NAMES} for a distribution`,
    }),
    { devAndProd: 'may differ' },
  ),
  /**
   * Route 53 zones of `otherDomainNames`, by name and id: a name is in the zone with the longest name that it ends with.
   * `hostedZoneId` is listed here again, with its name, where other names are in it.
   */
  otherDomainZones: field(
    list(
      z.strictObject(
        {
          name: domainName(''),
          id: text(HOSTED_ZONE_ID, 'a Route 53 zone id such as "Z0123456789ABC"'),
        },
        { error: '{ name, id }' },
      ),
      'a list of zones, each { name, id }',
    ),
    { devAndProd: 'may differ' },
  ),
  /**
   * Certificate of `domainName` and `otherDomainNames`, in us-east-1; null to request one and validate it in `hostedZoneId`
   * and `otherDomainZones`.
   */
  acmCertificateArn: field(
    text(
      CERTIFICATE_ARN,
      'the ARN of an ACM certificate in us-east-1, where CloudFront reads its certificates, or null',
    ).nullable(),
    { devAndProd: 'may differ' },
  ),
  /** Route 53 zone that gets the aliases of `domainName`; null when DNS is elsewhere. */
  hostedZoneId: field(
    text(HOSTED_ZONE_ID, 'a Route 53 zone id such as "Z0123456789ABC", or null').nullable(),
    { devAndProd: 'may differ' },
  ),
};

const rule = rulesAbout<Values<typeof account & typeof domain>>();

export const domainRules: readonly Rule[] = [
  rule(['domainName', 'acmCertificateArn', 'hostedZoneId'], (given) =>
    when(
      given.domainName !== null && given.acmCertificateArn === null && given.hostedZoneId === null,
      'acmCertificateArn',
      'the ARN of a certificate in us-east-1 for domainName, or hostedZoneId to request one in',
      given.acmCertificateArn,
    ),
  ),
  rule(['domainName', 'acmCertificateArn', 'hostedZoneId'], ({ domainName, acmCertificateArn }) =>
    when(
      domainName === null && acmCertificateArn !== null,
      'acmCertificateArn',
      'null without domainName',
      acmCertificateArn,
    ),
  ),
  rule(['domainName', 'otherDomainNames'], ({ domainName, otherDomainNames }) =>
    when(
      domainName === null && otherDomainNames.length > 0,
      'otherDomainNames',
      'an empty list, because domainName is null: set domainName to one of them',
      otherDomainNames,
    ),
  ),
  rule(['domainName', 'otherDomainNames'], ({ domainName, otherDomainNames }) =>
    otherDomainNames.flatMap((name, index) =>
      when(name === domainName, `otherDomainNames[${index}]`, 'another name than domainName', name),
    ),
  ),
  // ACM does not issue a certificate until every name in it is validated.
  rule(
    ['acmCertificateArn', 'otherDomainNames', 'otherDomainZones'],
    ({ acmCertificateArn, otherDomainNames, otherDomainZones }) =>
      otherDomainNames.flatMap((name, index) =>
        when(
          acmCertificateArn === null && zoneOf(name, otherDomainZones) === null,
          `otherDomainNames[${index}]`,
          'a name in one of otherDomainZones, where ACM can validate it: list its zone there, or set acmCertificateArn to a certificate for all names',
          name,
        ),
      ),
  ),
  rule(
    ['acmCertificateArn', 'domainName', 'otherDomainNames'],
    ({ acmCertificateArn, domainName, otherDomainNames }) =>
      when(
        acmCertificateArn === null &&
          domainName !== null &&
          [domainName, ...otherDomainNames].every(({ length }) => length > MOST_COMMON_NAME_CHARACTERS),
        'acmCertificateArn',
        `the ARN of a certificate: ACM issues a certificate only with a name of at most ${MOST_COMMON_NAME_CHARACTERS} characters`,
        acmCertificateArn,
      ),
  ),
  rule(['otherDomainZones'], ({ otherDomainZones }) =>
    otherDomainZones.flatMap(({ name }, index) =>
      when(
        otherDomainZones.findIndex((zone) => zone.name === name) !== index,
        `otherDomainZones[${index}].name`,
        'the name of another zone: this one is already listed',
        name,
      ),
    ),
  ),
  // Route 53 refuses a record whose name is outside its zone, halfway through an apply.
  rule(['otherDomainZones'], ({ otherDomainZones }) =>
    otherDomainZones.flatMap(({ id }, index) =>
      when(
        otherDomainZones.findIndex((zone) => zone.id === id) !== index,
        `otherDomainZones[${index}].id`,
        'the id of another zone: this id is already listed with another name',
        id,
      ),
    ),
  ),
  rule(
    ['domainName', 'hostedZoneId', 'otherDomainZones'],
    ({ domainName, hostedZoneId, otherDomainZones }) => {
      const listed = otherDomainZones.find(({ id }) => id === hostedZoneId);
      return when(
        listed !== undefined && zoneOf(domainName ?? '', otherDomainZones) !== listed,
        'hostedZoneId',
        `the zone of domainName: otherDomainZones lists this id for "${listed?.name}"`,
        hostedZoneId,
      );
    },
  ),
  rule(
    ['domainName', 'otherDomainNames', 'otherDomainZones'],
    ({ domainName, otherDomainNames, otherDomainZones }) =>
      otherDomainZones.flatMap((zone, index) =>
        when(
          ![...otherDomainNames, domainName ?? ''].some((name) => zoneOf(name, otherDomainZones) === zone),
          `otherDomainZones[${index}].name`,
          'the name of a zone that one of otherDomainNames belongs to',
          zone.name,
        ),
      ),
  ),
  // A record would be made twice, in two zones of one name, and only one of them is delegated.
  rule(
    ['domainName', 'hostedZoneId', 'otherDomainZones'],
    ({ domainName, hostedZoneId, otherDomainZones }) => {
      const zone = zoneOf(domainName ?? '', otherDomainZones);
      return when(
        zone !== null && hostedZoneId !== null && zone.id !== hostedZoneId,
        'hostedZoneId',
        'the id that otherDomainZones lists for the zone of domainName',
        hostedZoneId,
      );
    },
  ),
  rule(['domainName', 'hostedZoneId'], ({ domainName, hostedZoneId }) =>
    when(
      domainName === null && hostedZoneId !== null,
      'hostedZoneId',
      'null without domainName',
      hostedZoneId,
    ),
  ),
  rule(['deployment', 'otherDomainNames', 'otherDomainZones'], ({ deployment, ...others }) => {
    const characters = deployment === null ? 0 : recordCharacters(recordedDomains(others));
    return when(
      characters > MOST_RECORD_CHARACTERS,
      'otherDomainNames',
      `names whose records need at most ${MOST_RECORD_CHARACTERS} characters in the deploy roles' policies, about nine names: ` +
        'keep the DNS of some outside otherDomainZones, with acmCertificateArn',
      characters,
    );
  }),
  // CloudFront accepts only certificates of its own account.
  rule(['allowedAccountIds', 'acmCertificateArn'], ({ allowedAccountIds, acmCertificateArn }) =>
    ofAnotherAccount(allowedAccountIds, 'acmCertificateArn', acmCertificateArn),
  ),
];

function domainName(orElse: string) {
  const wanted = `a host name such as "media.example.com"${orElse}`;
  const error = 'a host name, not an IP address: no certificate and no cookie domain can name one';
  return z
    .string({ error: wanted })
    .refine((name) => isIP(name) === 0, { error })
    .refine((name) => !/(?:^|\.)cloudfront\.net$/.test(name), {
      error: 'your own domain: CloudFront assigns the names below cloudfront.net itself',
    })
    .regex(DOMAIN_NAME, { error: wanted });
}
