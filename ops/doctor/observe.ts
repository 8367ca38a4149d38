/** Reads what is, each part for itself: credentials that may not read one of them still get the others. */
import { listDistributions } from '../../aws/account/list-distributions.ts';
import { readObject } from '../../aws/account/object.ts';
import {
  readBucketPolicy,
  readKeyPolicy,
  readOriginAccessControl,
  readResponseHeadersPolicy,
} from '../../aws/account/policies.ts';
import { describeSecret, readVersions } from '../../aws/account/secret.ts';
import { notSeen, type Seen, seen } from '../../aws/account/seen.ts';
import { listKeyGroups, listPublicKeys } from '../../aws/account/trusted-keys.ts';
import type { CorsPolicy } from '../../aws/cloudfront/distribution.ts';
import { withFirstAlias } from '../../aws/cloudfront/first-alias.ts';
import { responseHeadersPolicyOf, signsRequests } from '../../aws/cloudfront/policies.ts';
import { accountIn } from '../../aws/values/arns.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { resourcePrefix } from '../../envs/names.ts';
import { accountOf } from '../../envs/stack-props.ts';
import type { Held, SecretVersion } from '../keys/observation.ts';
import { heldIn } from '../keys/secret-value.ts';
import { BrokenRecordError } from '../library/broken-record.ts';
import { readTitle } from '../library/read-title.ts';
import { recordStore } from '../library/record-store.ts';
import type { Title } from '../library/title.ts';
import type { DoctorAccount } from './account.ts';
import { ask } from './ask.ts';
import { environmentHosts } from './environment-hosts.ts';
import { readKnownKeys } from './known-keys.ts';
import type { Answer, EnvironmentObservation, Observation, Viewer } from './observation.ts';
import type { Subject, Target } from './subject.ts';
import type { SeenByAccount } from './viewer.ts';

export interface ObserveEnvironmentOptions {
  readonly config: EnvironmentConfig;
  readonly keysDirectories: ReadonlyMap<string, string>;
  /** Domain names of the repository's other environments, and whose each is. */
  readonly otherEnvironments: ReadonlyMap<string, string>;
  readonly account: DoctorAccount;
  /** False for somebody who would be refused: that alarms. */
  readonly readsSecret: boolean;
  /** Its cookies are worked out by the time at AWS, and its request by the environment's hosts. */
  readonly viewer: (seen: SeenByAccount) => Viewer;
  /** Null for CloudFront. */
  readonly edgeUrl: string | null;
  readonly now: () => Date;
}

/** What must be known before it can be said what a request is about. */
export async function observeEnvironment(
  options: ObserveEnvironmentOptions,
): Promise<EnvironmentObservation> {
  const { config, keysDirectories, otherEnvironments, account, readsSecret, edgeUrl } = options;
  const { environment } = config;
  const [distributions, publicKeys, keyGroups, secret, knownKeys] = await Promise.all([
    seen(() => listDistributions(account.cloudFront)),
    seen(() => listPublicKeys(account.cloudFront)),
    seen(() => listKeyGroups(account.cloudFront)),
    readsSecret
      ? seen(() => readSecret(account, config.cloudfrontPrivateKeySecretName))
      : notSeen<readonly SecretVersion[]>('not asked for (--no-secret)'),
    readKnownKeys({ environment, keysDirectories }),
  ]);
  const clockAheadSeconds = account.clockAheadSeconds();
  const now = new Date(options.now().getTime() - (clockAheadSeconds ?? 0) * 1000);
  const all = distributions.seen ? distributions.value : [];
  const found = all.find(({ comment }) => comment === `${resourcePrefix(config)}: private HLS`) ?? null;
  const ours = found && withFirstAlias(found, config.domainName);
  return {
    environment,
    pathPrefix: config.pathPrefix,
    now,
    clockAheadSeconds,
    viewer: options.viewer({ now, hosts: environmentHosts(config, ours, edgeUrl) }),
    accounts: { wanted: accountOf(config), got: all[0] ? accountIn(all[0].arn) : null },
    distribution: distributions.seen ? { seen: true, value: ours } : distributions,
    otherDistributions: all.filter((one) => one !== found),
    otherEnvironments,
    keyHost: config.playback && new URL(config.playback.keyUrl).hostname,
    publicKeys,
    keyGroups,
    knownKeys,
    secret,
  };
}

