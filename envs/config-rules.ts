/** Rules between fields. Each judges only fields that are valid on their own, so that nothing is reported twice. */

import { isLoopbackHost } from '../aws/values/loopback.ts';
import type { EnvironmentConfig } from './config.ts';
import { describeName, describeSafely, type Violation } from './config-error.ts';
import {
  accessLogsBucketName,
  hlsOutputsBucketName,
  masterUploadsBucketName,
  resourcePrefix,
  standardTags,
} from './names.ts';

type Rule = (config: EnvironmentConfig) => Violation[];

/** What prod cannot do without, field by field: whether it is careless, and what is wanted with the reason. */
const CARE_OF_PROD: {
  readonly [Field in keyof EnvironmentConfig]?: readonly [
    careless: (value: EnvironmentConfig[Field]) => boolean,
    wanted: string,
  ];
} = {
  signingSecretValue: [(owner) => owner !== 'keys', '"keys" in prod: Terraform never holds its key'],
  forceDestroy: [(force) => force, 'false in prod'],
  preventDestroy: [(prevent) => !prevent, 'true in prod'],
  secretRecoveryDays: [(days) => days < 7, '7 to 30 in prod: a key deleted by mistake must come back'],
  mastersVersioning: [(kept) => !kept, 'true in prod: a master overwritten by mistake must come back'],
  accessLogRetentionDays: [
    (days) => days === null,
    'a number of days in prod: who read what cannot be asked afterwards without logs',
  ],
  webAcl: [
    (acl) => acl === null,
    '{ kind: "own", … } or { kind: "given", … } in prod: nothing else limits how often one address asks',
  ],
  secretOperators: [
    (operators) => operators.length === 0,
    'at least one ARN in prod: with none, every administrator may read the signing key',
  ],
  confusedDeputyGuard: [(guarded) => !guarded, 'true in prod: jobs of other accounts must not use its role'],
  uploadOrigins: [hasLoopback, 'no loopback origin in prod: any program on a laptop may serve one'],
  playbackOrigins: [hasLoopback, 'no loopback origin in prod: any program on a laptop may serve one'],
};

const TTLS = [
  'playlistTtlSeconds',
  'playlistMaxTtlSeconds',
  'segmentTtlSeconds',
  'segmentMaxTtlSeconds',
] as const;

/** Rules by the fields they read; a rule is left out while one of its fields is invalid. */
const RULES: readonly (readonly [fields: readonly (keyof EnvironmentConfig)[], rule: Rule])[] = [
  [['projectName', 'environment', 'bucketSuffix'], bucketNamesFit],
  [['projectName', 'environment', 'bucketSuffix', 'state'], stateHasItsBucket],
  [['tags', 'projectName', 'environment'], tagsAreOurs],
  [['tags'], costsHaveCentre],
  [['state', 'laptop'], stateIsSafe],
  [['state'], lockTableMatchesLock],
  [['mastersVersioning', 'mastersNoncurrentExpiryDays'], expiryNeedsVersions],
  [['delivery', 'domainName', 'laptop'], cookiesNeedDomain],
  [['domainName', 'acmCertificateArn', 'hostedZoneId'], domainAndCertificate],
  [['domainName', 'hostedZoneId'], zoneNeedsDomain],
  [['playlistTtlSeconds', 'segmentTtlSeconds'], playlistsExpireFirst],
  [['playlistTtlSeconds', 'playlistMaxTtlSeconds'], playlistMaximumHoldsDefault],
  [['segmentTtlSeconds', 'segmentMaxTtlSeconds'], segmentMaximumHoldsDefault],
  [TTLS, playlistsExpireFirstAtMost],
  [['ladder'], ladderRises],
  [['cloudfrontPrivateKeySecretName', 'projectName', 'environment'], secretBelongsHere],
  ...careOfProd(),
  [['forceDestroy', 'preventDestroy'], destroyIsOne],
  [['packaging', 'audio'], cmafHasAudioGroup],
  [['jobHop', 'awsRegion', 'allowedAccountIds', 'projectName', 'environment'], hopLeadsElsewhere],
  [['allowedAccountIds', 'acmCertificateArn'], certificateIsOurs],
  [['allowedAccountIds', 'webAcl'], webAclIsOurs],
  [['allowedAccountIds', 'secretOperators'], operatorsAreOurs],
  [['allowedAccountIds', 'deployment'], githubProviderIsOurs],
  [['allowedAccountIds', 'backendPrincipal'], clusterProviderIsOurs],
  [['backendPrincipal'], strangersHaveExternalId],
  [['backendPrincipal', 'secretOperators'], backendReadsItsKey],
  [['monthlyBudgetUsd', 'alarmEmail'], budgetHasReader],
  [['deployment', 'state'], deploymentHasState],
  [['laptop'], portsDiffer],
];

