/** Each row of docs/runbooks/403.md, by its second column: how to bring it about for real on the clinic. */
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateKeyGroupCommand,
  CreatePublicKeyCommand,
  DeleteKeyGroupCommand,
  DeletePublicKeyCommand,
  type DistributionConfig,
  GetKeyGroupCommand,
  ListKeyGroupsCommand,
  UpdateKeyGroupCommand,
} from '@aws-sdk/client-cloudfront';
import { GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import {
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { readDistribution } from '../../../aws/account/read-distribution.ts';
import { createCache } from '../../../edge/cache.ts';
import { handleRequest } from '../../../edge/handle-request.ts';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { symptomOf, type ViewerAsks } from './ask-edge.ts';
import { ALIAS, type Clinic, CONFIG, newPair, PLAYLIST } from './clinic.ts';
import { asCookies, cannedUrl, policyFor, secondsFromNow, signPolicy } from './signatures.ts';

export interface Scenario {
  readonly asks: ViewerAsks;
  /** Beside address and cookies. */
  readonly args?: readonly string[];
  /** Pasted instead of the cookies. */
  readonly pasted?: string;
  readonly config?: EnvironmentConfig;
  /** What the viewer got; null where nobody answers. @default - what the edge says to `asks` */
  readonly symptom?: string | null;
}

/** Brings it about, has `use` look at it, and undoes it. */
export type Produce = (clinic: Clinic, use: (scenario: Scenario) => Promise<void>) => Promise<void>;

const HERE = `https://${ALIAS}${PLAYLIST}`;
const BOOK = `https://${ALIAS}/books/42/*`;

/** A request of the viewer alone; nothing in the account is changed. */
function request(make: (clinic: Clinic) => Scenario | Promise<Scenario>): Produce {
  return async (clinic, use) => use(await make(clinic));
}

function cookies(make: (clinic: Clinic) => string): Produce {
  return request((clinic) => ({ asks: { url: HERE, cookies: make(clinic) } }));
}

function goodCookies(clinic: Clinic): string {
  return asCookies(signPolicy(policyFor(BOOK), clinic.trusted));
}

function onDistribution(
  change: (config: DistributionConfig, clinic: Clinic) => DistributionConfig,
  scenario: (clinic: Clinic) => Scenario = (clinic) => ({
    asks: { url: HERE, cookies: goodCookies(clinic) },
  }),
): Produce {
  return (clinic, use) =>
    clinic.withDistribution(
      (config) => change(config, clinic),
      () => use(scenario(clinic)),
    );
}

const wellSigned = (clinic: Clinic): Scenario => ({ asks: { url: HERE, cookies: goodCookies(clinic) } });

export const SCENARIOS: Readonly<Record<string, Produce>> = {
  'the request has no signature: the viewer is not signed in, or the player sends no cookies': request(
    () => ({
      asks: { url: HERE },
    }),
  ),

  'the cookies were set for another Path': request(async ({ signer }) => {
    const { setCookie } = await signer.signCookies('/books/41/*', { expiresIn: 60 });
    return { asks: { url: HERE }, pasted: setCookie.map((one) => `Set-Cookie: ${one}`).join('\n') };
  }),

  'the cookies were set for another Domain': request(async ({ signer }) => {
    const { setCookie } = await signer.signCookies('/books/42/*', { expiresIn: 60 });
    return {
      asks: { url: HERE },
      pasted: setCookie.map((one) => `Set-Cookie: ${one}; Domain=example.com`).join('\n'),
    };
  }),

  'the cookies are incomplete: the key pair id is missing': cookies(({ trusted }) => {
    const { Policy, Signature } = signPolicy(policyFor(BOOK), trusted);
    return asCookies({ Policy, Signature });
  }),

  'the cookies are incomplete: the policy is missing': cookies(({ trusted }) => {
    const { Policy: _, ...rest } = signPolicy(policyFor(BOOK), trusted);
    return asCookies(rest);
  }),

  'the cookies are incomplete: the signature is missing': cookies(({ trusted }) => {
    const { Signature: _, ...rest } = signPolicy(policyFor(BOOK), trusted);
    return asCookies(rest);
  }),

  'the browser sent two sets of cookies, set with two Paths': cookies(
    (clinic) =>
      `${goodCookies(clinic)}; ${asCookies(signPolicy(policyFor(`https://${ALIAS}/books/*`), clinic.trusted))}`,
  ),

  'the browser also sent an old cookie of the other kind (canned or custom)': cookies(
    (clinic) => `${goodCookies(clinic)}; CloudFront-Expires=${secondsFromNow(-9)}`,
  ),

  'the cookies are right, but a signing parameter in the URL makes CloudFront ignore them': request(
    (clinic) => ({ asks: { url: `${HERE}?Expires=${secondsFromNow(60)}`, cookies: goodCookies(clinic) } }),
  ),

  'no key has this key pair id': cookies(() =>
    asCookies(signPolicy(policyFor(BOOK), { ...newPair(), keyPairId: 'K1NOBODY000000' })),
  ),

  'the key was retired or revoked': cookies(({ retired }) => asCookies(signPolicy(policyFor(BOOK), retired))),

  'the key belongs to another environment': cookies(({ ofDev }) =>
    asCookies(signPolicy(policyFor(BOOK), ofDev)),
  ),

  'the key is in git and in CloudFront, but not in the key group: an apply failed halfway': async (
    clinic,
    use,
  ) => {
    const pair = newPair();
    const file = join(clinic.keysDirectories.get('local') ?? '', '2026-11-c.pem');
    writeFileSync(file, pair.publicKey);
    const made = await createKey(clinic, 'storytime-local-2026-11-c-0123456789ab', pair.publicKey);
    try {
      const signed = signPolicy(policyFor(BOOK), { ...pair, keyPairId: made.id });
      await use({ asks: { url: HERE, cookies: asCookies(signed) } });
    } finally {
      await made.remove();
      await rm(file);
    }
  },

  'the behaviour trusts another key group': async (clinic, use) => {
    const { KeyGroup: group, ETag } = await clinic.cloudFront.send(
      new CreateKeyGroupCommand({
        KeyGroupConfig: { Name: 'somebody-else', Items: [clinic.ofDev.keyPairId] },
      }),
    );
    const id = group?.Id ?? '';
    await clinic.withDistribution(
      (config) => trustOnly(config, id),
      () => use(wellSigned(clinic)),
    );
    await clinic.cloudFront.send(new DeleteKeyGroupCommand({ Id: id, IfMatch: ETag }));
  },

  'the key pair id belongs to one trusted key, the signature to another': async (clinic, use) => {
    const pair = newPair();
    const made = await createKey(clinic, 'storytime-local-2026-11-d-0123456789ab', pair.publicKey);
    const restore = await addToGroup(clinic, made.id);
    try {
      const signed = signPolicy(policyFor(BOOK), { ...pair, keyPairId: clinic.trusted.keyPairId });
      await use({ asks: { url: HERE, cookies: asCookies(signed) } });
    } finally {
      await restore();
      await made.remove();
    }
  },

  'the secret has the id of one key, but the private key belongs to another key': async (clinic, use) => {
    const pair = newPair();
    await clinic.withSecret({ ...pair, keyPairId: clinic.trusted.keyPairId }, async () => {
      const signed = signPolicy(policyFor(BOOK), { ...pair, keyPairId: clinic.trusted.keyPairId });
      await use({ asks: { url: HERE, cookies: asCookies(signed) } });
    });
  },

  'signers have a key that CloudFront does not trust': async (clinic, use) => {
    const ahead = { ...newPair(), keyPairId: 'K0AHEAD0000000' };
    await clinic.withSecret(ahead, () =>
      use({ asks: { url: HERE, cookies: asCookies(signPolicy(policyFor(BOOK), ahead)) } }),
    );
  },

  'the policy was encoded twice, or cut': cookies(({ trusted }) => {
    const signed = signPolicy(policyFor(BOOK), trusted);
    return asCookies({ ...signed, Policy: Buffer.from(signed.Policy).toString('base64').slice(0, -3) });
  }),

  'the signature was encoded twice, or cut': cookies(({ trusted }) => {
    const signed = signPolicy(policyFor(BOOK), trusted);
    return asCookies({ ...signed, Signature: encodeURIComponent(`${signed.Signature}=`) });
  }),

  'the policy was changed after it was signed': cookies(({ trusted }) => {
    const signed = signPolicy(policyFor(BOOK), trusted);
    const { Policy } = signPolicy(policyFor(`https://${ALIAS}/*`), trusted);
    return asCookies({ ...signed, Policy });
  }),

  'signed with SHA256, but the request does not say so': cookies(({ trusted }) =>
    asCookies(signPolicy(policyFor(BOOK), trusted, 'SHA256')),
  ),

  'signed for the CloudFront domain, requested from the alias': cookies(({ trusted, outputs }) =>
    asCookies(signPolicy(policyFor(`https://${outputs.cloudfront_domain_name}/books/42/*`), trusted)),
  ),

  'a URL with a canned policy was signed for the alias, requested from the CloudFront domain': request(
    ({ trusted, outputs }) => ({
      asks: { url: cannedUrl(HERE, trusted).replace(ALIAS, outputs.cloudfront_domain_name) },
    }),
  ),

  'signed for http, requested by https': cookies(({ trusted }) =>
    asCookies(signPolicy(policyFor(BOOK.replace('https', 'http')), trusted)),
  ),

  'a URL with a canned policy has an additional query parameter': request(({ trusted }) => ({
    asks: { url: `${cannedUrl(HERE, trusted)}&utm_source=mail` },
  })),

  'a URL with a canned policy was requested in another spelling: `%20`, `%5B`': request(({ trusted }) => ({
    asks: { url: cannedUrl(`https://${ALIAS}/books/42/part[1].m3u8`, trusted).replace('[1]', '%5B1%5D') },
  })),

  'the cookies are for another title': cookies(({ trusted }) =>
    asCookies(signPolicy(policyFor(`https://${ALIAS}/books/41/*`), trusted)),
  ),

  'it has expired': cookies(({ trusted }) => {
    const DateLessThan = { 'AWS:EpochTime': secondsFromNow(-7200) };
    return asCookies(signPolicy(policyFor(BOOK, { DateLessThan }), trusted));
  }),

  'it is not valid yet, because the clock of the backend is ahead': cookies(({ trusted }) => {
    const DateGreaterThan = { 'AWS:EpochTime': secondsFromNow(200) };
    return asCookies(signPolicy(policyFor(BOOK, { DateGreaterThan }), trusted));
  }),

  'the policy names another IP address than the viewer’s': request(({ trusted }) => {
    const IpAddress = { 'AWS:SourceIp': '203.0.113.0/24' };
    return {
      asks: { url: HERE, cookies: asCookies(signPolicy(policyFor(BOOK, { IpAddress }), trusted)) },
      args: ['--ip', '127.0.0.1'],
    };
  }),

  'the host does not belong to this distribution': request((clinic) => ({
    asks: { url: HERE.replace(ALIAS, 'cdn.storytime.test'), cookies: goodCookies(clinic) },
  })),

  'the distribution was disabled': onDistribution((config) => ({ ...config, Enabled: false })),

  'the viewer’s country is not on the list': (clinic, use) =>
    clinic.withDistribution(
      (config) => ({
        ...config,
        Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', Quantity: 1, Items: ['DE'] } },
      }),
      async () =>
        use({ ...wellSigned(clinic), args: ['--country', 'us'], symptom: await symptomFrom('US', clinic) }),
    ),

  'the method is not allowed: OPTIONS, because the player sends an extra header': request((clinic) => ({
    asks: { url: HERE, cookies: goodCookies(clinic), method: 'OPTIONS' },
    args: ['--method', 'OPTIONS'],
  })),

  'requested by http where only https is allowed': (clinic, use) =>
    clinic.withDistribution(
      (config) => everyBehaviour(config, { ViewerProtocolPolicy: 'https-only' }),
      async () => {
        const asks = { url: HERE.replace('https', 'http'), cookies: goodCookies(clinic) };
        await use({ asks, symptom: await symptomOf(clinic.edge.httpUrl, asks) });
      },
    ),

  'the object does not exist': request((clinic) => ({
    asks: { url: HERE.replace('index', 'missing'), cookies: goodCookies(clinic) },
  })),

  'the title was withdrawn': async (clinic, use) => {
    const Bucket = clinic.outputs.master_uploads_bucket_name;
    const record = {
      ...{ schemaVersion: 1, id: 'gone', title: 'Gone', version: 1, state: 'withdrawn' },
      ...{ playlistPath: 'books/gone/index.m3u8', durationSeconds: null, renditions: [], captions: [] },
      ...{ posterPath: null, storyboardPath: null, createdAt: '2026-11-01T00:00:00.000Z' },
      withdrawal: {
        ...{ at: '2026-11-30T10:00:00.000Z', master: 'keep' },
        ...{ runId: 'r', completedAt: '2026-11-30T10:01:00.000Z' },
      },
    };
    const object = { Bucket, Key: 'titles/gone.json' };
    await clinic.s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(record) }));
    const folder = `https://${ALIAS}/books/gone`;
    const cookies = asCookies(signPolicy(policyFor(`${folder}/*`), clinic.trusted));
    try {
      await use({ asks: { url: `${folder}/index.m3u8`, cookies } });
    } finally {
      await clinic.s3.send(new DeleteObjectCommand(object));
    }
  },

  'the bucket’s policy names another distribution': async (clinic, use) => {
    const Bucket = clinic.outputs.hls_outputs_bucket_name;
    const { Policy = '' } = await clinic.s3.send(new GetBucketPolicyCommand({ Bucket }));
    const put = (policy: string) => clinic.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));
    await put(Policy.replaceAll(clinic.outputs.cloudfront_distribution_id, 'E2SOMEBODYELSE'));
    try {
      await use(wellSigned(clinic));
    } finally {
      await put(Policy);
    }
  },

  'the origin lost its access control': onDistribution((config) => ({
    ...config,
    Origins: {
      Quantity: config.Origins?.Quantity,
      Items: config.Origins?.Items?.map((origin) => ({ ...origin, OriginAccessControlId: '' })),
    },
  })),

  'the KMS key’s policy does not allow CloudFront': async (clinic, use) => {
    const head = await clinic.s3.send(
      new HeadObjectCommand({ Bucket: clinic.outputs.hls_outputs_bucket_name, Key: PLAYLIST.slice(1) }),
    );
    const key = { KeyId: head.SSEKMSKeyId, PolicyName: 'default' };
    const { Policy = '' } = await clinic.kms.send(new GetKeyPolicyCommand(key));
    const { Statement, ...rest } = JSON.parse(Policy) as { Statement: { Sid: string }[] };
    const without = Statement.filter(({ Sid }) => Sid !== 'AllowCloudFrontDecrypt');
    await clinic.kms.send(
      new PutKeyPolicyCommand({ ...key, Policy: JSON.stringify({ ...rest, Statement: without }) }),
    );
    try {
      await use(wellSigned(clinic));
    } finally {
      await clinic.kms.send(new PutKeyPolicyCommand({ ...key, Policy }));
    }
  },

  'the object was archived': async (clinic, use) => {
    const object = { Bucket: clinic.outputs.hls_outputs_bucket_name, Key: 'books/42/archived.m3u8' };
    await clinic.s3.send(new PutObjectCommand({ ...object, Body: '#EXTM3U\n', StorageClass: 'GLACIER' }));
    try {
      await use({ asks: { url: HERE.replace('index', 'archived'), cookies: goodCookies(clinic) } });
    } finally {
      await clinic.s3.send(new DeleteObjectCommand(object));
    }
  },

  'the request is allowed, but the page may not read the answer: its origin is not on the list': request(
    (clinic) => ({
      asks: {
        url: HERE,
        cookies: goodCookies(clinic),
        headers: { origin: 'https://elsewhere.example' },
      },
      args: ['--origin', 'https://elsewhere.example'],
    }),
  ),

  'the environment was never applied': request((clinic) => ({
    ...wellSigned(clinic),
    config: { ...CONFIG, environment: 'fresh', cloudfrontPrivateKeySecretName: 'storytime/fresh/key' },
    symptom: null,
  })),

  'the doctor’s credentials belong to another account': request((clinic) => ({
    ...wellSigned(clinic),
    config: {
      ...CONFIG,
      environment: 'elsewhere',
      cloudfrontPrivateKeySecretName: 'storytime/elsewhere/key',
      allowedAccountIds: ['444455556666'],
      acmCertificateArn: CONFIG.acmCertificateArn?.replace('123456789012', '444455556666') ?? null,
    },
    symptom: null,
  })),
};

