/** What a distribution refuses while the stack is built. References that are known only at apply pass. */
import { Token } from 'cdktf';
import { CERTIFICATE_ARN, WEB_ACL_ARN } from '../../aws/values/arns.ts';
import { COUNTRY_CODES } from '../../aws/values/country-codes.ts';
import { DOMAIN_NAME, HOSTED_ZONE_ID, REGIONAL_BUCKET_ADDRESS } from '../../aws/values/names.ts';
import { PATH_PREFIX, PATH_PREFIX_WANTED } from '../../aws/values/path-prefix.ts';
import { ORIGIN_SHIELD_REGION } from '../../aws/values/regions.ts';
import { refuse, requireMatch, requireOneOf, requireOrigins, requireWholeNumber } from '../checks.ts';
import type { CustomDomain, HlsDistributionProps, OtherDomain } from './distribution-props.ts';

const YEAR_IN_SECONDS = 31_536_000;
const PRICE_CLASSES = ['PriceClass_100', 'PriceClass_200', 'PriceClass_All'];
const US_EAST_1 = 'the AWS provider of us-east-1';

/** @throws TypeError for the first prop that is not what its docstring says */
export function checkDistribution(props: HlsDistributionProps): void {
  requireMatch('name', props.name, /[\w-]{1,48}/, '1 to 48 letters, digits, dashes and underscores');
  requireMatch(
    'originDomainName',
    props.originDomainName,
    REGIONAL_BUCKET_ADDRESS,
    'the regional address of a bucket, "<bucket>.s3.<region>.amazonaws.com"',
  );
  if (props.pathPrefix !== undefined) {
    requireMatch('pathPrefix', props.pathPrefix, PATH_PREFIX, PATH_PREFIX_WANTED);
  }
  checkTtls(props);
  requireOneOf('priceClass', props.priceClass, PRICE_CLASSES);
  requireOrigins('playbackOrigins', props.playbackOrigins ?? []);
  checkCountries(props.geoAllowList ?? []);
  if (props.originShieldRegion !== undefined) {
    requireMatch(
      'originShieldRegion',
      props.originShieldRegion,
      ORIGIN_SHIELD_REGION,
      'an AWS region where CloudFront offers Origin Shield, such as "eu-central-1"',
    );
  }
  if (props.customDomain) checkDomain(props.customDomain);
  checkWebAcl(props);
  checkUsEast1(props);
}

function checkCountries(countries: readonly string[]): void {
  if (Token.isUnresolved(countries)) return;
  for (const country of countries) {
    if (!Token.isUnresolved(country) && !COUNTRY_CODES.has(country))
      refuse('geoAllowList', 'ISO 3166 country codes such as "DE"', country);
  }
}

function checkTtls(props: HlsDistributionProps): void {
  const { playlistTtlSeconds, segmentTtlSeconds, thumbnailTtlSeconds } = props;
  checkTtl('segmentTtlSeconds', segmentTtlSeconds, YEAR_IN_SECONDS);
  // A playlist must not outlive its segments, neither by default nor at most.
  checkTtl('playlistTtlSeconds', playlistTtlSeconds, known(segmentTtlSeconds, YEAR_IN_SECONDS));
  const { segmentMaxTtlSeconds = segmentTtlSeconds, playlistMaxTtlSeconds = playlistTtlSeconds } = props;
  checkTtl('segmentMaxTtlSeconds', segmentMaxTtlSeconds, YEAR_IN_SECONDS, known(segmentTtlSeconds, 1));
  checkTtl(
    'playlistMaxTtlSeconds',
    playlistMaxTtlSeconds,
    known(segmentMaxTtlSeconds, YEAR_IN_SECONDS),
    known(playlistTtlSeconds, 1),
  );
  if (thumbnailTtlSeconds !== undefined)
    checkTtl('thumbnailTtlSeconds', thumbnailTtlSeconds, YEAR_IN_SECONDS);
}

function checkTtl(option: string, seconds: number, most: number, least = 1): void {
  requireWholeNumber(option, seconds, { least, most, unit: 'seconds' });
}

function known(seconds: number, otherwise: number): number {
  return Token.isUnresolved(seconds) ? otherwise : seconds;
}

function checkDomain({ name, certificateArn, hostedZoneId, others = [] }: CustomDomain): void {
  requireMatch(
    'customDomain.name',
    name,
    DOMAIN_NAME,
    'a host name in lower case such as "media.example.com"',
  );
  if (certificateArn !== undefined) {
    requireMatch(
      'customDomain.certificateArn',
      certificateArn,
      CERTIFICATE_ARN,
      'the ARN of an ACM certificate in us-east-1, where CloudFront reads its certificates',
    );
  }
  if (hostedZoneId !== undefined) {
    requireMatch('customDomain.hostedZoneId', hostedZoneId, HOSTED_ZONE_ID, 'a Route 53 zone id');
  }
  if (certificateArn === undefined && hostedZoneId === undefined) {
    refuse(
      'customDomain.hostedZoneId',
      'the Route 53 zone in which a requested certificate is validated, or a certificateArn',
      undefined,
    );
  }
  if (others.length > 0) checkOtherDomains(name, others, certificateArn === undefined);
}

function checkOtherDomains(first: string, others: readonly OtherDomain[], isRequested: boolean): void {
  const option = 'customDomain.others';
  // CloudFront's default quota is 100 names: https://docs.aws.amazon.com/general/latest/gr/cf_region.html#limits_cloudfront
  if (others.length > 99) refuse(option, 'at most 99 names beside the first', others.length);
  const names = [first, ...others.map(({ name }) => name)];
  for (const name of names) {
    // Names are part of resource addresses, which cannot contain a reference.
    if (Token.isUnresolved(name))
      refuse(option, 'names that are written out, the first one too', 'a reference');
    requireMatch(option, name, DOMAIN_NAME, 'host names in lower case such as "video.example.com"');
  }
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) refuse(option, 'every name once', repeated);
  for (const { name, hostedZoneId } of others) {
    if (hostedZoneId !== undefined) {
      requireMatch(`${option}.hostedZoneId`, hostedZoneId, HOSTED_ZONE_ID, 'a Route 53 zone id');
    } else if (isRequested) {
      refuse(
        `${option}.hostedZoneId`,
        `the Route 53 zone in which a requested certificate proves ${name}, or a certificateArn`,
        undefined,
      );
    }
  }
}

function checkWebAcl({ webAcl }: HlsDistributionProps): void {
  if (webAcl?.kind !== 'given') return;
  requireMatch(
    'webAcl.arn',
    webAcl.arn,
    WEB_ACL_ARN,
    'the ARN of a web ACL for CloudFront, which lives in us-east-1',
  );
}

function checkUsEast1({ usEast1, webAcl, accessLogs, customDomain }: HlsDistributionProps): void {
  if (usEast1) return;
  if (webAcl?.kind === 'own') refuse('usEast1', `${US_EAST_1} for a web ACL of its own`, undefined);
  if (accessLogs) refuse('usEast1', `${US_EAST_1} for accessLogs`, undefined);
  if (customDomain && customDomain.certificateArn === undefined) {
    refuse('usEast1', `${US_EAST_1} for a requested certificate`, undefined);
  }
}
