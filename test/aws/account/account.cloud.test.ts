/** One account, read from the local AWS API: what keys, doctor and edge see of it is the same. */
import { GetDistributionCommand, UpdateKeyGroupCommand } from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { measureClock } from '../../../aws/account/clock.ts';
import { listDistributions } from '../../../aws/account/list-distributions.ts';
import { readObject } from '../../../aws/account/object.ts';
import { readBucketPolicy } from '../../../aws/account/policies.ts';
import { readDistribution } from '../../../aws/account/read-distribution.ts';
import { describeSecret, readVersions } from '../../../aws/account/secret.ts';
import { seen } from '../../../aws/account/seen.ts';
import { listKeyGroups, listPublicKeys, readGroupKeys } from '../../../aws/account/trusted-keys.ts';
import {
  createCachePolicy,
  createDistribution,
  createKeyGroup,
  createPublicKey,
  distributionConfig,
  freshName,
} from '../../local/aws-api/cloudfront-fixtures.ts';
import { errorOf, useLocalCloud } from '../../local/aws-api/start.ts';

const cloud = useLocalCloud();

describe('a distribution', () => {
  it('is the same in the list and by its id, and trusts the keys of its group', async () => {
    const { cloudFront } = cloud();
    const keys = [await createPublicKey(cloudFront), await createPublicKey(cloudFront)];
    const group = await createKeyGroup(
      cloudFront,
      keys.map(({ id }) => id),
    );
    const { id: cachePolicyId } = await createCachePolicy(cloudFront);
    const { id } = await createDistribution(
      cloudFront,
      distributionConfig({ keyGroupIds: [group.id], cachePolicyId }),
    );
    const listed = (await listDistributions(cloudFront)).find((one) => one.id === id);
    const { behaviours, ...whole } = await readDistribution(cloudFront, id);
    expect(listed).toMatchObject({
      arn: whole.arn,
      enabled: whole.enabled,
      domainName: whole.domainName,
      aliases: whole.aliases,
      geoRestriction: whole.geoRestriction,
      isDeployed: true,
    });
    expect(listed?.behaviours).toMatchObject(
      behaviours.map(({ pathPattern, viewerProtocolPolicy, allowedMethods }) => ({
        pathPattern,
        viewerProtocolPolicy,
        allowedMethods,
        keyGroupIds: [group.id],
      })),
    );
    expect(listed?.origins.map(({ bucket, path }) => ({ bucket, path }))).toEqual([
      { bucket: behaviours[0]?.origin.bucket, path: behaviours[0]?.origin.path },
    ]);
    expect(behaviours.map(({ trustedKeys }) => trustedKeys)).toEqual([
      new Map(keys.map(({ id: keyPairId, config }) => [keyPairId, config.EncodedKey])),
    ]);
  });

  it('asks for no signature where no key group is trusted', async () => {
    const { cloudFront } = cloud();
    const { id } = await createDistribution(cloudFront, distributionConfig());
    const listed = (await listDistributions(cloudFront)).find((one) => one.id === id);
    expect(listed?.behaviours.map(({ keyGroupIds }) => keyGroupIds)).toEqual([null]);
  });
});

describe('keys and groups', () => {
  it('are the same in the lists and by the id of the group', async () => {
    const { cloudFront } = cloud();
    const key = await createPublicKey(cloudFront);
    const group = await createKeyGroup(cloudFront, [key.id]);
    const publicKeys = await listPublicKeys(cloudFront);
    const listed = publicKeys.find(({ id }) => id === key.id);
    expect(listed).toMatchObject({ name: key.config.Name, pem: key.config.EncodedKey });
    expect(listed?.createdAt).toBeInstanceOf(Date);
    const found = (await listKeyGroups(cloudFront)).find(({ id }) => id === group.id);
    expect(found).toMatchObject({ name: group.config.Name, keyPairIds: [key.id] });
    expect(await readGroupKeys(cloudFront, group.id)).toEqual(new Map([[key.id, listed?.pem]]));
  });

  it('are read as they are after a change', async () => {
    const { cloudFront } = cloud();
    const [before, after] = [await createPublicKey(cloudFront), await createPublicKey(cloudFront)];
    const { id, etag, config } = await createKeyGroup(cloudFront, [before.id]);
    await cloudFront.send(
      new UpdateKeyGroupCommand({ Id: id, IfMatch: etag, KeyGroupConfig: { ...config, Items: [after.id] } }),
    );
    expect((await listKeyGroups(cloudFront)).find((one) => one.id === id)?.keyPairIds).toEqual([after.id]);
  });
});