/** Violations between fields, of a configuration in which `invalid` fields must not be read. */
export function ruleViolations(config: EnvironmentConfig, invalid: ReadonlySet<string>): Violation[] {
  return RULES.flatMap(([fields, rule]) => (fields.some((field) => invalid.has(field)) ? [] : rule(config)));
}

function when(broken: boolean, path: string, wanted: string, value: unknown): Violation[] {
  return broken ? [{ path, wanted, got: describeSafely(value) }] : [];
}

function bucketNamesFit(config: EnvironmentConfig): Violation[] {
  const longest = [masterUploadsBucketName(config), hlsOutputsBucketName(config)].find(
    (name) => name.length > 63,
  );
  if (longest === undefined) return [];
  const wanted = 'a suffix that keeps bucket names within 63 characters';
  return [{ path: 'bucketSuffix', wanted, got: `a bucket name of ${longest.length} characters` }];
}

/** Whoever made the bucket second would be refused, or would put videos beside the state. */
function stateHasItsBucket(config: EnvironmentConfig): Violation[] {
  const { state } = config;
  if (state.kind !== 's3') return [];
  const others = [masterUploadsBucketName, hlsOutputsBucketName, accessLogsBucketName];
  return when(
    others.some((bucketName) => bucketName(config) === state.bucket),
    'state.bucket',
    'a bucket of its own: this one is for videos or logs',
    state.bucket,
  );
}

/** AWS tag keys differ by case only at the peril of IAM, which refuses such a pair. */
function tagsAreOurs(config: EnvironmentConfig): Violation[] {
  const taken = Object.keys(standardTags(config));
  return Object.keys(config.tags)
    .filter((key) => taken.includes(key.toLowerCase()))
    .map((key) => ({
      path: `tags.${key}`,
      wanted: 'no such tag: it is set from the environment',
      got: describeSafely(key),
    }));
}

function costsHaveCentre({ tags }: EnvironmentConfig): Violation[] {
  const wanted = 'a cost centre: what carries none is on nobody’s bill';
  return when(!tags['cost-centre'], 'tags.cost-centre', wanted, tags['cost-centre']);
}

function stateIsSafe({ state, laptop }: EnvironmentConfig): Violation[] {
  const lost = state.kind === 'local' && laptop === null;
  return when(
    lost,
    'state.kind',
    '"s3" for an environment in an account: a local state is one disk away from lost',
    state.kind,
  );
}

function lockTableMatchesLock({ state }: EnvironmentConfig): Violation[] {
  if (state.kind !== 's3') return [];
  const needed = state.lock !== 'lockfile';
  return when(
    needed !== (state.lockTable !== null),
    'state.lockTable',
    needed ? `a DynamoDB table name for lock "${state.lock}"` : 'null for lock "lockfile"',
    state.lockTable,
  );
}

function expiryNeedsVersions({
  mastersVersioning,
  mastersNoncurrentExpiryDays,
}: EnvironmentConfig): Violation[] {
  const pointless = !mastersVersioning && mastersNoncurrentExpiryDays !== null;
  return when(
    pointless,
    'mastersNoncurrentExpiryDays',
    'null without mastersVersioning',
    mastersNoncurrentExpiryDays,
  );
}

/** Nobody can set cookies for *.cloudfront.net; a laptop counts as having a domain (localhost). */
function cookiesNeedDomain({ delivery, domainName, laptop }: EnvironmentConfig): Violation[] {
  const impossible = delivery === 'signed-cookies' && domainName === null && laptop === null;
  return when(
    impossible,
    'domainName',
    'a domain of one’s own for delivery "signed-cookies", or delivery "signed-urls"',
    domainName,
  );
}

function domainAndCertificate({
  domainName,
  acmCertificateArn,
  hostedZoneId,
}: EnvironmentConfig): Violation[] {
  return [
    ...when(
      domainName !== null && acmCertificateArn === null && hostedZoneId === null,
      'acmCertificateArn',
      'the ARN of a certificate in us-east-1 for domainName, or hostedZoneId to request one in',
      acmCertificateArn,
    ),
    ...when(
      domainName === null && acmCertificateArn !== null,
      'acmCertificateArn',
      'null without domainName',
      acmCertificateArn,
    ),
  ];
}

