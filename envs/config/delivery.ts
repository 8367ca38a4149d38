/** How viewers get what they may see: the domain, CloudFront and its caches. */
import { z } from 'zod';
import { WEB_ACL_ARN } from '../../aws/values/arns.ts';
import { COUNTRY_CODES } from '../../aws/values/country-codes.ts';
import { PATH_PREFIX, PATH_PREFIX_WANTED } from '../../aws/values/path-prefix.ts';
import { ORIGIN_SHIELD_REGION } from '../../aws/values/regions.ts';
import type { account } from './account.ts';
import { domain, domainRules } from './domain.ts';
import { field, type Values } from './field.ts';
import { flag, LOOPBACK_IN_PROD, list, oneOf, origin, text, whole } from './kinds.ts';
import type { localPorts } from './local-ports.ts';
import { ofAnotherAccount, type Rule, rulesAbout, when } from './rule.ts';

const COUNTRY = 'an ISO 3166-1 country code such as "DE" (Great Britain is "GB")';

export const delivery = {
  /**
   * Folder of every title in the outputs bucket and in URLs, `<pathPrefix>/<id>/index.m3u8`: up to 64 characters. Changing
   * it moves no file: titles under the old folder can no longer be played.
   */
  pathPrefix: field(text(PATH_PREFIX, PATH_PREFIX_WANTED), { devAndProd: 'same' }),
  /** How viewers prove their right: cookies need your own domain in browsers, URLs do not. */
  delivery: field(oneOf('signed-cookies', 'signed-urls'), { devAndProd: 'may differ' }),
  ...domain,
  /** Exact origins of pages that play. */
  playbackOrigins: field(list(origin(), 'a list of origins'), {
    devAndProd: 'may differ',
    inProd: LOOPBACK_IN_PROD,
  }),
  /** From where in the world CloudFront answers. */
  priceClass: field(oneOf('PriceClass_100', 'PriceClass_200', 'PriceClass_All'), {
    devAndProd: 'may differ',
  }),
  /** ISO 3166 country codes that may play; empty for everywhere. */
  geoAllowList: field(
    list(
      z.string({ error: COUNTRY }).refine((code) => COUNTRY_CODES.has(code), { error: COUNTRY }),
      'a list of country codes',
    ),
    { devAndProd: 'may differ' },
  ),
  /** Region of an extra cache in front of the bucket, the one nearest to it; null for none. */
  originShieldRegion: field(
    text(
      ORIGIN_SHIELD_REGION,
      'a region where CloudFront offers Origin Shield, nearest to awsRegion, or null',
    ).nullable(),
    { devAndProd: 'may differ' },
  ),
  /** AWS WAF in front: a web ACL of our own, or one that a security team runs. */
  webAcl: field(
    z
      .discriminatedUnion(
        'kind',
        [
          z.strictObject({
            kind: z.literal('own'),
            requestsPerFiveMinutes: whole(10, 2_000_000_000, 'of requests'),
          }),
          z.strictObject({
            kind: z.literal('given'),
            arn: text(WEB_ACL_ARN, 'the ARN of a web ACL for CloudFront, which lives in us-east-1'),
          }),
        ],
        { error: 'an object whose kind is "own" or "given", or null' },
      )
      .nullable(),
    {
      devAndProd: 'may differ',
      inProd: {
        careless: (acl) => acl === null,
        wanted:
          '{ kind: "own", … } or { kind: "given", … } in prod: nothing else limits the request rate of one address',
      },
    },
  ),
  /** Whether signatures name viewers' addresses: policies know IPv4 only, so IPv6 is off then. */
  bindsViewerIps: field(flag(), { devAndProd: 'same' }),
  /**
   * Whether everybody may see thumbnails, `<pathPrefix>/<id>/thumbnails/…`, without a signature: for pages that show titles
   * to people who are not signed in. Everything else stays private. The pictures of every title are then public, also of
   * one that is not released, to everybody who knows or guesses its id.
   */
  publicThumbnails: field(flag(), { devAndProd: 'same' }),
  /** How long playlists stay in CloudFront's cache, if their own `Cache-Control` says nothing. */
  playlistTtlSeconds: field(whole(1, 3600, 'of seconds'), { devAndProd: 'same' }),
  /** How long they stay at most, whatever their own `Cache-Control` says; null for `playlistTtlSeconds`. */
  playlistMaxTtlSeconds: field(whole(1, 3600, 'of seconds').nullable(), { devAndProd: 'same' }),
  /** The same for segments, and whatever else there is. */
  segmentTtlSeconds: field(whole(1, 31_536_000, 'of seconds'), { devAndProd: 'same' }),
  /** The same for segments; null for `segmentTtlSeconds`. */
  segmentMaxTtlSeconds: field(whole(1, 31_536_000, 'of seconds').nullable(), { devAndProd: 'same' }),
  /** Whether an apply waits until every CloudFront edge has the change. */
  waitForDeployment: field(flag(), { devAndProd: 'may differ' }),
};

const rule = rulesAbout<Values<typeof account & typeof localPorts & typeof delivery>>();

export const deliveryRules: readonly Rule[] = [
  ...domainRules,
  // Nobody can set cookies for *.cloudfront.net; `local` has a domain (localhost).
  rule(['delivery', 'domainName', 'localPorts'], ({ delivery, domainName, localPorts }) =>
    when(
      delivery === 'signed-cookies' && domainName === null && localPorts === null,
      'domainName',
      'your own domain for delivery "signed-cookies", or delivery "signed-urls"',
      domainName,
    ),
  ),
  rule(
    ['playlistTtlSeconds', 'segmentTtlSeconds'],
    ({ playlistTtlSeconds: playlist, segmentTtlSeconds: segment }) =>
      when(
        playlist > segment,
        'playlistTtlSeconds',
        `at most segmentTtlSeconds (${segment}): a playlist must not outlive its segments`,
        playlist,
      ),
  ),
  rule(
    ['playlistTtlSeconds', 'playlistMaxTtlSeconds'],
    ({ playlistTtlSeconds: least, playlistMaxTtlSeconds: most }) =>
      when(
        most !== null && most < least,
        'playlistMaxTtlSeconds',
        `at least playlistTtlSeconds (${least}), or null for the same value`,
        most,
      ),
  ),
  rule(
    ['segmentTtlSeconds', 'segmentMaxTtlSeconds'],
    ({ segmentTtlSeconds: least, segmentMaxTtlSeconds: most }) =>
      when(
        most !== null && most < least,
        'segmentMaxTtlSeconds',
        `at least segmentTtlSeconds (${least}), or null for the same value`,
        most,
      ),
  ),
  // Without its own maximum a playlist stays no longer than its default, which is checked above.
  rule(
    ['playlistTtlSeconds', 'playlistMaxTtlSeconds', 'segmentTtlSeconds', 'segmentMaxTtlSeconds'],
    ({ playlistMaxTtlSeconds: playlist, segmentTtlSeconds, segmentMaxTtlSeconds }) => {
      const segment = segmentMaxTtlSeconds ?? segmentTtlSeconds;
      const wanted = `at most what segments stay in the cache (${segment}): a playlist must not outlive its segments`;
      return when(playlist !== null && playlist > segment, 'playlistMaxTtlSeconds', wanted, playlist);
    },
  ),
  // A web ACL guards distributions of its own account only, Firewall Manager's too: it makes one in each.
  rule(['allowedAccountIds', 'webAcl'], ({ allowedAccountIds, webAcl }) =>
    ofAnotherAccount(allowedAccountIds, 'webAcl.arn', webAcl?.kind === 'given' ? webAcl.arn : null),
  ),
];
