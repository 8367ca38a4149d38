/** An environment as it is after its first apply: the local AWS API, a key in the secret, and the edge. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { type BucketLocationConstraint, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Edge, startEdge } from '../../../edge/index.ts';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { readTrustedKeys } from '../../../envs/keys.ts';
import { local } from '../../../envs/local.ts';
import type { LocalCloud } from '../../../local/aws-api/index.ts';
import { clientConfig } from '../../../local/session/client-config.ts';
import { applyLocally, type Outputs } from '../../../local/session/infrastructure.ts';
import { createLocalSigningKey, storeSigningKey } from '../../../local/session/signing-key.ts';
import { startCloudWithProvider } from '../../support/provider.ts';
import { sharedPlugins } from '../../terraform/terraform.ts';

/** Signatures live for as long as a test can wait. */
export const ROTATED: EnvironmentConfig = { ...local, signerCacheSeconds: 1, longestSignatureSeconds: 30 };

/** The same with its state where a team has it, and where two people meet. */
export const ROTATED_IN_S3: EnvironmentConfig = {
  ...ROTATED,
  state: {
    kind: 's3',
    bucket: 'storytime-terraform-state-local',
    region: local.awsRegion,
    lock: 'lockfile',
    lockTable: null,
  },
};

export interface Rotated {
  readonly directory: string;
  readonly keysDirectory: string;
  readonly outdir: string;
  readonly cloud: LocalCloud;
  readonly edge: Edge;
  readonly outputs: Outputs;
  /** The first generation. */
  readonly generation: string;
  readonly secrets: SecretsManagerClient;
  readonly cloudFront: CloudFrontClient;
  readonly s3: S3Client;
  /** For a command as a process of its own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export async function startRotated(config: EnvironmentConfig = ROTATED): Promise<Rotated> {
  const directory = mkdtempSync(join(tmpdir(), 'storytime-keys-'));
  const keysDirectory = join(directory, 'keys');
  const outdir = join(directory, 'out');
  const temporary = join(directory, 'tmp');
  for (const folder of [outdir, temporary]) mkdirSync(folder, { recursive: true });
  const cloud = await startCloudWithProvider({
    accountId: config.allowedAccountIds[0] ?? '',
    region: config.awsRegion,
    transcode: () => Promise.reject(new Error('no job is run here')),
  });
  const s3 = new S3Client(clientConfig(cloud));
  if (config.state.kind === 's3') await makeBucket(s3, config.state);
  const key = await createLocalSigningKey(keysDirectory, new Date());
  const outputs = await applyLocally({
    config,
    keys: readTrustedKeys(keysDirectory),
    directory: outdir,
    environment: cloud.environment,
    signal: new AbortController().signal,
    onStep: () => {},
  });
  const secrets = new SecretsManagerClient(clientConfig(cloud));
  await storeSigningKey(secrets, outputs.cloudfront_private_key_secret_arn, {
    ...key,
    keyPairId: outputs.cloudfront_public_key_id,
  });
  const edge = await startEdge({
    distributionId: outputs.cloudfront_distribution_id,
    environment: cloud.environment,
  });
  return {
    directory,
    keysDirectory,
    outdir,
    cloud,
    edge,
    outputs,
    generation: key.generation,
    secrets,
    cloudFront: new CloudFrontClient(clientConfig(cloud)),
    s3,
    environment: {
      ...cloud.environment,
      ...sharedPlugins(),
      CDKTF_OUTDIR: outdir,
      KEYS_DIRECTORY: keysDirectory,
      ENVIRONMENT_CONFIG: JSON.stringify(config),
      TMPDIR: temporary,
      STORYTIME_EDGE_URL: edge.url,
      TF_CLI_ARGS: '-no-color',
    },
    close: async () => {
      await edge.close();
      await cloud.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeBucket(
  s3: S3Client,
  state: { readonly bucket: string; readonly region: string },
): Promise<void> {
  await s3.send(
    new CreateBucketCommand({
      Bucket: state.bucket,
      CreateBucketConfiguration: { LocationConstraint: state.region as BucketLocationConstraint },
    }),
  );
}
