import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLOUDFRONT_SERVICE_ACCESS_KEY_ID } from '../../../aws/iam/service-principals.ts';
import { callJsonApi } from './json-api.ts';
import { assumeRole } from './query-api.ts';
import { ACCOUNT_ID, errorOf, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const SIGNER = `arn:aws:iam::${ACCOUNT_ID}:role/storytime-app`;
const DISTRIBUTION_ARN = `arn:aws:cloudfront::${ACCOUNT_ID}:distribution/E2EXAMPLE`;
const account = { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` };
const administer = { Effect: 'Allow', Principal: account, Action: 'kms:*', Resource: '*' };

let kms: KMSClient;
beforeAll(() => {
  kms = new KMSClient(cloud().clientConfig());
});
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
async function createKey(input: object = {}): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
  return KeyMetadata?.Arn ?? '';
}

describe('a signing key that only its signers may use', () => {
  const allowSigning = {
    Effect: 'Allow',
    Principal: account,
    Action: 'kms:Sign',
    Resource: '*',
    Condition: {
      ArnEquals: { 'aws:PrincipalArn': [SIGNER] },
      StringEquals: { 'kms:SigningAlgorithm': 'RSASSA_PKCS1_V1_5_SHA_256' },
    },
  };
  const administerOnly = { ...administer, Action: ['kms:PutKeyPolicy', 'kms:GetPublicKey'] };
  let KeyId: string;
  beforeAll(async () => {
    const Policy = policyOf(administerOnly, allowSigning);
    KeyId = await createKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Policy });
  });
  const sign = (client: KMSClient, SigningAlgorithm = 'RSASSA_PKCS1_V1_5_SHA_256' as const) =>
    client.send(new SignCommand({ KeyId, Message: Buffer.from('x'), MessageType: 'RAW', SigningAlgorithm }));

  it('signs for a session of the signer, by the one algorithm', async () => {
    const credentials = await assumeRole(cloud(), 'storytime-app');
    const signer = new KMSClient({ ...cloud().clientConfig(), credentials });
    expect((await sign(signer)).Signature).toHaveLength(256);
    expect(await errorOf(sign(signer, 'RSASSA_PSS_SHA_256' as never))).toBe('400 AccessDeniedException');
  });

  it('signs for nobody else, and shows its public key to a caller that may administer it', async () => {
    await expect(sign(kms)).rejects.toThrow(
      `User: arn:aws:iam::${ACCOUNT_ID}:root is not authorized to perform: kms:Sign on resource: ${KeyId} ` +
        'because no resource-based policy allows the kms:Sign action',
    );
    expect((await kms.send(new GetPublicKeyCommand({ KeyId }))).PublicKey).toBeDefined();
  });
});

describe('a key that wraps only under the context that its policy names', () => {
  const administerOnly = {
    ...administer,
    Action: ['kms:PutKeyPolicy', 'kms:DescribeKey', 'kms:ScheduleKeyDeletion'],
  };
  const wrap = {
    Effect: 'Allow',
    Principal: account,
    Action: ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
    Resource: '*',
    Condition: {
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['title', 'version'] },
      Null: { 'kms:EncryptionContext:title': 'false', 'kms:EncryptionContext:version': 'false' },
      StringNotEquals: { 'kms:EncryptionContext:title': 'withdrawn' },
    },
  };
  const context = { title: '42', version: '1' };
  let KeyId: string;
  beforeAll(async () => {
    KeyId = await createKey({ Policy: policyOf(administerOnly, wrap) });
  });
  const generate = (EncryptionContext?: Record<string, string>) =>
    kms.send(
      new GenerateDataKeyCommand({
        KeyId,
        NumberOfBytes: 16,
        ...(EncryptionContext !== undefined && { EncryptionContext }),
      }),
    );

  it('makes a key of 16 bytes, and gives it back under the same context alone', async () => {
    const { Plaintext, CiphertextBlob } = await generate(context);
    expect(Plaintext).toHaveLength(16);
    const unwrapped = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }));
    expect(unwrapped.Plaintext).toEqual(Plaintext);
    const moved = kms.send(
      new DecryptCommand({ CiphertextBlob, EncryptionContext: { ...context, title: '43' } }),
    );
    expect(await errorOf(moved)).toBe('400 InvalidCiphertextException');
  });

  it.each<[string, Record<string, string> | undefined]>([
    ['no context', undefined],
    ['an empty context', {}],
    ['one name alone', { title: '42' }],
    ['one more name', { ...context, tenant: 'a' }],
    ['a name in another case', { Title: '42', version: '1' }],
    ['the same name in two cases', { ...context, Title: '42' }],
    ['a value that the policy excludes', { ...context, title: 'withdrawn' }],
  ])('is refused with %s, to wrap and to unwrap', async (_what, other) => {
    const { CiphertextBlob } = await generate(context);
    expect(await errorOf(generate(other))).toBe('400 AccessDeniedException');
    const unwrap = new DecryptCommand({ CiphertextBlob, ...(other && { EncryptionContext: other }) });
    expect(await errorOf(kms.send(unwrap))).toBe('400 AccessDeniedException');
  });

  it('judges both sides when a wrapped key goes to another context', async () => {
    const { CiphertextBlob } = await generate(context);
    const reEncrypt = (from: Record<string, string>, to: Record<string, string>) =>
      kms.send(
        new ReEncryptCommand({
          CiphertextBlob,
          DestinationKeyId: KeyId,
          SourceEncryptionContext: from,
          DestinationEncryptionContext: to,
        }),
      );
    expect((await reEncrypt(context, { ...context, version: '2' })).CiphertextBlob).toBeDefined();
    expect(await errorOf(reEncrypt(context, { title: '42' }))).toBe('400 AccessDeniedException');
    expect(await errorOf(reEncrypt({ title: '42' }, context))).toBe('400 AccessDeniedException');
  });

  it('refuses a context that is not of texts', async () => {
    const EncryptionContext = { title: 42, version: ['1'] } as unknown as Record<string, string>;
    const asked = callJsonApi(cloud(), 'kms', 'GenerateDataKey', {
      KeyId,
      NumberOfBytes: 16,
      EncryptionContext,
    });
    expect((await asked).output.__type).toBe('SerializationException');
  });
});

describe("a key's policy", () => {
  it('lets the account do everything where none is given', async () => {
    const KeyId = await createKey();
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    expect((await kms.send(new DecryptCommand({ KeyId, CiphertextBlob }))).Plaintext).toBeDefined();
  });

  it.each([
    [
      '400 MalformedPolicyDocumentException',
      'it would lock the account out',
      { ...administer, Action: 'kms:Sign' },
    ],
    ['400 MalformedPolicyDocumentException', 'it names another service', { ...administer, Action: 's3:*' }],
    [
      '501 NotImplemented',
      'a condition is not evaluated',
      { ...administer, Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
    ],
  ])('is refused with %s when %s', async (expected, _, statement) => {
    const KeyId = await createKey();
    const put = kms.send(
      new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: policyOf(statement) }),
    );
    expect(await errorOf(put)).toBe(expected);
  });
});

describe('an object encrypted with a key', () => {
  const Bucket = 'storytime-encrypted-test';
  const Key = 'books/42/index.m3u8';
  const readBy = (Action: string, SourceArn: string, Service = 'cloudfront.amazonaws.com') => ({
    Effect: 'Allow',
    Principal: { Service },
    Action,
    Resource: Action.startsWith('s3') ? `arn:aws:s3:::${Bucket}/*` : '*',
    Condition: { StringEquals: { 'AWS:SourceArn': SourceArn } },
  });
  let keyArn: string;
  beforeAll(async () => {
    keyArn = await createKey();
    const { s3 } = cloud();
    await s3.send(new CreateBucketCommand({ Bucket }));
    const byKey = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn } as const;
    const Rules = [{ ApplyServerSideEncryptionByDefault: byKey, BucketKeyEnabled: true }];
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
    await s3.send(
      new PutBucketPolicyCommand({ Bucket, Policy: policyOf(readBy('s3:GetObject', DISTRIBUTION_ARN)) }),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: '#EXTM3U' }));
  });
  const putKeyPolicy = (...statements: object[]) =>
    kms.send(
      new PutKeyPolicyCommand({
        KeyId: keyArn,
        PolicyName: 'default',
        Policy: policyOf(administer, ...statements),
      }),
    );
  function readAsCloudFront() {
    const client = new S3Client(cloud().clientConfig(CLOUDFRONT_SERVICE_ACCESS_KEY_ID));
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['x-amz-source-arn'] = DISTRIBUTION_ARN;
        return next(args);
      },
      { step: 'build' },
    );
    return client.send(new GetObjectCommand({ Bucket, Key }));
  }

  it.each([
    ['lets nobody but the account use it', []],
    ['lets another distribution decrypt', [readBy('kms:Decrypt', `${DISTRIBUTION_ARN}X`)]],
    ['lets the distribution only encrypt', [readBy('kms:Encrypt', DISTRIBUTION_ARN)]],
  ])("is denied to CloudFront while the key's policy %s", async (_, statements) => {
    await putKeyPolicy(...statements);
    expect(await errorOf(readAsCloudFront())).toBe('403 AccessDenied');
  });

  it("is read by CloudFront once the key's policy lets the distribution decrypt, and by the account", async () => {
    await putKeyPolicy(readBy('kms:Decrypt', DISTRIBUTION_ARN));
    expect(await (await readAsCloudFront()).Body?.transformToString()).toBe('#EXTM3U');
    const { $metadata } = await cloud().s3.send(new GetObjectCommand({ Bucket, Key }));
    expect($metadata.httpStatusCode).toBe(200);
  });
});
