import { generateKeyPairSync } from 'node:crypto';
import {
  CreateDistributionCommand,
  CreateDistributionWithTagsCommand,
  CreateFunctionCommand,
  CreateKeyGroupCommand,
  CreateOriginAccessControlCommand,
  CreatePublicKeyCommand,
  DeleteCachePolicyCommand,
  DeleteDistributionCommand,
  DeleteKeyGroupCommand,
  DeleteOriginAccessControlCommand,
  DeletePublicKeyCommand,
  GetCachePolicyCommand,
  GetDistributionCommand,
  GetDistributionConfigCommand,
  GetKeyGroupCommand,
  GetPublicKeyConfigCommand,
  ListDistributionsCommand,
  ListKeyGroupsCommand,
  ListPublicKeysCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDistributionCommand,
  UpdateKeyGroupCommand,
  UpdatePublicKeyCommand,
} from '@aws-sdk/client-cloudfront';
import { describe, expect, it } from 'vitest';
import {
  createCachePolicy,
  createDistribution,
  createKeyGroup,
  createPublicKey,
  distributionConfig,
  freshName,
  pemOf,
  publicPem,
} from './cloudfront-fixtures.ts';
import { errorOf, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const UNKNOWN_ID = 'K0000000000000';

describe('a distribution', () => {
  it('answers the submitted configuration, Deployed, with the key pairs it trusts', async () => {
    const { cloudFront } = cloud();
    const key = await createPublicKey(cloudFront);
    const group = await createKeyGroup(cloudFront, [key.id]);
    const { id, config } = await createDistribution(
      cloudFront,
      distributionConfig({ keyGroupIds: [group.id] }),
    );

    const { Distribution } = await cloudFront.send(new GetDistributionCommand({ Id: id }));
    expect(Distribution?.Status).toBe('Deployed');
    expect(Distribution?.ARN).toBe(`arn:aws:cloudfront::123456789012:distribution/${id}`);
    expect(Distribution?.DomainName).toMatch(/^d[a-z0-9]{13}\.cloudfront\.net$/);
    expect(Distribution?.DistributionConfig).toMatchObject(config);
    expect(Distribution?.ActiveTrustedKeyGroups?.Items).toEqual([
      { KeyGroupId: group.id, KeyPairIds: { Quantity: 1, Items: [key.id] } },
    ]);
  });

  it('is not deleted while enabled, and is after it was disabled', async () => {
    const { cloudFront } = cloud();
    const { id, etag, config } = await createDistribution(cloudFront, distributionConfig());
    expect(await errorOf(cloudFront.send(new DeleteDistributionCommand({ Id: id, IfMatch: etag })))).toBe(
      '409 DistributionNotDisabled',
    );
    const { ETag } = await cloudFront.send(
      new UpdateDistributionCommand({
        Id: id,
        IfMatch: etag,
        DistributionConfig: { ...config, Enabled: false },
      }),
    );
    await cloudFront.send(new DeleteDistributionCommand({ Id: id, IfMatch: ETag }));
    expect(await errorOf(cloudFront.send(new GetDistributionCommand({ Id: id })))).toBe(
      '404 NoSuchDistribution',
    );
  });

  it('keeps its tags', async () => {
    const { cloudFront } = cloud();
    const tags = { Items: [{ Key: 'environment', Value: 'dev' }] };
    const { Distribution } = await cloudFront.send(
      new CreateDistributionWithTagsCommand({
        DistributionConfigWithTags: { DistributionConfig: distributionConfig(), Tags: tags },
      }),
    );
    const Resource = Distribution?.ARN;
    await cloudFront.send(
      new TagResourceCommand({ Resource, Tags: { Items: [{ Key: 'owner', Value: 'video' }] } }),
    );
    await cloudFront.send(new UntagResourceCommand({ Resource, TagKeys: { Items: ['environment'] } }));
    const { Tags } = await cloudFront.send(new ListTagsForResourceCommand({ Resource }));
    expect(Tags?.Items).toEqual([{ Key: 'owner', Value: 'video' }]);
  });

  it.each([
    ['400 TrustedKeyGroupDoesNotExist', 'an unknown key group', { keyGroupIds: [UNKNOWN_ID] }],
    ['404 NoSuchCachePolicy', 'an unknown cache policy', { cachePolicyId: UNKNOWN_ID }],
    [
      '404 NoSuchOriginAccessControl',
      'an unknown origin access control',
      { originAccessControlId: UNKNOWN_ID },
    ],
    [
      '400 InvalidViewerCertificate',
      'an alias without a certificate',
      { aliases: ['media.storytime.example'] },
    ],
  ])('is refused with %s for %s', async (expected, _, overrides) => {
    const command = new CreateDistributionCommand({ DistributionConfig: distributionConfig(overrides) });
    expect(await errorOf(cloud().cloudFront.send(command))).toBe(expected);
  });

  it('is refused for an unknown response headers policy, origin request policy and origin', async () => {
    const { cloudFront } = cloud();
    const config = distributionConfig();
    const withBehavior = (fault: object) =>
      errorOf(
        cloudFront.send(
          new CreateDistributionCommand({
            DistributionConfig: {
              ...config,
              DefaultCacheBehavior: {
                ...config.DefaultCacheBehavior,
                ...fault,
              } as typeof config.DefaultCacheBehavior,
            },
          }),
        ),
      );
    expect(await withBehavior({ ResponseHeadersPolicyId: UNKNOWN_ID })).toBe(
      '404 NoSuchResponseHeadersPolicy',
    );
    expect(await withBehavior({ OriginRequestPolicyId: UNKNOWN_ID })).toBe('404 NoSuchOriginRequestPolicy');
    expect(await withBehavior({ TargetOriginId: 'elsewhere' })).toBe('404 NoSuchOrigin');
    const trustedSigners = { TrustedSigners: { Enabled: true, Quantity: 1, Items: ['self'] } };
    expect(await withBehavior(trustedSigners)).toBe('501 NotImplemented');
  });

  it('is refused when Quantity and Items disagree', async () => {
    const config = distributionConfig();
    const DistributionConfig = { ...config, Origins: { ...config.Origins, Quantity: 2 } } as typeof config;
    const call = cloud().cloudFront.send(new CreateDistributionCommand({ DistributionConfig }));
    expect(await errorOf(call)).toBe('400 InconsistentQuantities');
  });
});

describe('what is in use', () => {
  it('is not deleted: public key, key group, cache policy, origin access control', async () => {
    const { cloudFront } = cloud();
    const key = await createPublicKey(cloudFront);
    const group = await createKeyGroup(cloudFront, [key.id]);
    const policy = await createCachePolicy(cloudFront);
    const control = await cloudFront.send(
      new CreateOriginAccessControlCommand({
        OriginAccessControlConfig: {
          Name: freshName('control'),
          OriginAccessControlOriginType: 's3',
          SigningBehavior: 'always',
          SigningProtocol: 'sigv4',
        },
      }),
    );
    const controlId = control.OriginAccessControl?.Id ?? '';
    await createDistribution(
      cloudFront,
      distributionConfig({
        keyGroupIds: [group.id],
        cachePolicyId: policy.id,
        originAccessControlId: controlId,
      }),
    );
    const deleted = (command: { Id: string; IfMatch: string | undefined }) => command;
    expect(
      await errorOf(cloudFront.send(new DeletePublicKeyCommand(deleted({ Id: key.id, IfMatch: key.etag })))),
    ).toBe('409 PublicKeyInUse');
    expect(
      await errorOf(
        cloudFront.send(new DeleteKeyGroupCommand(deleted({ Id: group.id, IfMatch: group.etag }))),
      ),
    ).toBe('409 ResourceInUse');
    expect(
      await errorOf(
        cloudFront.send(new DeleteCachePolicyCommand(deleted({ Id: policy.id, IfMatch: policy.etag }))),
      ),
    ).toBe('409 CachePolicyInUse');
    expect(
      await errorOf(
        cloudFront.send(
          new DeleteOriginAccessControlCommand(deleted({ Id: controlId, IfMatch: control.ETag })),
        ),
      ),
    ).toBe('409 OriginAccessControlInUse');
  });

  it('is deleted once nothing refers to it: a key dropped from its group', async () => {
    const { cloudFront } = cloud();
    const [retiring, active] = [await createPublicKey(cloudFront), await createPublicKey(cloudFront)];
    const group = await createKeyGroup(cloudFront, [active.id, retiring.id]);
    await cloudFront.send(
      new UpdateKeyGroupCommand({
        Id: group.id,
        IfMatch: group.etag,
        KeyGroupConfig: { ...group.config, Items: [active.id] },
      }),
    );
    await cloudFront.send(new DeletePublicKeyCommand({ Id: retiring.id, IfMatch: retiring.etag }));
    const { KeyGroup } = await cloudFront.send(new GetKeyGroupCommand({ Id: group.id }));
    expect(KeyGroup?.KeyGroupConfig?.Items).toEqual([active.id]);
  });
});

describe('If-Match', () => {
  it('refuses a stale version with 412 and a missing one with 400', async () => {
    const { cloudFront } = cloud();
    const { id, etag, config } = await createDistribution(cloudFront, distributionConfig());
    const { ETag } = await cloudFront.send(
      new UpdateDistributionCommand({
        Id: id,
        IfMatch: etag,
        DistributionConfig: { ...config, Comment: 'changed' },
      }),
    );
    expect(ETag).not.toBe(etag);
    const stale = new UpdateDistributionCommand({ Id: id, IfMatch: etag, DistributionConfig: config });
    expect(await errorOf(cloudFront.send(stale))).toBe('412 PreconditionFailed');
    expect(await errorOf(cloudFront.send(new DeleteDistributionCommand({ Id: id })))).toBe(
      '400 InvalidIfMatchVersion',
    );
    const current = await cloudFront.send(new GetDistributionConfigCommand({ Id: id }));
    expect(current.ETag).toBe(ETag);
    expect(current.DistributionConfig?.Comment).toBe('changed');
  });
});

describe('a public key', () => {
  it('keeps its material and name; only the comment changes', async () => {
    const { cloudFront } = cloud();
    const { id, etag, config } = await createPublicKey(cloudFront);
    const update = (change: object, IfMatch: string | undefined) =>
      cloudFront.send(
        new UpdatePublicKeyCommand({ Id: id, IfMatch, PublicKeyConfig: { ...config, ...change } }),
      );
    expect(await errorOf(update({ EncodedKey: publicPem() }, etag))).toBe(
      '400 CannotChangeImmutablePublicKeyFields',
    );
    expect(await errorOf(update({ Name: 'other' }, etag))).toBe('400 CannotChangeImmutablePublicKeyFields');
    await update({ Comment: 'retiring' }, etag);
    const { PublicKeyConfig } = await cloudFront.send(new GetPublicKeyConfigCommand({ Id: id }));
    expect(PublicKeyConfig).toEqual({ ...config, Comment: 'retiring' });
  });

  it('is taken as RSA 2048 too', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const name = freshName('key');
    const EncodedKey = pemOf(publicKey);
    const { PublicKey } = await cloud().cloudFront.send(
      new CreatePublicKeyCommand({ PublicKeyConfig: { CallerReference: name, Name: name, EncodedKey } }),
    );
    expect(PublicKey?.PublicKeyConfig?.EncodedKey).toBe(EncodedKey);
  });

  it.each([
    ['without a line break at its end', (pem: string) => pem.trim()],
    ['in one line', (pem: string) => pem.replace(/(?<!-)\n(?!-)/g, '')],
    ['with two line breaks at its end', (pem: string) => `${pem}\n`],
  ])('is kept in lines of 64 columns and one line break when it comes %s', async (_, spelt) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const name = freshName('key');
    const PublicKeyConfig = { CallerReference: name, Name: name, EncodedKey: spelt(pemOf(publicKey)) };
    const { cloudFront } = cloud();
    const { PublicKey, ETag } = await cloudFront.send(new CreatePublicKeyCommand({ PublicKeyConfig }));
    expect(PublicKey?.PublicKeyConfig?.EncodedKey).toBe(pemOf(publicKey));
    const change = { Id: PublicKey?.Id, IfMatch: ETag };
    const updated = await cloudFront.send(
      new UpdatePublicKeyCommand({ ...change, PublicKeyConfig: { ...PublicKeyConfig, Comment: 'retiring' } }),
    );
    expect(updated.PublicKey?.PublicKeyConfig?.EncodedKey).toBe(pemOf(publicKey));
  });

  it.each([
    ['RSA 1024', () => pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)],
    ['P-384', () => pemOf(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey)],
    ['no PEM', () => 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA'],
  ])('is refused as %s', async (_, pem) => {
    const name = freshName('key');
    const command = new CreatePublicKeyCommand({
      PublicKeyConfig: { CallerReference: name, Name: name, EncodedKey: pem() },
    });
    expect(await errorOf(cloud().cloudFront.send(command))).toBe('400 InvalidArgument');
  });

  it('is refused as a private key, without a word of it in the message', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const EncodedKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const name = freshName('key');
    const command = new CreatePublicKeyCommand({
      PublicKeyConfig: { CallerReference: name, Name: name, EncodedKey },
    });
    const message = await cloud()
      .cloudFront.send(command)
      .then(() => 'taken')
      .catch((error: Error) => error.message);
    expect(message).toBe('expected a PEM "PUBLIC KEY" of RSA 2048 or ECDSA P-256, got "PRIVATE KEY"');
  });
});