function zoneNeedsDomain({ domainName, hostedZoneId }: EnvironmentConfig): Violation[] {
  return when(
    domainName === null && hostedZoneId !== null,
    'hostedZoneId',
    'null without domainName',
    hostedZoneId,
  );
}

function playlistsExpireFirst({ playlistTtlSeconds, segmentTtlSeconds }: EnvironmentConfig): Violation[] {
  const wanted = `at most segmentTtlSeconds (${segmentTtlSeconds}): a playlist must not outlive its segments`;
  return when(playlistTtlSeconds > segmentTtlSeconds, 'playlistTtlSeconds', wanted, playlistTtlSeconds);
}

function playlistMaximumHoldsDefault(config: EnvironmentConfig): Violation[] {
  const { playlistTtlSeconds: least, playlistMaxTtlSeconds: most } = config;
  const wanted = `at least playlistTtlSeconds (${least}), or null for the same`;
  return when(most !== null && most < least, 'playlistMaxTtlSeconds', wanted, most);
}

function segmentMaximumHoldsDefault(config: EnvironmentConfig): Violation[] {
  const { segmentTtlSeconds: least, segmentMaxTtlSeconds: most } = config;
  const wanted = `at least segmentTtlSeconds (${least}), or null for the same`;
  return when(most !== null && most < least, 'segmentMaxTtlSeconds', wanted, most);
}

/** Without a maximum of its own a playlist stays no longer than its default, which is judged above. */
function playlistsExpireFirstAtMost(config: EnvironmentConfig): Violation[] {
  const { playlistMaxTtlSeconds: playlist, segmentTtlSeconds, segmentMaxTtlSeconds } = config;
  const segment = segmentMaxTtlSeconds ?? segmentTtlSeconds;
  const wanted = `at most what segments stay in the cache (${segment}): a playlist must not outlive its segments`;
  return when(playlist !== null && playlist > segment, 'playlistMaxTtlSeconds', wanted, playlist);
}

function ladderRises({ ladder }: EnvironmentConfig): Violation[] {
  return ladder.flatMap((rung, index) => {
    const below = ladder[index - 1];
    if (!below) return [];
    const { shortSidePixels, maxBitrateBps } = rung;
    const path = `ladder[${index}]`;
    return [
      ...when(
        shortSidePixels <= below.shortSidePixels,
        `${path}.shortSidePixels`,
        `more than the rung below (${below.shortSidePixels})`,
        shortSidePixels,
      ),
      ...when(
        maxBitrateBps <= below.maxBitrateBps,
        `${path}.maxBitrateBps`,
        `more than the rung below (${below.maxBitrateBps})`,
        maxBitrateBps,
      ),
    ];
  });
}

/** Copied from another environment, a secret's name would share one key between both. */
function secretBelongsHere({
  cloudfrontPrivateKeySecretName: name,
  projectName,
  environment,
}: EnvironmentConfig): Violation[] {
  const prefix = `${projectName}/${environment}/`;
  if (name.startsWith(prefix)) return [];
  const wanted = `a name that starts with "${prefix}"`;
  return [{ path: 'cloudfrontPrivateKeySecretName', wanted, got: describeName(name) }];
}

function careOfProd(): typeof RULES {
  return Object.entries(CARE_OF_PROD).map(([name, [careless, wanted]]) => {
    const field = name as keyof EnvironmentConfig;
    const rule: Rule = ({ environment, [field]: value }) =>
      when(environment === 'prod' && careless(value as never), field, wanted, value);
    return [['environment', field], rule];
  });
}

function hasLoopback(origins: readonly string[]): boolean {
  return origins.some((origin) => isLoopbackHost(new URL(origin).hostname));
}

function destroyIsOne({ forceDestroy, preventDestroy }: EnvironmentConfig): Violation[] {
  const wanted = 'false with forceDestroy: one says that videos may go, the other that they must not';
  return when(forceDestroy && preventDestroy, 'preventDestroy', wanted, preventDestroy);
}

function cmafHasAudioGroup({ packaging, audio }: EnvironmentConfig): Violation[] {
  const wanted = '"group" with packaging "cmaf", whose tracks are files of their own';
  return when(packaging === 'cmaf' && audio === 'muxed', 'audio', wanted, audio);
}

