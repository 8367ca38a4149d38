import { beforeAll, describe, expect, it } from 'vitest';
import { callJsonApi } from '../../local/aws-api/json-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from '../../local/aws-api/start.ts';
import { AWS_SERVICES } from './index.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const sqs = (operation: string, input: object) => callJsonApi(cloud(), 'sqs', operation, input);
const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
const allowRule = (overrides: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arnOf('events'),
        Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/jobs` } },
        ...overrides,
      },
    ],
  });
// As Terraform's jsonencode writes it.
const redrivePolicy = `{"deadLetterTargetArn":"${arnOf('dead')}","maxReceiveCount":5}`;
const byQueue = JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [arnOf('events')] });

let dead: string;
let events: string;
beforeAll(async () => {
  dead = (await sqs('CreateQueue', { QueueName: 'dead' })).output.QueueUrl;
  const attributes = { RedrivePolicy: redrivePolicy, VisibilityTimeout: '60' };
  events = (await sqs('CreateQueue', { QueueName: 'events', Attributes: attributes })).output.QueueUrl;
});
const attributesOf = async (QueueUrl: string, ...AttributeNames: string[]) =>
  (await sqs('GetQueueAttributes', { QueueUrl, AttributeNames })).output.Attributes;
const setAttributes = (QueueUrl: string, Attributes: Record<string, string>) =>
  sqs('SetQueueAttributes', { QueueUrl, Attributes });

describe("a queue's attributes", () => {
  it('give a redrive policy back in the spelling that was put', async () => {
    expect((await attributesOf(events, 'All')).RedrivePolicy).toBe(redrivePolicy);
    expect(await attributesOf(events, 'RedrivePolicy')).toEqual({ RedrivePolicy: redrivePolicy });
  });

  it('keep a redrive allow policy until it is set to nothing', async () => {
    expect((await setAttributes(dead, { RedriveAllowPolicy: byQueue })).status).toBe(200);
    expect(await attributesOf(dead, 'RedriveAllowPolicy')).toEqual({ RedriveAllowPolicy: byQueue });
    await setAttributes(dead, { RedriveAllowPolicy: '' });
    expect(await attributesOf(dead, 'RedriveAllowPolicy')).toBeUndefined();
  });

  it('give the policy back after another attribute was set', async () => {
    await setAttributes(events, { Policy: allowRule() });
    await setAttributes(events, { VisibilityTimeout: '90' });
    const { Policy, VisibilityTimeout } = await attributesOf(events, 'All');
    expect({ Policy, VisibilityTimeout }).toEqual({ Policy: allowRule(), VisibilityTimeout: '90' });
    await setAttributes(events, { Policy: '' });
    expect((await attributesOf(events, 'All')).Policy).toBeUndefined();
  });

  it('are gone with the queue', async () => {
    const { QueueUrl } = (
      await sqs('CreateQueue', { QueueName: 'brief', Attributes: { RedriveAllowPolicy: byQueue } })
    ).output;
    expect((await attributesOf(QueueUrl, 'All')).RedriveAllowPolicy).toBe(byQueue);
    await sqs('DeleteQueue', { QueueUrl });
    const gone = await sqs('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
    expect(gone.status).toBe(400);
    await sqs('CreateQueue', { QueueName: 'brief' });
    expect((await attributesOf(QueueUrl, 'All')).RedriveAllowPolicy).toBeUndefined();
  });
});

describe('a queue refuses', () => {
  it.each([
    [400, 'InvalidAttributeValue', 'an action of another service', { Action: 's3:PutObject' }],
    [400, 'InvalidAttributeValue', 'a misspelled element', { Resources: '*' }],
    [
      501,
      'NotImplemented',
      'a condition key that is not evaluated',
      { Condition: { StringEquals: { 'aws:UserAgent': 'x' } } },
    ],
  ])('with %i %s a policy with %s', async (status, code, _, fault) => {
    const answer = await setAttributes(events, { Policy: allowRule(fault) });
    expect([answer.status, answer.output.__type]).toEqual([status, code]);
  });

  it.each([
    ['{"redrivePermission":"byQueue"}'],
    ['{"redrivePermission":"sometimes"}'],
    [`{"redrivePermission":"allowAll","sourceQueueArns":["${arnOf('events')}"]}`],
    ['allowAll'],
  ])('the redrive allow policy %s', async (RedriveAllowPolicy) => {
    const answer = await setAttributes(dead, { RedriveAllowPolicy });
    expect([answer.status, answer.output.__type]).toEqual([400, 'InvalidAttributeValue']);
  });
});

describe('messages', () => {
  it('go to moto and come back', async () => {
    await sqs('SendMessage', { QueueUrl: events, MessageBody: 'hello' });
    const { Messages } = (await sqs('ReceiveMessage', { QueueUrl: events })).output;
    expect(Messages[0].Body).toBe('hello');
  });
});
