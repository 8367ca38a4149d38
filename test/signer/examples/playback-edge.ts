/** What the examples sign for: a distribution in the local AWS API, its key in Secrets Manager, its edge. */

import {
  type CloudFrontClient,
  CreateCachePolicyCommand,
  CreateDistributionCommand,
  CreateKeyGroupCommand,
  CreateOriginAccessControlCommand,
  CreatePublicKeyCommand,
} from '@aws-sdk/client-cloudfront';
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll } from 'vitest';
import { type Edge, startEdge } from '../../../edge/index.ts';
import { type TestCloud, useLocalCloud } from '../../local/aws-api/start.ts';
import { makeRsa } from '../fixtures.ts';

export const BUCKET = 'storytime-hls-outputs-examples';
export const SECRET_NAME = 'storytime/test/cloudfront_private_key';

/** Two levels of playlist, as MediaConvert writes them, and a file to download. */
const OBJECTS: Readonly<Record<string, string>> = {
  'books/42/index.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=730000\nindex_432p.m3u8\n',
  'books/42/index_432p.m3u8': '#EXTM3U\n#EXTINF:6,\nindex_432p_00001.ts\n#EXT-X-ENDLIST\n',
  'books/42/index_432p_00001.ts': 'the first six seconds',
  'books/43/index.m3u8': '#EXTM3U\n',
  'videos/Lecture 1 – Überblick.mp4': 'the whole lecture',
};

export interface PlaybackEdge {
  readonly cloud: TestCloud;
  readonly edge: Edge;
  /** The distribution's own name, by which requests to the edge are judged. */
  readonly domain: string;
  readonly keyPairId: string;
  readonly privatePem: string;
}

/** Started before the file's tests, ended after them; call the result inside a test. */
export function usePlaybackEdge(): () => PlaybackEdge {
  const local = useLocalCloud();
  let started: PlaybackEdge | undefined;

  beforeAll(async () => {
    const cloud = local();
    const { publicPem, privatePem } = makeRsa();
    await cloud.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    for (const [Key, Body] of Object.entries(OBJECTS)) {
      await cloud.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
    }
    const keyPairId = await createPublicKey(cloud.cloudFront, publicPem);
    const { id, arn, domain } = await createDistribution(cloud.cloudFront, keyPairId);
    await allowReadBy(cloud.s3, arn);
    const secrets = new SecretsManagerClient(cloud.clientConfig());
    const SecretString = JSON.stringify({ keyPairId, privateKey: privatePem, generation: '2026-11-a' });
    await secrets.send(new CreateSecretCommand({ Name: SECRET_NAME, SecretString }));
    secrets.destroy();
    const edge = await startEdge({ distributionId: id, environment: cloud.cloud.environment });
    started = { cloud, edge, domain, keyPairId, privatePem };
  });
  afterAll(() => started?.edge.close());

  return () => {
    if (started === undefined) throw new Error('the edge has not started');
    return started;
  };
}

async function createPublicKey(cloudFront: CloudFrontClient, publicPem: string): Promise<string> {
  const PublicKeyConfig = { CallerReference: 'examples', Name: 'examples', EncodedKey: publicPem };
  const { PublicKey } = await cloudFront.send(new CreatePublicKeyCommand({ PublicKeyConfig }));
  return PublicKey?.Id ?? '';
}

async function createDistribution(cloudFront: CloudFrontClient, keyPairId: string) {
  const group = await cloudFront.send(
    new CreateKeyGroupCommand({ KeyGroupConfig: { Name: 'examples', Items: [keyPairId] } }),
  );
  const access = await cloudFront.send(
    new CreateOriginAccessControlCommand({
      OriginAccessControlConfig: {
        Name: 'examples',
        OriginAccessControlOriginType: 's3',
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
      },
    }),
  );
  const cache = await cloudFront.send(
    new CreateCachePolicyCommand({
      CachePolicyConfig: {
        Name: 'examples',
        MinTTL: 0,
        ParametersInCacheKeyAndForwardedToOrigin: {
          EnableAcceptEncodingGzip: false,
          CookiesConfig: { CookieBehavior: 'none' },
          HeadersConfig: { HeaderBehavior: 'none' },
          QueryStringsConfig: { QueryStringBehavior: 'none' },
        },
      },
    }),
  );
  const { Distribution } = await cloudFront.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: 'examples',
        Comment: 'examples',
        Enabled: true,
        Origins: {
          Quantity: 1,
          Items: [
            {
              Id: 'hls',
              DomainName: `${BUCKET}.s3.us-east-1.amazonaws.com`,
              OriginAccessControlId: access.OriginAccessControl?.Id ?? '',
              S3OriginConfig: { OriginAccessIdentity: '' },
            },
          ],
        },
        DefaultCacheBehavior: {
          TargetOriginId: 'hls',
          ViewerProtocolPolicy: 'redirect-to-https',
          CachePolicyId: cache.CachePolicy?.Id ?? '',
          TrustedKeyGroups: { Enabled: true, Quantity: 1, Items: [group.KeyGroup?.Id ?? ''] },
        },
        ViewerCertificate: { CloudFrontDefaultCertificate: true },
      },
    }),
  );
  return {
    id: Distribution?.Id ?? '',
    arn: Distribution?.ARN ?? '',
    domain: Distribution?.DomainName ?? '',
  };
}

async function allowReadBy(s3: S3Client, distributionArn: string): Promise<void> {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${BUCKET}/*`,
        Condition: { StringEquals: { 'AWS:SourceArn': distributionArn } },
      },
    ],
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
}