export interface ObserveSubjectOptions {
  readonly account: DoctorAccount;
  /** Null for CloudFront. */
  readonly edgeUrl: string | null;
  readonly mastersBucket: string;
  readonly signal: AbortSignal;
}

/** What the request would reach: its behaviour's policies, the object, and the answer to one request. */
export async function observeSubject(
  environment: EnvironmentObservation,
  { isOurs, behaviour, origin, target, url, claim }: Subject,
  { account, edgeUrl, mastersBucket, signal }: ObserveSubjectOptions,
): Promise<Observation> {
  const inBucket = <T>(read: (found: Target) => Promise<T>) =>
    target === null ? notSeen<T>('no bucket that this request would reach') : seen(() => read(target));
  const [cors, originAccess, bucketPolicy, object, title, answer] = await Promise.all([
    seen(() => readCors(account, behaviour?.responseHeadersPolicyId ?? null)),
    seen(() => readOriginAccess(account, origin?.accessControlId ?? null)),
    inBucket(({ bucket }) => readBucketPolicy(account.s3, bucket)),
    inBucket((found) => readObject(account.s3, found)),
    observeTitle(account, { bucket: mastersBucket, id: idIn(environment, target), signal }),
    isOurs
      ? ask({ url, cookies: claim.cookies, origin: environment.viewer.origin, edgeUrl, signal })
      : Promise.resolve<Answer>({
          kind: 'not-sent',
          why: 'not sent: this host could not be confirmed as a host of the environment',
        }),
  ]);
  const keyArn = object.seen && object.value !== 'missing' ? object.value.kmsKeyArn : null;
  const keyPolicy: Seen<string | null> =
    keyArn === null ? { seen: true, value: null } : await seen(() => readKeyPolicy(account.kms, keyArn));
  return { ...environment, cors, originAccess, bucketPolicy, object, title, keyPolicy, answer };
}

/** Of each version with a stage: which key it is. The private key is read for that and not kept. */
async function readSecret(
  { secrets }: Pick<DoctorAccount, 'secrets'>,
  secretId: string,
): Promise<readonly SecretVersion[]> {
  const described = await describeSecret(secrets, secretId);
  const onDenied = (error: Error) => {
    throw error;
  };
  return readVersions<Held>(secrets, described, { secretId, heldIn, onDenied });
}

/** Id of the title whose folder an object is in; null for an object that is in none. */
function idIn({ pathPrefix }: EnvironmentObservation, target: Target | null): string | null {
  const folder = `${pathPrefix}/`;
  if (target === null || !target.objectKey.startsWith(folder)) return null;
  const [id = '', ...rest] = target.objectKey.slice(folder.length).split('/');
  return id === '' || rest.length === 0 ? null : id;
}

async function observeTitle(
  { s3 }: Pick<DoctorAccount, 's3'>,
  {
    bucket,
    id,
    signal,
  }: { readonly bucket: string; readonly id: string | null; readonly signal: AbortSignal },
): Promise<Seen<Title | null>> {
  if (id === null) return { seen: true, value: null };
  try {
    return await seen(async () => (await readTitle(recordStore({ s3, bucket, signal }), id))?.record ?? null);
  } catch (error) {
    if (error instanceof BrokenRecordError) return notSeen('the record cannot be read');
    throw error;
  }
}

/** Null for a behaviour without a response headers policy, and for a policy without CORS. */
async function readCors(
  { cloudFront }: Pick<DoctorAccount, 'cloudFront'>,
  policyId: string | null,
): Promise<CorsPolicy | null> {
  const policy = policyId === null ? undefined : await readResponseHeadersPolicy(cloudFront, policyId);
  return policy === undefined ? null : responseHeadersPolicyOf(policy).cors;
}

/** Whether CloudFront signs what it asks of an origin with this access control. */
async function readOriginAccess(
  { cloudFront }: Pick<DoctorAccount, 'cloudFront'>,
  accessControlId: string | null,
): Promise<boolean> {
  return (
    accessControlId !== null && signsRequests(await readOriginAccessControl(cloudFront, accessControlId))
  );
}
