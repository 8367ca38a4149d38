/** The AWS clients that the doctor reads with, of the account that this process's environment names, and AWS's clock. */
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { EnvironmentConfig } from '../../envs/config.ts';

export interface DoctorAccount {
  readonly cloudFront: CloudFrontClient;
  readonly s3: S3Client;
  readonly secrets: SecretsManagerClient;
  readonly kms: KMSClient;
  /** This machine's clock minus AWS's, of the answer heard last; null before any. */
  readonly clockAheadSeconds: () => number | null;
  readonly close: () => void;
}

/** Less than the SDK's own three: who is asked why somebody cannot play does not wait for minutes. */
const MOST_ATTEMPTS = 2;

export function connect({ awsRegion }: Pick<EnvironmentConfig, 'awsRegion'>): DoctorAccount {
  const inRegion = {
    region: awsRegion,
    ...(!process.env.AWS_MAX_ATTEMPTS && { maxAttempts: MOST_ATTEMPTS }),
  };
  const cloudFront = new CloudFrontClient({ ...inRegion, region: 'us-east-1' });
  const clients = [
    new S3Client(inRegion),
    new SecretsManagerClient(inRegion),
    new KMSClient(inRegion),
  ] as const;
  const [s3, secrets, kms] = clients;
  let ahead: number | null = null;
  cloudFront.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = Date.now();
      const result = await next(args);
      const date = dateOf(result.response);
      // The header has whole seconds: halfway between asking and hearing, and half a second into that second.
      if (date !== null) ahead = Math.round(((sentAt + Date.now()) / 2 - date.getTime() - 500) / 1000);
      return result;
    },
    { step: 'deserialize', name: 'storytimeReadsTheClock' },
  );
  return {
    cloudFront,
    s3,
    secrets,
    kms,
    clockAheadSeconds: () => ahead,
    close: () => {
      for (const client of [cloudFront, ...clients]) client.destroy();
    },
  };
}

function dateOf(response: unknown): Date | null {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return null;
  const headers = response.headers as Readonly<Record<string, string>>;
  const at = Date.parse(headers.date ?? '');
  return Number.isNaN(at) ? null : new Date(at);
}
