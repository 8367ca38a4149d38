import { ref, Token } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  AppPolicy,
  type AppPolicyProps,
  LibraryAdminPolicy,
  type LibraryAdminPolicyProps,
  TranscodeRole,
  type TranscodeRoleProps,
} from '../../modules/iam_roles/index.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

describe('TranscodeRole', () => {
  const role = (more: Partial<TranscodeRoleProps> = {}) =>
    synthesizedModule(
      (scope) =>
        new TranscodeRole(scope, 'mediaconvert', {
          name: 'r',
          mastersBucketArn: 'arn:masters',
          outputsBucketArn: 'arn:outputs',
          ...more,
        }),
    );
  const json = role();

  it('is assumed by MediaConvert and by nobody else', () => {
    expect(JSON.parse(String(only(json, 'aws_iam_role').assume_role_policy)).Statement).toEqual([
      {
        Sid: 'MediaConvert',
        Effect: 'Allow',
        Principal: { Service: 'mediaconvert.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ]);
  });

  it('reads masters, writes outputs, and cannot do the reverse', () => {
    expect(grantsOf(only(json, 'aws_iam_role_policy').policy)).toEqual({
      's3:GetObject': ['arn:masters/*'],
      's3:GetObjectVersion': ['arn:masters/*'],
      's3:ListBucket': ['arn:masters', 'arn:outputs'],
      's3:PutObject': ['arn:outputs/*'],
      's3:AbortMultipartUpload': ['arn:outputs/*'],
      's3:GetBucketLocation': ['arn:outputs'],
    });
  });

  it('carries the boundary that it is given, a policy and no pattern, and none else', () => {
    const permissionsBoundaryArn = 'arn:aws:iam::111122223333:policy/org/workloads';
    expect(only(role({ permissionsBoundaryArn }), 'aws_iam_role').permissions_boundary).toBe(
      permissionsBoundaryArn,
    );
    expect(only(json, 'aws_iam_role')).not.toHaveProperty('permissions_boundary');
    expect(() => role({ permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/*' })).toThrow(
      '"permissionsBoundaryArn": expected the ARN of a managed policy',
    );
  });

  it('has an address that is a contract', () => {
    expect(Object.keys(json.resource.aws_iam_role ?? {})).toEqual(['mediaconvert']);
    expect(Object.keys(json.resource.aws_iam_role_policy ?? {})).toEqual(['mediaconvert']);
  });

  describe('with everything on', () => {
    const all = role({
      encryptionKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
      logs: { region: 'eu-central-1', accountId: '111122223333' },
      sourceAccountId: '111122223333',
    });
    const statements = statementsOf(only(all, 'aws_iam_role_policy').policy);

    it('is assumed for queues of the account only', () => {
      expect(JSON.parse(String(only(all, 'aws_iam_role').assume_role_policy)).Statement).toMatchObject([
        {
          Principal: { Service: 'mediaconvert.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': '111122223333' },
            ArnLike: { 'aws:SourceArn': 'arn:aws:mediaconvert:*:111122223333:*' },
          },
        },
      ]);
    });

    it('uses the one key, and only as S3 asks for it', () => {
      expect(statements.find(({ Sid }) => Sid === 'UseBucketKey')).toMatchObject({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: 'arn:aws:kms:eu-central-1:111122223333:key/1',
        Condition: { StringEquals: { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' } },
      });
    });

    it('writes logs of MediaConvert, and of nothing else', () => {
      expect(statements.find(({ Sid }) => Sid === 'WriteLogs')).toMatchObject({
        Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: 'arn:aws:logs:eu-central-1:111122223333:log-group:/aws/mediaconvert/*',
      });
    });
  });

  it.each([
    ['sourceAccountId', { sourceAccountId: '*' }],
    ['logs.accountId', { logs: { region: 'eu-central-1', accountId: '*' } }],
  ])('refuses a %s that is no account id', (option, more) => {
    expect(() => role(more)).toThrow(TypeError);
    expect(() => role(more)).toThrow(`"${option}": expected an account id of 12 digits, got "*"`);
  });

  it('takes a key and an account that are known only at apply', () => {
    const policy = only(
      role({
        encryptionKeyArn: known('aws_kms_key.bucket.arn'),
        sourceAccountId: known('data.aws_caller_identity.me.account_id'),
      }),
      'aws_iam_role_policy',
    ).policy;

    expect(String(policy)).toContain(`s3.\${element(split(":", aws_kms_key.bucket.arn), 3)}.amazonaws.com`);
  });
});

describe('LibraryAdminPolicy', () => {
  const props: LibraryAdminPolicyProps = {
    name: 'library-admin',
    mastersBucketArn: 'arn:masters',
    uploadKeyPrefix: 'uploads/',
    outputsBucketArn: 'arn:outputs',
    outputsKeyPrefix: 'books/',
    queueArn: 'arn:queue',
    jobsArn: 'arn:jobs',
    distributionArn: 'arn:distribution',
    transcodeRoleArn: 'arn:role',
  };
  const policy = (more: Partial<LibraryAdminPolicyProps>) =>
    only(
      synthesizedModule((scope) => new LibraryAdminPolicy(scope, 'library_admin', { ...props, ...more })),
      'aws_iam_policy',
    ).policy;
  const masters = 'arn:masters/uploads/*';
  const titles = 'arn:outputs/books/*';
  const records = ['arn:masters/titles/*', 'arn:masters/claims/*'];

  it('grants what uploads, jobs, the catalogue and a take-down need, and neither the signing key nor a wildcard', () => {
    expect(grantsOf(policy({}))).toEqual({
      's3:PutObject': [masters, ...records, titles],
      's3:GetObject': [masters, ...records, titles],
      's3:ListMultipartUploadParts': [masters],
      's3:AbortMultipartUpload': [masters],
      's3:ListBucket': ['arn:masters', 'arn:outputs'],
      's3:ListBucketVersions': ['arn:masters', 'arn:outputs'],
      's3:ListBucketMultipartUploads': ['arn:masters'],
      's3:DeleteObject': [masters, titles],
      's3:DeleteObjectVersion': [masters, titles],
      's3:RestoreObject': [masters],
      'cloudfront:CreateInvalidation': ['arn:distribution'],
      'cloudfront:GetInvalidation': ['arn:distribution'],
      'mediaconvert:CreateJob': ['arn:queue'],
      'mediaconvert:SearchJobs': ['arn:queue'],
      'mediaconvert:GetJob': ['arn:jobs'],
      'iam:PassRole': ['arn:role'],
    });
  });

  it('searches the queue that jobs hop to, and starts none there', () => {
    const grants = grantsOf(policy({ hopQueueArn: 'arn:hop' }));
    expect(grants['mediaconvert:SearchJobs']).toEqual(['arn:queue', 'arn:hop']);
    expect(grants['mediaconvert:CreateJob']).toEqual(['arn:queue']);
  });

  it('uses the key through S3 alone', () => {
    const key = 'arn:aws:kms:eu-central-1:111122223333:key/1';
    const statement = statementsOf(policy({ encryptionKeyArn: key })).find(
      ({ Sid }) => Sid === 'UseEncryptionKey',
    );
    expect(grantsOf(policy({ encryptionKeyArn: key }))).toMatchObject({
      'kms:Decrypt': [key],
      'kms:GenerateDataKey': [key],
    });
    expect(statement?.Condition).toEqual({
      StringEquals: { 'kms:ViaService': ['s3.eu-central-1.amazonaws.com'] },
    });
  });

  it.each(['uploads', '*/', 'up?/', ''])('refuses the prefix "%s", which opens more', (prefix) => {
    expect(() => policy({ uploadKeyPrefix: prefix })).toThrow(/"uploadKeyPrefix": expected a prefix/);
    expect(() => policy({ outputsKeyPrefix: prefix })).toThrow(/"outputsKeyPrefix": expected a prefix/);
  });
});

describe('AppPolicy', () => {
  const props: AppPolicyProps = {
    name: 'app',
    mastersBucketArn: 'arn:masters',
    uploadKeyPrefix: 'uploads/',
    queueArn: 'arn:queue',
    jobTemplateArn: 'arn:template',
    jobsArn: 'arn:jobs',
    transcodeRoleArn: 'arn:role',
    secretArn: 'arn:secret',
  };
  const policy = (more: Partial<AppPolicyProps>) =>
    synthesizedModule((scope) => new AppPolicy(scope, 'app', { ...props, ...more }));

  it('grants uploads under the prefix, jobs on the queue, and the one secret; nothing else but the endpoint on a wildcard', () => {
    expect(grantsOf(only(policy({}), 'aws_iam_policy').policy)).toEqual({
      's3:PutObject': ['arn:masters/uploads/*'],
      'mediaconvert:CreateJob': ['arn:queue', 'arn:template'],
      'mediaconvert:GetJob': ['arn:jobs'],
      'mediaconvert:ListJobs': ['arn:queue'],
      'mediaconvert:DescribeEndpoints': ['*'],
      'iam:PassRole': ['arn:role'],
      'secretsmanager:GetSecretValue': ['arn:secret'],
    });
  });

  it.each([
    ['read', {}],
    ['publish', { 's3:PutObject': ['arn:masters/uploads/*', 'arn:outputs/books/*'] }],
  ] as const)('with access %s reaches titles in the outputs bucket, and deletes none', (access, more) => {
    const outputs = { bucketArn: 'arn:outputs', keyPrefix: 'books/', access };
    expect(grantsOf(only(policy({ outputs }), 'aws_iam_policy').policy)).toEqual({
      ...grantsOf(only(policy({}), 'aws_iam_policy').policy),
      's3:ListBucket': ['arn:outputs'],
      's3:GetObject': ['arn:outputs/books/*'],
      ...more,
    });
  });

  it.each(['books', '*/', 'b?oks/', ''])('refuses the outputs prefix "%s", which opens more', (keyPrefix) => {
    const outputs = { bucketArn: 'arn:outputs', keyPrefix, access: 'publish' } as const;
    expect(() => policy({ outputs })).toThrow(expect.objectContaining({ option: 'outputs.keyPrefix' }));
  });

  it('passes the role to MediaConvert only', () => {
    const { Statement } = JSON.parse(String(only(policy({}), 'aws_iam_policy').policy));
    const passRole = Statement.find(({ Action }: { Action: string }) => Action === 'iam:PassRole');
    expect(passRole.Condition).toEqual({
      StringEquals: { 'iam:PassedToService': 'mediaconvert.amazonaws.com' },
    });
  });

  it('is attached to nobody unless somebody is named', () => {
    expect(typesOf(policy({}))).toEqual(['aws_iam_policy']);
  });

  it.each([
    ['role', 'aws_iam_role_policy_attachment'],
    ['user', 'aws_iam_user_policy_attachment'],
  ] as const)('is attached to a %s by name', (kind, type) => {
    expect(only(policy({ principal: { kind, name: 'rails' } }), type)).toMatchObject({ [kind]: 'rails' });
  });

  it.each(['uploads', '*/', 'up?/', ''])(
    'refuses the upload prefix "%s", which opens more',
    (uploadKeyPrefix) => {
      expect(() => policy({ uploadKeyPrefix })).toThrow(
        expect.objectContaining({ option: 'uploadKeyPrefix' }),
      );
    },
  );

  describe('with everything on', () => {
    const key = 'arn:aws:kms:eu-central-1:111122223333:key/1';
    const signingKeys = ['arn:aws:kms:eu-central-1:111122223333:key/2', 'arn:signing:b'];
    const all = only(
      policy({
        distributionArn: 'arn:distribution',
        encryptionKeyArn: key,
        eventsQueueArn: 'arn:events',
        configParameterArn: 'arn:parameter',
        signingKmsKeyArns: signingKeys,
      }),
      'aws_iam_policy',
    ).policy;
    const statement = (sid: string) => statementsOf(all).find(({ Sid }) => Sid === sid);

    it('grants exactly that besides', () => {
      const { 'iam:PassRole': _, ...grants } = grantsOf(all);
      expect(grants).toEqual({
        's3:PutObject': ['arn:masters/uploads/*'],
        'mediaconvert:CreateJob': ['arn:queue', 'arn:template'],
        'mediaconvert:GetJob': ['arn:jobs'],
        'mediaconvert:ListJobs': ['arn:queue'],
        'mediaconvert:DescribeEndpoints': ['*'],
        'secretsmanager:GetSecretValue': ['arn:secret'],
        'cloudfront:CreateInvalidation': ['arn:distribution'],
        'cloudfront:GetInvalidation': ['arn:distribution'],
        'kms:GenerateDataKey': [key],
        'kms:Decrypt': [key],
        'sqs:ReceiveMessage': ['arn:events'],
        'sqs:DeleteMessage': ['arn:events'],
        'sqs:ChangeMessageVisibility': ['arn:events'],
        'sqs:GetQueueAttributes': ['arn:events'],
        'sqs:GetQueueUrl': ['arn:events'],
        'ssm:GetParameter': ['arn:parameter'],
        'kms:Sign': signingKeys,
        'kms:GetPublicKey': signingKeys,
      });
    });

    it('decrypts only what S3 and Secrets Manager of the key’s region hold', () => {
      expect(statement('UseEncryptionKey')?.Condition).toEqual({
        StringEquals: {
          'kms:ViaService': ['s3.eu-central-1.amazonaws.com', 'secretsmanager.eu-central-1.amazonaws.com'],
        },
      });
    });

    it('signs with SHA-256 only, which is what CloudFront verifies', () => {
      expect(statement('SignWithKms')?.Condition).toEqual({
        StringEquals: { 'kms:SigningAlgorithm': ['RSASSA_PKCS1_V1_5_SHA_256', 'ECDSA_SHA_256'] },
      });
    });
  });

  it('takes an empty list of signing keys as none', () => {
    expect(policy({ signingKmsKeyArns: [] })).toEqual(policy({}));
  });

  it('takes a key, a queue and a prefix that are known only at apply', () => {
    const made = only(
      policy({
        uploadKeyPrefix: known('var.prefix'),
        encryptionKeyArn: known('aws_kms_key.bucket.arn'),
        eventsQueueArn: known('aws_sqs_queue.events.arn'),
      }),
      'aws_iam_policy',
    ).policy;

    expect(String(made)).toContain(`arn:masters/\${var.prefix}*`);
    expect(String(made)).toContain(
      `secretsmanager.\${element(split(":", aws_kms_key.bucket.arn), 3)}.amazonaws.com`,
    );
  });
});

/** Action to resources, of a policy that only allows. */
function grantsOf(policy: unknown): Record<string, string[]> {
  const grants: Record<string, string[]> = {};
  for (const { Effect, Action, Resource } of JSON.parse(String(policy)).Statement) {
    expect(Effect).toBe('Allow');
    for (const action of [Action].flat()) grants[action] = [...(grants[action] ?? []), ...[Resource].flat()];
  }
  return grants;
}

function statementsOf(policy: unknown): { Sid: string; Condition?: unknown }[] {
  return JSON.parse(String(policy)).Statement;
}

/** A Terraform reference, as modules get it from each other. */
function known(reference: string): string {
  return Token.asString(ref(reference));
}
