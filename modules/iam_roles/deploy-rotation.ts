/** What a scheduled rotation of the signing key may do: read and write the private key, and read CloudFront without changing it. */
import type { PolicyStatement } from '../policy-document.ts';
import { contentDenials } from './deploy-content.ts';
import { arnsOf, type DeployScope, secretArn, tagged } from './deploy-scope.ts';

/** GitHub's environment for the job that rotates. It is not the one that applies, so that neither job can assume the other's role. */
export function rotationEnvironment(environment: string): string {
  return `${environment}-keys`;
}

/**
 * The calls of `npm run keys -- rotate --no-apply`, and no other; a test compares them with what it sends. Not for
 * generations in KMS: their probe needs `kms:Sign`, which is allowed for one key by its ARN, and never for future keys.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
export function rotationStatements(scope: DeployScope, secretName: string): PolicyStatement[] {
  const arns = arnsOf(scope);
  const { StringEquals: tags } = tagged(scope);
  return [
    {
      Sid: 'SigningKey',
      Effect: 'Allow',
      Action: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      Resource: secretArn(scope, secretName),
    },
    {
      Sid: 'KeyOfTheSecret',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: scope.encryptionKeyArn ?? arns.keys,
      Condition: {
        StringEquals: {
          // A key that was made elsewhere is named by its ARN, because its owner decides its tags.
          ...(scope.encryptionKeyArn === undefined && tags),
          'kms:ViaService': `secretsmanager.${scope.region}.amazonaws.com`,
        },
      },
    },
    {
      Sid: 'WhatCloudFrontTrusts',
      Effect: 'Allow',
      Action: ['cloudfront:ListDistributions', 'cloudfront:ListKeyGroups', 'cloudfront:ListPublicKeys'],
      Resource: '*',
    },
    // Without the right to list, S3 answers 403 instead of 404 for a lock that does not exist.
    { Sid: 'FindLock', Effect: 'Allow', Action: 's3:ListBucket', Resource: scope.stateBucketArn },
    {
      Sid: 'LockRotation',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: arns.rotationLocks,
    },
    ...contentDenials('rotate', scope),
  ];
}
