/**
 * An environment to diagnose: applied once by Terraform to a local cloud, with a title in its bucket, an alias, a KMS key
 * and the edge in front; what goes wrong is done to it through the AWS API, and undone.
 */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CloudFrontClient,
  CreatePublicKeyCommand,
  type DistributionConfig,
  GetDistributionConfigCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { KMSClient } from '@aws-sdk/client-kms';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSigner, type Signer, staticKey } from '@storytime/signer';
import { type Edge, startEdge } from '../../../edge/index.ts';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { readTrustedKeys } from '../../../envs/keys.ts';
import { local } from '../../../envs/local.ts';
import type { LocalCloud } from '../../../local/aws-api/index.ts';
import { clientConfig } from '../../../local/session/client-config.ts';
import { applyLocally, type Outputs } from '../../../local/session/infrastructure.ts';
import { startCloudWithProvider } from '../../support/provider.ts';

export const ALIAS = 'media.storytime.test';
/** Sorted before the other one, as no list of aliases has an order. */
export const OTHER_ALIAS = 'cdn-2.storytime.test';
export const PLAYLIST = '/books/42/index.m3u8';

/** The values of `local`, with what an environment in an account has in addition: an alias, and a KMS key at rest. */
export const CONFIG: EnvironmentConfig = {
  ...local,
  domainName: ALIAS,
  otherDomainNames: [OTHER_ALIAS],
  acmCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/6b2f6d2a-5a1f-4f0e-9a43-0a3a0f4f6d11',
  encryption: 'kms',
};

export interface SigningPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

