/** The AWS clients that the key commands use, of the account that this process's environment names. */
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { EnvironmentConfig } from '../../envs/config.ts';

export interface KeysAccount {
  readonly cloudFront: CloudFrontClient;
  readonly secrets: SecretsManagerClient;
  readonly kms: KMSClient;
  /** In the region of the state bucket. */
  readonly state: S3Client;
  readonly close: () => void;
}

/** Throttling is waited out, for half a minute or so; `AWS_MAX_ATTEMPTS` says otherwise. */
const MOST_ATTEMPTS = 8;

export function connect({ awsRegion, state }: Pick<EnvironmentConfig, 'awsRegion' | 'state'>): KeysAccount {
  const inRegion = {
    region: awsRegion,
    ...(!process.env.AWS_MAX_ATTEMPTS && { maxAttempts: MOST_ATTEMPTS }),
  };
  const clients = {
    cloudFront: new CloudFrontClient({ ...inRegion, region: 'us-east-1' }),
    secrets: new SecretsManagerClient(inRegion),
    kms: new KMSClient(inRegion),
    state: new S3Client({ ...inRegion, region: state.kind === 's3' ? state.region : awsRegion }),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
