/** The AWS clients that read an account: the one that this process's environment names, or a role leads into. */
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type RoleSessionOptions, roleSession } from './role-session.ts';

export interface Account {
  readonly cloudFront: CloudFrontClient;
  readonly s3: S3Client;
  readonly secrets: SecretsManagerClient;
  readonly kms: KMSClient;
  readonly dynamoDb: DynamoDBClient;
  readonly mediaConvert: MediaConvertClient;
  readonly close: () => void;
}

export interface ConnectOptions {
  readonly region: string;
  /** @default - the same region */
  readonly s3Region?: string;
  /**
   * Role that leads into the account, and what its session is called.
   * @default - the credentials of this process's environment
   */
  readonly role?: Pick<RoleSessionOptions, 'roleArn' | 'sessionName'>;
  /** Attempts per call, unless `AWS_MAX_ATTEMPTS` says otherwise. */
  readonly maxAttempts: number;
}

export function connectAccount({ region, s3Region = region, role, maxAttempts }: ConnectOptions): Account {
  const attempts = process.env.AWS_MAX_ATTEMPTS ? {} : { maxAttempts };
  const session = role && roleSession({ ...role, ...attempts, region });
  const common = { ...attempts, ...(session && { credentials: session.credentials }) };
  const clients = {
    // CloudFront has one API for all regions, in this one.
    cloudFront: new CloudFrontClient({ ...common, region: 'us-east-1' }),
    s3: new S3Client({ ...common, region: s3Region }),
    secrets: new SecretsManagerClient({ ...common, region }),
    kms: new KMSClient({ ...common, region }),
    dynamoDb: new DynamoDBClient({ ...common, region }),
    mediaConvert: new MediaConvertClient({ ...common, region }),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
      session?.close();
    },
  };
}
