import { describe, expect, it } from 'vitest';
import { AppPolicy, type AppPolicyProps, TranscodeRole } from '../../modules/iam_roles/index.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

describe('TranscodeRole', () => {
  const json = synthesizedModule(
    (scope) =>
      new TranscodeRole(scope, 'mediaconvert', {
        name: 'r',
        mastersBucketArn: 'arn:masters',
        outputsBucketArn: 'arn:outputs',
      }),
  );

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

  it('grants uploads under the prefix, jobs on the queue, and the one secret; nothing on a wildcard', () => {
    expect(grantsOf(only(policy({}), 'aws_iam_policy').policy)).toEqual({
      's3:PutObject': ['arn:masters/uploads/*'],
      'mediaconvert:CreateJob': ['arn:queue', 'arn:template'],
      'mediaconvert:GetJob': ['arn:jobs'],
      'mediaconvert:ListJobs': ['arn:queue'],
      'iam:PassRole': ['arn:role'],
      'secretsmanager:GetSecretValue': ['arn:secret'],
    });
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