export interface Clinic {
  readonly directory: string;
  readonly keysDirectories: ReadonlyMap<string, string>;
  readonly cloud: LocalCloud;
  readonly edge: Edge;
  readonly outputs: Outputs;
  readonly distributionArn: string;
  /** Signs with the key that the environment trusts. */
  readonly signer: Signer;
  /** The trusted pair's id and private key, for signatures that no signer would make. */
  readonly trusted: SigningPair & { readonly keyPairId: string };
  /** Committed for another environment, and in CloudFront under its name. */
  readonly ofDev: SigningPair & { readonly keyPairId: string };
  /** Was in git and in the secret before; CloudFront knows it no more. */
  readonly retired: SigningPair & { readonly keyPairId: string };
  readonly cloudFront: CloudFrontClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  /** Changes the distribution for as long as `during` runs. */
  readonly withDistribution: (
    change: (config: DistributionConfig) => DistributionConfig,
    during: () => Promise<void>,
  ) => Promise<void>;
  /** Makes another value the signers' current one for as long as `during` runs. */
  readonly withSecret: (
    value: SigningPair & { readonly keyPairId: string },
    during: () => Promise<void>,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
}

const GENERATION = '2026-11-b';

export async function openClinic(): Promise<Clinic> {
  const directory = mkdtempSync(join(tmpdir(), 'storytime-doctor-'));
  const keysDirectories = new Map(['local', 'dev'].map((name) => [name, join(directory, 'keys', name)]));
  const [trustedPair, devPair, retiredPair] = [newPair(), newPair(), newPair()];
  await commitKeys(directory, { trustedPair, devPair, retiredPair });
  const cloud = await startCloudWithProvider({
    accountId: CONFIG.allowedAccountIds[0] ?? '',
    region: CONFIG.awsRegion,
    transcode: () => Promise.reject(new Error('no job is run here')),
  });
  const outputs = await applyLocally({
    config: CONFIG,
    keys: readTrustedKeys(keysDirectories.get('local') ?? ''),
    directory: join(directory, 'out'),
    environment: cloud.environment,
    signal: new AbortController().signal,
    onStep: () => {},
  });
  const trusted = { ...trustedPair, keyPairId: outputs.cloudfront_public_key_id };
  const retired = { ...retiredPair, keyPairId: 'K0RETIRED00000' };
  const cloudFront = new CloudFrontClient(clientConfig(cloud));
  const { PublicKey: devKey } = await cloudFront.send(
    new CreatePublicKeyCommand({
      PublicKeyConfig: {
        CallerReference: 'dev',
        Name: 'storytime-dev-2026-11-a-0123456789ab',
        EncodedKey: devPair.publicKey,
      },
    }),
  );
  const secrets = new SecretsManagerClient(clientConfig(cloud));
  /** One after the other: the last one is AWSCURRENT, the one before AWSPREVIOUS. */
  const store = (...values: Parameters<typeof storeSecrets>[2]) => storeSecrets(secrets, outputs, values);
  const past = { ...retired, generation: '2026-10-a' };
  const current = { ...trusted, generation: GENERATION };
  await store(past, current);
  const s3 = new S3Client(clientConfig(cloud));
  await s3.send(
    new PutObjectCommand({
      Bucket: outputs.hls_outputs_bucket_name,
      Key: PLAYLIST.slice(1),
      Body: '#EXTM3U\n',
      ContentType: 'application/vnd.apple.mpegurl',
    }),
  );
  const distributionId = outputs.cloudfront_distribution_id;
  const edge = await startEdge({
    distributionId,
    environment: cloud.environment,
    cache: false,
    loopbackAlias: ALIAS,
  });
  const kms = new KMSClient(clientConfig(cloud));

  const putConfig = async (change: (config: DistributionConfig) => DistributionConfig) => {
    const { ETag, DistributionConfig: config } = await cloudFront.send(
      new GetDistributionConfigCommand({ Id: distributionId }),
    );
    if (config === undefined) throw new Error('the distribution has no configuration');
    await cloudFront.send(
      new UpdateDistributionCommand({
        Id: distributionId,
        IfMatch: ETag,
        DistributionConfig: change(config),
      }),
    );
    await edge.refresh();
    return config;
  };
  return {
    directory,
    keysDirectories,
    cloud,
    edge,
    outputs,
    distributionArn: `arn:aws:cloudfront::${CONFIG.allowedAccountIds[0]}:distribution/${distributionId}`,
    signer: createSigner({
      domain: [ALIAS, OTHER_ALIAS],
      key: staticKey({ keyPairId: trusted.keyPairId, privateKey: trusted.privateKey }),
    }),
    trusted,
    ofDev: { ...devPair, keyPairId: devKey?.Id ?? '' },
    retired,
    cloudFront,
    s3,
    kms,
    withDistribution: async (change, during) => {
      const before = await putConfig(change);
      try {
        await during();
      } finally {
        await putConfig(() => before);
      }
    },
    withSecret: async (value, during) => {
      await store({ ...value, generation: '2026-11-e' });
      try {
        await during();
      } finally {
        await store(past, current);
      }
    },
    close: async () => {
      await edge.close();
      for (const client of [cloudFront, s3, kms, secrets]) client.destroy();
      await cloud.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function newPair(): SigningPair {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** A repository of keys with a past: the generation of last month was retired. */
async function commitKeys(
  directory: string,
  pairs: { trustedPair: SigningPair; devPair: SigningPair; retiredPair: SigningPair },
): Promise<void> {
  const git = (...args: string[]) =>
    promisify(execFile)('git', [
      ...['-C', directory, '-c', 'user.name=test', '-c', 'user.email=test@localhost'],
      ...args,
    ]);
  const write = (path: string, text: string) => writeFileSync(join(directory, 'keys', path), text);
  for (const name of ['local', 'dev']) mkdirSync(join(directory, 'keys', name), { recursive: true });
  write('dev/2026-11-a.pem', pairs.devPair.publicKey);
  write('dev/active', '2026-11-a\n');
  write('local/2026-10-a.pem', pairs.retiredPair.publicKey);
  write(`local/${GENERATION}.pem`, pairs.trustedPair.publicKey);
  write('local/active', `${GENERATION}\n`);
  await git('init', '--quiet');
  await git('add', 'keys');
  await git('commit', '--quiet', '--message', 'keys');
  await git('rm', '--quiet', 'keys/local/2026-10-a.pem');
  await git('commit', '--quiet', '--message', 'retire 2026-10-a');
}

async function storeSecrets(
  secrets: SecretsManagerClient,
  outputs: Outputs,
  values: readonly (SigningPair & { keyPairId: string; generation: string })[],
): Promise<void> {
  for (const { keyPairId, privateKey, generation } of values) {
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: outputs.cloudfront_private_key_secret_arn,
        SecretString: JSON.stringify({ keyPairId, privateKey, generation }),
      }),
    );
  }
}
