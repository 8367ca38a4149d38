/** Regions of the commercial partition. */
import { COUNTRY_CODES } from './country-codes.ts';

/** Parts of the world other than countries: `eu-central-1`, but `il-central-1`. */
const AREAS = ['ap', 'eu'];
/** China's regions are a partition of their own. */
const COUNTRIES = [...COUNTRY_CODES].map((code) => code.toLowerCase()).filter((code) => code !== 'cn');

/**
 * The name of a region by its parts: an area or a country, a direction, a number. By its parts and not by a list, so that a
 * region that AWS opens needs no release of this library; a word that is not one of the directions is a typing error. A name of
 * the right form that AWS does not have (`ee-central-1`) is refused by Terraform's provider, which has the list.
 *
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
export const REGION = new RegExp(
  `^(?:${[...AREAS, ...COUNTRIES].join('|')})-(?:central|(?:north|south)(?:east|west)?|east|west)-[1-9]$`,
);

/**
 * Where CloudFront has a regional edge cache, and so offers Origin Shield.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/origin-shield.html#choose-origin-shield-region
 */
const ORIGIN_SHIELD_REGIONS = [
  'us-east-2',
  'us-east-1',
  'us-west-2',
  'ap-south-1',
  'ap-northeast-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'sa-east-1',
];

/** One of the regions that offer Origin Shield. */
export const ORIGIN_SHIELD_REGION = new RegExp(`^(?:${ORIGIN_SHIELD_REGIONS.join('|')})$`);