/** The edge knows no viewer's country: it is told one, with the distribution as the AWS API has it. */
async function symptomFrom(country: string, clinic: Clinic): Promise<string> {
  const distribution = await readDistribution(clinic.cloudFront, clinic.outputs.cloudfront_distribution_id);
  const { response } = await handleRequest(
    {
      method: 'GET',
      protocol: 'https',
      host: ALIAS,
      path: PLAYLIST,
      query: '',
      headers: { cookie: goodCookies(clinic) },
      ip: '127.0.0.1',
      country,
    },
    {
      distribution,
      cache: createCache(),
      origin: { fetch: () => Promise.reject(new Error('not to be asked')), close: () => {} },
      now: new Date(),
      requestId: 'test',
      signal: new AbortController().signal,
    },
  );
  const isPage = response.headers['content-type'] === 'text/html';
  return `${response.status} ${isPage ? 'page' : response.headers['content-type']}`;
}

async function createKey({ cloudFront }: Clinic, Name: string, EncodedKey: string) {
  const { PublicKey: key, ETag } = await cloudFront.send(
    new CreatePublicKeyCommand({ PublicKeyConfig: { CallerReference: Name, Name, EncodedKey } }),
  );
  const id = key?.Id ?? '';
  return { id, remove: () => cloudFront.send(new DeletePublicKeyCommand({ Id: id, IfMatch: ETag })) };
}

