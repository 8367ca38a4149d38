/** Rules between fields. Each judges only fields that are valid on their own, so that nothing is reported twice. */
import type { EnvironmentConfig } from './config.ts';
import { describeSafely, type Violation } from './config-error.ts';
import { hlsOutputsBucketName, masterUploadsBucketName, standardTags } from './names.ts';

type Rule = (config: EnvironmentConfig) => Violation[];

/** Rules by the fields they read; a rule is left out while one of its fields is invalid. */
const RULES: readonly (readonly [fields: readonly (keyof EnvironmentConfig)[], rule: Rule])[] = [
  [['projectName', 'environment', 'bucketSuffix'], bucketNamesFit],
  [['tags', 'projectName', 'environment'], tagsAreOurs],
  [['tags'], costsHaveCentre],
  [['state', 'laptop'], stateIsSafe],
  [['state'], lockTableMatchesLock],
  [['mastersVersioning', 'mastersNoncurrentExpiryDays'], expiryNeedsVersions],
  [['delivery', 'domainName', 'laptop'], cookiesNeedDomain],
  [['domainName', 'acmCertificateArn', 'hostedZoneId'], domainAndCertificate],
  [['domainName', 'hostedZoneId'], zoneNeedsDomain],
  [['playlistTtlSeconds', 'segmentTtlSeconds'], playlistsExpireFirst],
  [['ladder'], ladderRises],
  [['cloudfrontPrivateKeySecretName', 'projectName', 'environment'], secretBelongsHere],
  [
    ['environment', 'signingSecretValue', 'forceDestroy', 'preventDestroy', 'secretRecoveryDays'],
    prodIsCareful,
  ],
  [['forceDestroy', 'preventDestroy'], destroyIsOne],
  [['packaging', 'audio'], cmafHasAudioGroup],
  [['jobHop', 'awsRegion'], hopStaysInRegion],
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
  return when(
    !name.startsWith(prefix),
    'cloudfrontPrivateKeySecretName',
    `a name that starts with "${prefix}"`,
    name,
  );
}

function prodIsCareful(config: EnvironmentConfig): Violation[] {
  const { environment, signingSecretValue, forceDestroy, preventDestroy, secretRecoveryDays } = config;
  if (environment !== 'prod') return [];
  return [
    ...when(
      signingSecretValue !== 'keys',
      'signingSecretValue',
      '"keys" in prod: Terraform never holds its key',
      signingSecretValue,
    ),
    ...when(forceDestroy, 'forceDestroy', 'false in prod', forceDestroy),
    ...when(!preventDestroy, 'preventDestroy', 'true in prod', preventDestroy),
    ...when(
      secretRecoveryDays < 7,
      'secretRecoveryDays',
      '7 to 30 in prod: a key deleted by mistake must come back',
      secretRecoveryDays,
    ),
  ];
}

function destroyIsOne({ forceDestroy, preventDestroy }: EnvironmentConfig): Violation[] {
  const wanted = 'false with forceDestroy: one says that videos may go, the other that they must not';
  return when(forceDestroy && preventDestroy, 'preventDestroy', wanted, preventDestroy);
}

function cmafHasAudioGroup({ packaging, audio }: EnvironmentConfig): Violation[] {
  const wanted = '"group" with packaging "cmaf", whose tracks are files of their own';
  return when(packaging === 'cmaf' && audio === 'muxed', 'audio', wanted, audio);
}

function hopStaysInRegion({ jobHop, awsRegion }: EnvironmentConfig): Violation[] {
  const foreign = jobHop !== null && jobHop.queueArn.split(':')[3] !== awsRegion;
  return when(foreign, 'jobHop.queueArn', `a queue in ${awsRegion}`, jobHop?.queueArn);
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
