/** Reads the bucket's side: its policy, the object and the key that it is under; and which key the signers have. */
import { GetKeyPolicyCommand } from '@aws-sdk/client-kms';
import { GetBucketPolicyCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { parseSecretValue } from '../keys/secret-value.ts';
import type { DoctorAccount } from './account.ts';
import type { SecretVersion, StoredObject } from './observation.ts';

/** Null when the bucket has no policy. */
export async function readBucketPolicy(
  { s3 }: Pick<DoctorAccount, 's3'>,
  bucket: string,
): Promise<string | null> {
  try {
    return (await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }))).Policy ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucketPolicy') return null;
    throw error;
  }
}

/**
 * 404 means missing only to somebody with `s3:ListBucket`; to others S3 says 403, which is passed on as what it is.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export async function readObject(
  { s3 }: Pick<DoctorAccount, 's3'>,
  bucket: string,
  objectKey: string,
): Promise<StoredObject | 'missing'> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: objectKey }));
    return {
      bytes: head.ContentLength ?? 0,
      contentType: head.ContentType ?? 'no content type',
      storageClass: head.StorageClass ?? 'STANDARD',
      kmsKeyArn: head.SSEKMSKeyId ?? null,
    };
  } catch (error) {
    if (error instanceof Error && ['NotFound', 'NoSuchKey'].includes(error.name)) return 'missing';
    throw error;
  }
}

export async function readKeyPolicy(
  { kms }: Pick<DoctorAccount, 'kms'>,
  keyArn: string,
): Promise<string | null> {
  return (await kms.send(new GetKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default' }))).Policy ?? null;
}

/** Of each version with a stage: which key it is. The private key is read for that and forgotten. */
export async function readSecret(
  { secrets }: Pick<DoctorAccount, 'secrets'>,
  secretId: string,
): Promise<SecretVersion[]> {
  const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: secretId }));
  const staged = Object.entries(VersionIdsToStages).filter(([, stages]) => stages.length > 0);
  return Promise.all(
    staged.map(async ([versionId, stages]): Promise<SecretVersion> => {
      const { SecretString = '' } = await secrets.send(
        new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
      );
      const value = parseSecretValue(SecretString);
      if (value.kind === 'malformed') {
        return { stages, generation: null, keyPairId: null, publicKeyPem: null };
      }
      const { generation, keyPairId } = value;
      return {
        stages,
        generation,
        keyPairId,
        publicKeyPem: value.kind === 'key' ? value.publicKeyPem : null,
      };
    }),
  );
}