/** @returns what takes it out again */
async function addToGroup({ cloudFront, edge }: Clinic, keyPairId: string): Promise<() => Promise<void>> {
  const { KeyGroupList: list } = await cloudFront.send(new ListKeyGroupsCommand({}));
  const group = list?.Items?.find(
    ({ KeyGroup: one }) => one?.KeyGroupConfig?.Name === 'storytime-local-viewers',
  );
  const Id = group?.KeyGroup?.Id ?? '';
  const update = async (change: (items: string[]) => string[]) => {
    const { ETag, KeyGroup: found } = await cloudFront.send(new GetKeyGroupCommand({ Id }));
    const { Name = '', Items = [] } = found?.KeyGroupConfig ?? {};
    await cloudFront.send(
      new UpdateKeyGroupCommand({ Id, IfMatch: ETag, KeyGroupConfig: { Name, Items: change(Items) } }),
    );
    await edge.refresh();
  };
  await update((items) => [...items, keyPairId]);
  return () => update((items) => items.filter((one) => one !== keyPairId));
}

function trustOnly(config: DistributionConfig, keyGroupId: string): DistributionConfig {
  return everyBehaviour(config, { TrustedKeyGroups: { Enabled: true, Quantity: 1, Items: [keyGroupId] } });
}

function everyBehaviour(
  config: DistributionConfig,
  change: Partial<NonNullable<DistributionConfig['DefaultCacheBehavior']>>,
): DistributionConfig {
  const { CacheBehaviors, DefaultCacheBehavior } = config;
  if (DefaultCacheBehavior === undefined) throw new Error('the distribution has no default behaviour');
  return {
    ...config,
    CacheBehaviors: {
      Quantity: CacheBehaviors?.Quantity,
      Items: CacheBehaviors?.Items?.map((behaviour) => ({ ...behaviour, ...change })),
    },
    DefaultCacheBehavior: { ...DefaultCacheBehavior, ...change },
  };
}
