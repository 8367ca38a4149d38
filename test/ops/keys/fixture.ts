/** An environment as it is after its first apply: the local AWS API, a key in the secret, and the edge. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { readTrustedKeys } from '../../../envs/keys.ts';
import { local } from '../../../envs/local.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import { type Edge, startEdge } from '../../../local/edge/index.ts';
import { clientConfig } from '../../../local/session/client-config.ts';
import { applyLocally, type Outputs } from '../../../local/session/infrastructure.ts';
import { createLocalSigningKey, storeSigningKey } from '../../../local/session/signing-key.ts';
import { sharedPlugins } from '../../terraform/terraform.ts';

/** Signatures live for as long as a test can wait. */
export const ROTATED: EnvironmentConfig = { ...local, signerCacheSeconds: 1, longestSignatureSeconds: 30 };

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
  /** For a command as a process of its own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export async function startRotated(config: EnvironmentConfig = ROTATED): Promise<Rotated> {
  const directory = mkdtempSync(join(tmpdir(), 'storytime-keys-'));
  const keysDirectory = join(directory, 'keys');
  const outdir = join(directory, 'out');
  mkdirSync(outdir, { recursive: true });
  const cloud = await startLocalCloud({
    accountId: config.allowedAccountIds[0] ?? '',
    region: config.awsRegion,
    transcode: () => Promise.reject(new Error('no job is run here')),
  });
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
    environment: {
      ...cloud.environment,
      ...sharedPlugins(),
      CDKTF_OUTDIR: outdir,
      KEYS_DIRECTORY: keysDirectory,
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