describe('a key group', () => {
  it('is refused with an unknown key, with six keys, and under a name that is taken', async () => {
    const { cloudFront } = cloud();
    const keys = await Promise.all(Array.from({ length: 6 }, () => createPublicKey(cloudFront)));
    const ids = keys.map(({ id }) => id);
    const create = (Name: string, Items: string[]) =>
      cloudFront.send(new CreateKeyGroupCommand({ KeyGroupConfig: { Name, Items } }));
    expect(await errorOf(create(freshName('group'), [UNKNOWN_ID]))).toBe('404 NoSuchPublicKey');
    expect(await errorOf(create(freshName('group'), ids))).toBe('400 TooManyPublicKeysInKeyGroup');
    const taken = freshName('group');
    await create(taken, ids.slice(0, 5));
    expect(await errorOf(create(taken, ids.slice(0, 1)))).toBe('409 KeyGroupAlreadyExists');
  });
});

describe('lists', () => {
  it('hold what was created, page by page', async () => {
    const { cloudFront } = cloud();
    const made = [
      await createPublicKey(cloudFront),
      await createPublicKey(cloudFront),
      await createPublicKey(cloudFront),
    ];
    const seen: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const { PublicKeyList } = await cloudFront.send(new ListPublicKeysCommand({ MaxItems: 2, Marker }));
      expect(PublicKeyList?.Quantity).toBeLessThanOrEqual(2);
      seen.push(...(PublicKeyList?.Items ?? []).map(({ Id }) => Id));
      Marker = PublicKeyList?.NextMarker;
    } while (Marker !== undefined);
    expect(seen).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('hold key groups and distributions with their settings', async () => {
    const { cloudFront } = cloud();
    const key = await createPublicKey(cloudFront);
    const group = await createKeyGroup(cloudFront, [key.id]);
    const distribution = await createDistribution(
      cloudFront,
      distributionConfig({ keyGroupIds: [group.id] }),
    );
    const { KeyGroupList } = await cloudFront.send(new ListKeyGroupsCommand({}));
    expect(
      KeyGroupList?.Items?.find(({ KeyGroup }) => KeyGroup?.Id === group.id)?.KeyGroup?.KeyGroupConfig,
    ).toEqual(group.config);
    const { DistributionList } = await cloudFront.send(new ListDistributionsCommand({}));
    const summary = DistributionList?.Items?.find(({ Id }) => Id === distribution.id);
    expect(summary?.DefaultCacheBehavior?.TrustedKeyGroups?.Items).toEqual([group.id]);
  });
});

describe('what is not done', () => {
  it('answers 501 with the name of the call, once', async () => {
    const { cloudFront, log } = cloud();
    const before = log.length;
    const command = new CreateFunctionCommand({
      Name: 'f',
      FunctionConfig: { Comment: '', Runtime: 'cloudfront-js-2.0' },
      FunctionCode: new Uint8Array([1]),
    });
    const error = await cloudFront.send(command).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501, attempts: 1 } });
    expect(String((error as Error).message)).toContain('CloudFront CreateFunction');
    expect(log.slice(before)).toHaveLength(1);
  });

  it('answers 501 for the settings of an AWS-managed policy', async () => {
    const command = new GetCachePolicyCommand({ Id: '658327ea-f89d-4fab-a63d-7e88639e58f6' });
    expect(await errorOf(cloud().cloudFront.send(command))).toBe('501 NotImplemented');
  });
});
