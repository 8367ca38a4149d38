/** A local cloud per test file, and SDK clients for it. */
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import type { AddedService } from '../../../local/aws-api/added-service.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import type { Transcode } from '../../../local/transcoder/contract.ts';

export const ACCOUNT_ID = '123456789012';
export const REGION = 'us-east-1';

export interface TestCloud {
  readonly cloud: LocalCloud;
  readonly log: readonly string[];
  readonly s3: S3Client;
  readonly cloudFront: CloudFrontClient;
  readonly mediaConvert: MediaConvertClient;
  /** What an SDK client takes; another access key id is another caller. */
  clientConfig(accessKeyId?: string): {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
}

const refuseToTranscode: Transcode = () => Promise.reject(new Error('this test runs no job'));

/**
 * Starts the cloud before the file's tests and ends it after them; call the result inside a test.
 *
 * @param options.services - beyond those of `npm start`
 * @param options.now - what ages are measured by
 * @param options.restoreSeconds - how long an archived object takes to be restored
 */
export function useLocalCloud({
  transcode = refuseToTranscode,
  services = [],
  now,
  restoreSeconds,
}: {
  readonly transcode?: Transcode;
  readonly services?: readonly AddedService[];
  readonly now?: () => Date;
  readonly restoreSeconds?: number;
} = {}): () => TestCloud {
  let started: TestCloud | undefined;
  beforeAll(async () => {
    const log: string[] = [];
    const cloud = await startLocalCloud({
      accountId: ACCOUNT_ID,
      region: REGION,
      transcode,
      services,
      ...(now !== undefined && { now }),
      ...(restoreSeconds !== undefined && { restoreSeconds }),
      log: (line) => log.push(line),
    });
    const clientConfig = (accessKeyId = cloud.environment.AWS_ACCESS_KEY_ID ?? '') => ({
      endpoint: cloud.endpoint,
      region: REGION,
      credentials: { accessKeyId, secretAccessKey: cloud.environment.AWS_SECRET_ACCESS_KEY ?? '' },
    });
    started = {
      cloud,
      log,
      clientConfig,
      s3: new S3Client(clientConfig()),
      cloudFront: new CloudFrontClient(clientConfig()),
      mediaConvert: new MediaConvertClient(clientConfig()),
    };
  });
  afterAll(() => started?.cloud.close());
  return () => {
    if (started === undefined) throw new Error('the local cloud has not started');
    return started;
  };
}

/** What AWS answered instead of a result: `<status> <code>`; fails the test when the call succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return `${$metadata?.httpStatusCode} ${name}`;
  }
  throw new Error('expected the call to be refused');
}
