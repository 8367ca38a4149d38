/** Reads what is, each part for itself: whoever may not read one of them still hears of the others. */
import { accountIn } from '../../aws/values/arns.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { resourcePrefix } from '../../envs/names.ts';
import { accountOf } from '../../envs/stack-props.ts';
import type { DoctorAccount } from './account.ts';
import { ask } from './ask.ts';
import { isServed } from './at-request.ts';
import { subjectOf } from './diagnose.ts';
import { readKnownKeys } from './known-keys.ts';
import type { Answer, Observation, SecretVersion, Seen, Viewer } from './observation.ts';
import {
  readCors,
  readDistributions,
  readKeyGroups,
  readOriginAccess,
  readPublicKeys,
} from './observe-delivery.ts';
import { readBucketPolicy, readKeyPolicy, readObject, readSecret } from './observe-storage.ts';

export interface ObserveOptions {
  readonly config: EnvironmentConfig;
  readonly keysDirectories: ReadonlyMap<string, string>;
  /** Domain names of the repository's other environments, and whose each is. */
  readonly otherEnvironments: ReadonlyMap<string, string>;
  readonly account: DoctorAccount;
  /** False for somebody who would be refused: that alarms. */
  readonly readsSecret: boolean;
  /** Its cookies are worked out by the time at AWS. */
  readonly viewer: (now: Date) => Viewer;
  /** Null for CloudFront. */
  readonly edgeUrl: string | null;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

export async function observe(options: ObserveOptions): Promise<Observation> {
  const { config, keysDirectories, otherEnvironments, account, readsSecret, edgeUrl, signal } = options;
  const { environment } = config;
  const prefix = resourcePrefix(config);
  const [distributions, publicKeys, keyGroups, secret, knownKeys] = await Promise.all([
    seen(() => readDistributions(account)),
    seen(() => readPublicKeys(account)),
    seen(() => readKeyGroups(account)),
    readsSecret
      ? seen(() => readSecret(account, config.cloudfrontPrivateKeySecretName))
      : unseen<readonly SecretVersion[]>('not asked for (--no-secret)'),
    readKnownKeys({ environment, keysDirectories }),
  ]);
  const clockAheadSeconds = account.clockAheadSeconds();
  const now = new Date(options.now().getTime() - (clockAheadSeconds ?? 0) * 1000);
  const all = distributions.seen ? distributions.value : [];
  const ours = all.find(({ comment }) => comment === `${prefix}: private HLS`) ?? null;
  const beginning = {
    environment,
    now,
    clockAheadSeconds,
    viewer: options.viewer(now),
    accounts: { wanted: accountOf(config), got: all[0] ? accountIn(all[0].arn) : null },
    distribution: distributions.seen ? ({ seen: true, value: ours } as const) : distributions,
    otherDistributions: all.filter((one) => one !== ours),
    otherEnvironments,
    publicKeys,
    keyGroups,
    knownKeys,
    secret,
  };
  const subject = subjectOf(beginning, { edgeHttpPort: config.laptop?.edgeHttpPort ?? null });
  const { distribution, behaviour, target, url, claim } = subject;
  const origin = distribution?.origins.find(({ id }) => id === behaviour?.originId);
  const isOurs = distribution !== null && isServed(url.host, distribution);
  const inBucket = <T>(read: (found: NonNullable<typeof target>) => Promise<T>) =>
    target === null ? unseen<T>('no bucket that this request would reach') : seen(() => read(target));
  const [cors, originAccess, bucketPolicy, object, answer] = await Promise.all([
    seen(() => readCors(account, behaviour)),
    seen(() => readOriginAccess(account, origin)),
    inBucket(({ bucket }) => readBucketPolicy(account, bucket)),
    inBucket(({ bucket, objectKey }) => readObject(account, bucket, objectKey)),
    isOurs
      ? ask({ url, cookies: claim.cookies, origin: beginning.viewer.origin, edgeUrl, signal })
      : Promise.resolve<Answer>({
          kind: 'not-sent',
          why: 'not sent: the host is not known to be this environment’s',
        }),
  ]);
  const keyArn = object.seen && object.value !== 'missing' ? object.value.kmsKeyArn : null;
  const keyPolicy =
    keyArn === null
      ? ({ seen: true, value: null } as const)
      : await seen(() => readKeyPolicy(account, keyArn));
  return { ...beginning, cors, originAccess, bucketPolicy, object, keyPolicy, answer };
}

/** What the account refuses or fails to tell, in a line: an error's own message may name what was asked, never what it holds. */
async function seen<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { seen: true, value: await read() };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'CredentialsProviderError') return unseen('no AWS credentials');
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    const status =
      '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined;
    if (status === undefined && code === '') throw error;
    return unseen(
      status === 403 ? 'these credentials may not read it' : error.name === 'Error' ? code : error.name,
    );
  }
}

function unseen<T>(why: string): Seen<T> {
  return { seen: false, why };
}
