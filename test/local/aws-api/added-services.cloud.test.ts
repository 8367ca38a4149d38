/** Services beyond those of `npm start`: refused by name, or answered by what is handed in. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import type { AddedService, ONLY_ADDED } from '../../../local/aws-api/added-service.ts';
import { AwsError } from '../../../local/aws-api/aws-error.ts';
import { signedFetch } from '../../support/signed-request.ts';
import { createDistribution, distributionConfig } from './cloudfront-fixtures.ts';
import { callJsonApi } from './json-api.ts';
import { errorOf, useLocalCloud } from './start.ts';

describe('without services handed in', () => {
  const cloud = useLocalCloud();

  it.each([
    ['acm', 'RequestCertificate', 'hostedZoneId'],
    ['budgets', 'CreateBudget', 'monthlyBudgetUsd'],
    ['events', 'PutRule', 'jobEvents and alarmEmail'],
    ['events', 'PutEvents', 'jobEvents and alarmEmail'],
    ['logs', 'CreateDelivery', 'accessLogRetentionDays'],
    ['sqs', 'CreateQueue', 'jobEvents'],
  ] as const)('%s %s is 501 and names the setting that needs it', async (service, operation, setting) => {
    const { status, output } = await callJsonApi(cloud(), service, operation, {});
    expect({ status, output }).toMatchObject({
      status: 501,
      output: {
        __type: 'NotImplemented',
        message: `the local AWS API does not support ${service} ${operation}; switch off ${setting} in envs/local.ts (local/aws-api/README.md)`,
      },
    });
  });

  const KNOWN_TO_MOTO: Record<keyof typeof ONLY_ADDED, string> = {
    acm: 'ListCertificates',
    budgets: 'DescribeBudgets',
    events: 'ListRules',
    logs: 'DescribeLogGroups',
    sqs: 'ListQueues',
  };
  it.each(Object.entries(KNOWN_TO_MOTO) as [keyof typeof ONLY_ADDED, string][])(
    '%s %s does not get to moto, which would answer it',
    async (service, operation) => {
      expect((await callJsonApi(cloud(), service, operation, {})).status).toBe(501);
    },
  );
});

describe('a service handed in', () => {
  const heard: string[] = [];
  const bells: AddedService = {
    name: 'bells',
    create: ({ accountId }) => ({
      handle: () => ({ status: 200, body: JSON.stringify({ accountId }) }),
      onRefusedCall: ({ operation, region }) => heard.push(`${operation} in ${region}`),
      requireCertificate: async (arn) => {
        throw new AwsError(400, 'InvalidViewerCertificate', `not ${arn}`);
      },
    }),
  };
  const cloud = useLocalCloud({ services: [bells] });

  it('answers the calls that are signed for it', async () => {
    const answer = await signedFetch(cloud().cloud.environment, { service: 'bells', body: '{}' });
    expect([answer.status, await answer.json()]).toEqual([200, { accountId: '123456789012' }]);
  });

  it('hears of a call that a secret’s policy has denied', async () => {
    const secrets = new SecretsManagerClient(cloud().clientConfig());
    await secrets.send(new CreateSecretCommand({ Name: 'bell', SecretString: 'ding' }));
    const deny = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' };
    const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] });
    await secrets.send(new PutResourcePolicyCommand({ SecretId: 'bell', ResourcePolicy }));
    expect(await errorOf(secrets.send(new GetSecretValueCommand({ SecretId: 'bell' })))).toMatch(
      /AccessDenied/,
    );
    expect(heard).toEqual(['GetSecretValue in us-east-1']);
  });

  it('decides which certificates CloudFront takes', async () => {
    const arn = 'arn:aws:acm:us-east-1:123456789012:certificate/5a1c';
    const config = {
      ...distributionConfig({ aliases: ['media.example.com'] }),
      ViewerCertificate: { ACMCertificateArn: arn, SSLSupportMethod: 'sni-only' as const },
    };
    expect(await errorOf(createDistribution(cloud().cloudFront, config))).toBe(
      '400 InvalidViewerCertificate',
    );
  });
});