describe('a secret', () => {
  const secrets = () => new SecretsManagerClient(cloud().clientConfig());
  const taken = { heldIn: (text: string) => `has ${text.length}`, onDenied: ({ name }: Error) => name };

  it('has one version per stage, and its value goes through the caller’s function alone', async () => {
    const secretId = freshName('secret');
    await secrets().send(new CreateSecretCommand({ Name: secretId, SecretString: 'one' }));
    await secrets().send(new PutSecretValueCommand({ SecretId: secretId, SecretString: 'three' }));
    const binary = Buffer.from('in bytes');
    await secrets().send(
      new PutSecretValueCommand({
        SecretId: secretId,
        SecretBinary: binary,
        VersionStages: ['AWSPENDING'],
      }),
    );
    const described = await describeSecret(secrets(), secretId);
    const versions = await readVersions(secrets(), described, { secretId, ...taken });
    expect(Object.fromEntries(versions.map(({ stages, holds }) => [stages.join(), holds]))).toEqual({
      AWSCURRENT: 'has 5',
      AWSPREVIOUS: 'has 3',
      AWSPENDING: 'has 8',
    });
    expect(JSON.stringify(versions)).not.toMatch(/one|three|in bytes/);
  });

  it('says which values its policy keeps from these credentials', async () => {
    const secretId = freshName('secret');
    await secrets().send(new CreateSecretCommand({ Name: secretId, SecretString: 'one' }));
    const deny = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' };
    const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] });
    await secrets().send(new PutResourcePolicyCommand({ SecretId: secretId, ResourcePolicy }));
    const described = await describeSecret(secrets(), secretId);
    const read = { secretId, ...taken };
    const versions = await readVersions(secrets(), described, read);
    expect(versions.map(({ stages, holds }) => [stages.join(), holds])).toEqual([
      ['AWSCURRENT', 'AccessDeniedException'],
    ]);
    const refusing = {
      ...read,
      onDenied: (error: Error) => {
        throw error;
      },
    };
    expect(await errorOf(readVersions(secrets(), described, refusing))).toBe('400 AccessDeniedException');
  });

  it('is told from one that is to be deleted, and from none', async () => {
    const secretId = freshName('secret');
    await secrets().send(new CreateSecretCommand({ Name: secretId, SecretString: 'one' }));
    expect((await describeSecret(secrets(), secretId)).isDeleted).toBe(false);
    await secrets().send(new DeleteSecretCommand({ SecretId: secretId, RecoveryWindowInDays: 7 }));
    expect((await describeSecret(secrets(), secretId)).isDeleted).toBe(true);
    expect(await errorOf(describeSecret(secrets(), 'no-such-secret'))).toMatch(/ResourceNotFoundException$/);
  });
});

describe('a bucket', () => {
  it('has no policy until it gets one, and says which object is missing', async () => {
    const { s3 } = cloud();
    const Bucket = freshName('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b.ts', Body: 'body', ContentType: 'video/mp2t' }));
    expect(await readBucketPolicy(s3, Bucket)).toBeNull();
    expect(await readObject(s3, { bucket: Bucket, objectKey: 'a/b.ts' })).toEqual({
      bytes: 4,
      contentType: 'video/mp2t',
      storageClass: 'STANDARD',
      kmsKeyArn: null,
    });
    expect(await readObject(s3, { bucket: Bucket, objectKey: 'a/c.ts' })).toBe('missing');
  });
});

describe('what could not be read', () => {
  it('has the name of AWS’s error, and never its message', async () => {
    const { cloudFront } = cloud();
    const found = await seen(() => cloudFront.send(new GetDistributionCommand({ Id: 'ENOSUCH' })));
    expect(found).toEqual({ seen: false, why: 'NoSuchDistribution' });
  });

  it('is our own mistake when AWS was not asked', async () => {
    await expect(seen(() => Promise.reject(new TypeError('ours')))).rejects.toThrow('ours');
  });
});

describe('the clock', () => {
  it('is not known before AWS has answered, and is that of this machine here', async () => {
    const { cloudFront } = cloud();
    const aheadSeconds = measureClock(cloudFront);
    expect(aheadSeconds()).toBeNull();
    await listKeyGroups(cloudFront);
    expect(Math.abs(aheadSeconds() ?? Number.NaN)).toBeLessThanOrEqual(1);
  });
});