/** MediaConvert hops between the queues of one account and region. */
function hopLeadsElsewhere(config: EnvironmentConfig): Violation[] {
  if (config.jobHop === null) return [];
  const { queueArn } = config.jobHop;
  const [, , , region, account, queue] = queueArn.split(':');
  return [
    ...when(
      region !== config.awsRegion || !config.allowedAccountIds.includes(account ?? ''),
      'jobHop.queueArn',
      `a queue in ${config.awsRegion} of account ${config.allowedAccountIds[0]}`,
      queueArn,
    ),
    ...when(
      queue === `queues/${resourcePrefix(config)}`,
      'jobHop.queueArn',
      'another queue than the one that jobs are in already',
      queueArn,
    ),
  ];
}

/** CloudFront takes certificates of its own account only. */
function certificateIsOurs({ allowedAccountIds, acmCertificateArn }: EnvironmentConfig): Violation[] {
  return ofAnotherAccount(allowedAccountIds, 'acmCertificateArn', acmCertificateArn);
}

/** A web ACL guards distributions of its own account only, Firewall Manager's too: it makes one in each. */
function webAclIsOurs({ allowedAccountIds, webAcl }: EnvironmentConfig): Violation[] {
  return ofAnotherAccount(allowedAccountIds, 'webAcl.arn', webAcl?.kind === 'given' ? webAcl.arn : null);
}

/** The secret's policy only denies: whoever is of another account would be spared by it, and still not be let in. */
function operatorsAreOurs({ allowedAccountIds, secretOperators }: EnvironmentConfig): Violation[] {
  return secretOperators.flatMap((arn, index) =>
    ofAnotherAccount(allowedAccountIds, `secretOperators[${index}]`, arn),
  );
}

/** IAM trusts OIDC providers of its own account only. */
function githubProviderIsOurs({ allowedAccountIds, deployment }: EnvironmentConfig): Violation[] {
  return ofAnotherAccount(allowedAccountIds, 'deployment.oidcProviderArn', deployment?.oidcProviderArn);
}

function clusterProviderIsOurs({ allowedAccountIds, backendPrincipal }: EnvironmentConfig): Violation[] {
  const arn = backendPrincipal?.kind === 'irsa' ? backendPrincipal.oidcProviderArn : null;
  return ofAnotherAccount(allowedAccountIds, 'backendPrincipal.oidcProviderArn', arn);
}

function ofAnotherAccount(
  [accountId = '']: readonly string[],
  path: string,
  arn: string | null | undefined,
): Violation[] {
  if (arn === null || arn === undefined || arn.split(':')[4] === accountId) return [];
  return [
    {
      path,
      wanted: `an ARN of account ${accountId}, where this environment is`,
      got: `one of account ${arn.split(':')[4]}`,
    },
  ];
}

/** An account's root is everybody in that account whom its own administrators let. */
function strangersHaveExternalId({ backendPrincipal: backend }: EnvironmentConfig): Violation[] {
  const anybody =
    backend?.kind === 'external' && backend.externalId === null && backend.principalArn.endsWith(':root');
  return when(anybody, 'backendPrincipal.externalId', 'an external id for a whole account', null);
}

/** The policy denies everybody whom it does not name, and it can only name a backend that it knows. */
function backendReadsItsKey({ backendPrincipal, secretOperators }: EnvironmentConfig): Violation[] {
  const lockedOut = secretOperators.length > 0 && backendPrincipal === null;
  return when(
    lockedOut,
    'backendPrincipal',
    'the backend, since secretOperators deny the signing key to everybody else',
    backendPrincipal,
  );
}

function budgetHasReader({ monthlyBudgetUsd, alarmEmail }: EnvironmentConfig): Violation[] {
  const unread = monthlyBudgetUsd !== null && alarmEmail === null;
  return when(unread, 'alarmEmail', 'an e-mail address for monthlyBudgetUsd', alarmEmail);
}

/** The roles that deploy are made where the state is, before there is anything to deploy. */
function deploymentHasState({ deployment, state }: EnvironmentConfig): Violation[] {
  const homeless = deployment !== null && state.kind !== 's3';
  return when(homeless, 'deployment', 'null without state in S3', deployment?.repository);
}

function portsDiffer({ laptop }: EnvironmentConfig): Violation[] {
  const fixed = Object.values(laptop ?? {}).filter((port) => port !== 0);
  return when(new Set(fixed).size < fixed.length, 'laptop', 'three different ports', fixed.join(', '));
}
