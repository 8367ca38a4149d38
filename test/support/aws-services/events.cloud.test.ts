import { CancelJobCommand, CreateJobCommand, MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Transcode } from '../../../local/transcoder/contract.ts';
import { callJsonApi } from '../../local/aws-api/json-api.ts';
import { callQueryApi, createRole } from '../../local/aws-api/query-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from '../../local/aws-api/start.ts';
import { matchesPattern, parseEventPattern } from './events/event-pattern.ts';
import { AWS_SERVICES } from './index.ts';

/** Jobs whose input says "broken" fail, those that say "endless" run until they are canceled. */
const transcode: Transcode = async ({ settings }, { signal }) => {
  const text = JSON.stringify(settings);
  if (text.includes('endless')) {
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
  if (text.includes('broken')) return { status: 'ERROR', errorCode: 1010, errorMessage: 'no such input' };
  const outputDetails = [{ durationInMs: 6000, videoDetails: { widthInPx: 640, heightInPx: 360 } }];
  return { status: 'COMPLETE', outputGroupDetails: [{ outputDetails }] };
};

const cloud = useLocalCloud({ transcode, services: AWS_SERVICES });
const sqs = (operation: string, input: object) => callJsonApi(cloud(), 'sqs', operation, input);
const events = (operation: string, input: object) => callJsonApi(cloud(), 'events', operation, input);
const kms = (operation: string, input: object) => callJsonApi(cloud(), 'kms', operation, input);
const sns = (parameters: Record<string, string>) => callQueryApi(cloud(), 'sns', parameters);

const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
const ruleArn = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${name}`;
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allowRule = (rule: string, Action: string, Resource: string) => ({
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action,
  Resource,
  Condition: { ArnEquals: { 'aws:SourceArn': ruleArn(rule) } },
});

/** A queue that the given rule may send to; its address. */
async function createQueue(QueueName: string, rule: string, attributes: object = {}): Promise<string> {
  const Policy = policyOf(allowRule(rule, 'sqs:SendMessage', queueArn(QueueName)));
  const { output } = await sqs('CreateQueue', { QueueName, Attributes: { Policy, ...attributes } });
  return output.QueueUrl;
}
async function createRule(Name: string, pattern: object, ...Targets: object[]): Promise<void> {
  await events('PutRule', { Name, EventPattern: JSON.stringify(pattern) });
  await events('PutTargets', { Rule: Name, Targets });
}
const targetOf = (name: string, more: object = {}) => ({ Id: name, Arn: queueArn(name), ...more });
/** Takes one message off the queue, as an event; undefined when there is none. */
async function take(QueueUrl: string) {
  const { Messages } = (await sqs('ReceiveMessage', { QueueUrl })).output;
  if (Messages === undefined) return undefined;
  await sqs('DeleteMessage', { QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle });
  return JSON.parse(Messages[0].Body);
}
const taken = (queue: string) => expect.poll(() => take(queue), { timeout: 5000 });
const putEvent = async (Source: string, detail: object = {}) => {
  const entry = { Source, DetailType: 'Told', Detail: JSON.stringify(detail) };
  return (await events('PutEvents', { Entries: [entry] })).output.Entries[0];
};

describe("a job's events", () => {
  const pattern = {
    source: ['aws.mediaconvert'],
    'detail-type': ['MediaConvert Job State Change'],
    detail: {
      queue: [`arn:aws:mediaconvert:${REGION}:${ACCOUNT_ID}:queues/Default`],
      status: ['COMPLETE', 'ERROR', 'CANCELED'],
    },
  };
  let Role: string;
  let queue: string;
  beforeAll(async () => {
    Role = await createRole(cloud(), 'transcoder', 'mediaconvert.amazonaws.com');
    queue = await createQueue('jobs', 'jobs');
    await createRule('jobs', pattern, targetOf('jobs'));
  });
  const submit = async (input: string, mediaConvert = cloud().mediaConvert) => {
    const HlsGroupSettings = {
      Destination: 's3://outputs/books/42/index',
      SegmentLength: 6,
      MinSegmentLength: 0,
    };
    const { Job } = await mediaConvert.send(
      new CreateJobCommand({
        Role,
        UserMetadata: { book_id: '42' },
        Settings: {
          Inputs: [{ FileInput: `s3://masters/${input}.mp4` }],
          OutputGroups: [
            { OutputGroupSettings: { Type: 'HLS_GROUP_SETTINGS', HlsGroupSettings }, Outputs: [{}] },
          ],
        },
      }),
    );
    return Job?.Id ?? '';
  };

  it('are told in the region of the job, to the rules of that region', async () => {
    const region = 'eu-west-1';
    const { cloud: local } = cloud();
    const away = { cloud: { ...local, environment: { ...local.environment, AWS_REGION: region } } };
    const there = (service: 'sqs' | 'events', operation: string, input: object) =>
      callJsonApi(away, service, operation, input).then(({ output }) => output);
    const inRegion = (text: string) => text.replaceAll(`:${REGION}:`, `:${region}:`);
    const Policy = inRegion(policyOf(allowRule('away', 'sqs:SendMessage', queueArn('away'))));
    const { QueueUrl } = await there('sqs', 'CreateQueue', { QueueName: 'away', Attributes: { Policy } });
    const EventPattern = inRegion(JSON.stringify(pattern));
    await there('events', 'PutRule', { Name: 'away', EventPattern });
    const Targets = [{ Id: 'away', Arn: inRegion(queueArn('away')) }];
    await there('events', 'PutTargets', { Rule: 'away', Targets });

    const jobId = await submit('film', new MediaConvertClient({ ...cloud().clientConfig(), region }));
    const told = async () => {
      const { Messages = [] } = await there('sqs', 'ReceiveMessage', { QueueUrl });
      return Messages.map(({ Body }: { Body: string }) => JSON.parse(Body));
    };
    await expect
      .poll(told, { timeout: 5000 })
      .toMatchObject([{ region, detail: { jobId, status: 'COMPLETE' } }]);
    expect(await take(queue)).toBe(undefined);
  });

  it('tell a queue of a job that is complete, with its playlist and the metadata that it was submitted with', async () => {
    const jobId = await submit('film');
    await taken(queue).toMatchObject({
      version: '0',
      source: 'aws.mediaconvert',
      'detail-type': 'MediaConvert Job State Change',
      account: ACCOUNT_ID,
      region: REGION,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      resources: [`arn:aws:mediaconvert:${REGION}:${ACCOUNT_ID}:jobs/${jobId}`],
      detail: {
        jobId,
        status: 'COMPLETE',
        userMetadata: { book_id: '42' },
        outputGroupDetails: [
          {
            type: 'HLS_GROUP',
            playlistFilePaths: ['s3://outputs/books/42/index.m3u8'],
            outputDetails: [{ durationInMs: 6000, videoDetails: { heightInPx: 360 } }],
          },
        ],
      },
    });
    // PROGRESSING is told as well, but this rule does not want it.
    expect(await take(queue)).toBeUndefined();
  });

  it('tell of one that failed, and why', async () => {
    await submit('broken');
    await taken(queue).toMatchObject({
      detail: { status: 'ERROR', errorCode: 1010, errorMessage: 'no such input' },
    });
  });

  it('tell of one that was canceled', async () => {
    const jobId = await submit('endless');
    await cloud().mediaConvert.send(new CancelJobCommand({ Id: jobId }));
    await taken(queue).toMatchObject({ detail: { jobId, status: 'CANCELED' } });
  });
});

describe('an event reaches no target', () => {
  it("whose policy does not let this very rule in: the target's dead-letter queue has it, and the log says why", async () => {
    await sqs('CreateQueue', {
      QueueName: 'closed',
      Attributes: { Policy: policyOf(allowRule('other', 'sqs:SendMessage', queueArn('closed'))) },
    });
    const dead = await createQueue('dead', 'closed');
    await createRule(
      'closed',
      { source: ['closed'] },
      targetOf('closed', { DeadLetterConfig: { Arn: queueArn('dead') } }),
    );
    await putEvent('closed', { number: 1 });
    expect(await take(dead)).toMatchObject({ source: 'closed', detail: { number: 1 } });
    expect(cloud().log.at(-1)).toBe(
      `events: ${ruleArn('closed')} did not reach ${queueArn('closed')}: ` +
        `the policy of ${queueArn('closed')} does not allow it; its dead-letter queue has it`,
    );
  });

  it('that does not exist, and is lost without a dead-letter queue', async () => {
    await createRule('nowhere', { source: ['nowhere'] }, targetOf('nowhere'));
    await putEvent('nowhere');
    expect(cloud().log.at(-1)).toContain(
      `${queueArn('nowhere')} does not exist; it has no dead-letter queue`,
    );
  });

  it('of a rule that is disabled', async () => {
    const queue = await createQueue('disabled', 'disabled');
    await createRule('disabled', { source: ['disabled'] }, targetOf('disabled'));
    await events('DisableRule', { Name: 'disabled' });
    await putEvent('disabled');
    expect(await take(queue)).toBeUndefined();
  });
});

describe('a topic', () => {
  const topicArn = (name: string) => `arn:aws:sns:${REGION}:${ACCOUNT_ID}:${name}`;
  /** A topic with a queue subscribed to it, and a rule that publishes there; the queue. */
  async function createTopic(name: string, attributes: Record<string, string> = {}): Promise<string> {
    const { QueueUrl } = (await sqs('CreateQueue', { QueueName: `${name}-readers` })).output;
    await sns({ Action: 'CreateTopic', Name: name });
    await sns({
      Action: 'Subscribe',
      TopicArn: topicArn(name),
      Protocol: 'sqs',
      Endpoint: queueArn(`${name}-readers`),
    });
    for (const [AttributeName, AttributeValue] of Object.entries(attributes)) {
      await sns({ Action: 'SetTopicAttributes', TopicArn: topicArn(name), AttributeName, AttributeValue });
    }
    await createRule(name, { source: [name] }, { Id: 'topic', Arn: topicArn(name) });
    await putEvent(name, { number: 2 });
    return QueueUrl;
  }
  const allow = (name: string) => allowRule(name, 'sns:Publish', topicArn(name));
  const open = (name: string) => ({ Policy: policyOf({ ...allow(name), Condition: undefined }) });

  it('passes an event on to its subscribers', async () => {
    const readers = await createTopic('open', open('open'));
    expect(JSON.parse((await take(readers)).Message)).toMatchObject({
      source: 'open',
      detail: { number: 2 },
    });
  });

  it("that allows no rule but one gets nothing, since EventBridge does not tell topics the rule's name", async () => {
    const Policy = policyOf(allow('one-rule'));
    expect(await take(await createTopic('one-rule', { Policy }))).toBeUndefined();
    expect(cloud().log.at(-1)).toContain(`the policy of ${topicArn('one-rule')} does not allow it`);
  });

  it('of the default policy gets nothing from EventBridge', async () => {
    expect(await take(await createTopic('default'))).toBeUndefined();
    expect(cloud().log.at(-1)).toContain(`the policy of ${topicArn('default')} does not allow it`);
  });

  it("encrypted with AWS's own key gets nothing, since no service may use that key", async () => {
    const attributes = { ...open('own-key'), KmsMasterKeyId: 'alias/aws/sns' };
    expect(await take(await createTopic('own-key', attributes))).toBeUndefined();
    expect(cloud().log.at(-1)).toContain('the policy of alias/aws/sns lets no service in');
  });

  it("encrypted with a key gets what that key's policy lets EventBridge encrypt", async () => {
    const account = { Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'kms:*', Resource: '*' };
    const { KeyId } = (await kms('CreateKey', { Policy: policyOf(account) })).output.KeyMetadata;
    expect(
      await take(await createTopic('shut-key', { ...open('shut-key'), KmsMasterKeyId: KeyId })),
    ).toBeUndefined();
    expect(cloud().log.at(-1)).toContain('no resource-based policy allows the kms:GenerateDataKey action');
    const service = { ...account, Principal: { Service: 'events.amazonaws.com' } };
    const both = { ...service, Action: ['kms:GenerateDataKey', 'kms:Decrypt'] };
    await kms('PutKeyPolicy', { KeyId, PolicyName: 'default', Policy: policyOf(account, both) });
    const readers = await createTopic('open-key', { ...open('open-key'), KmsMasterKeyId: KeyId });
    expect(JSON.parse((await take(readers)).Message)).toMatchObject({ source: 'open-key' });
  });
});

describe('a refused reading of a secret', () => {
  const pattern = {
    source: ['aws.secretsmanager'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventName: ['GetSecretValue'], errorCode: [{ prefix: 'AccessDenied' }] },
  };
  const secrets = (operation: string, input: object) =>
    callJsonApi(cloud(), 'secretsmanager', operation, { SecretId: 'refused', ...input });
  const transformerOf = (InputTemplate: string) => ({
    InputTransformer: {
      InputPathsMap: { who: '$.detail.userIdentity.arn', secret: '$.detail.requestParameters.secretId' },
      InputTemplate,
    },
  });
  beforeAll(async () => {
    await secrets('CreateSecret', { Name: 'refused', SecretString: 'the value' });
    const deny = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' };
    await secrets('PutResourcePolicy', { ResourcePolicy: policyOf(deny) });
  });
  const createAlarm = async (Name: string, State: string, target: object = {}) => {
    const queue = await createQueue(Name, Name);
    await events('PutRule', { Name, State, EventPattern: JSON.stringify(pattern) });
    await events('PutTargets', { Rule: Name, Targets: [targetOf(Name, target)] });
    return queue;
  };

  it('is told to a rule that hears of all management events, in the sentence that its target wants', async () => {
    const State = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
    const told = await createAlarm(
      'told',
      State,
      transformerOf('"<who> was refused \\"<secret>\\"<constructor>"'),
    );
    const plain = await createAlarm('plain', State);
    expect((await secrets('GetSecretValue', {})).status).toBe(400);
    await taken(told).toBe(`arn:aws:iam::${ACCOUNT_ID}:root was refused "refused"<constructor>`);
    await taken(plain).toMatchObject({
      detail: {
        eventName: 'GetSecretValue',
        errorCode: 'AccessDenied',
        errorMessage: expect.stringContaining('explicit deny'),
        userIdentity: { type: 'Root', accountId: ACCOUNT_ID },
      },
    });
  });

  it('is not told to a rule that is merely enabled, since it only reads', async () => {
    const told = await createAlarm('all', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
    const merely = await createAlarm('merely', 'ENABLED');
    await secrets('GetSecretValue', {});
    await taken(told).toMatchObject({ source: 'aws.secretsmanager' });
    expect(await take(merely)).toBeUndefined();
  });

  it('reaches no target whose input cannot be made here', async () => {
    const State = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
    await createAlarm('object', State, transformerOf('{"who": <who>}'));
    await secrets('GetSecretValue', {});
    await expect
      .poll(() => cloud().log.join('\n'))
      .toContain(`${queueArn('object')}: its changed input is not done here; it has no dead-letter queue`);
  });
});

describe('an event pattern', () => {
  it.each<[string, object, object, boolean]>([
    ['a value among several', { detail: { a: ['x', 'y'] } }, { a: 'y' }, true],
    ['another value', { detail: { a: ['x', 'y'] } }, { a: 'z' }, false],
    ['a missing field', { detail: { a: ['x'] } }, {}, false],
    ['every field, not just one', { detail: { a: ['x'], b: ['y'] } }, { a: 'x', b: 'z' }, false],
    ['one of a list', { detail: { a: ['x'] } }, { a: ['w', 'x'] }, true],
    ['a number, not its text', { detail: { a: [1] } }, { a: '1' }, false],
    ['null', { detail: { a: [null] } }, { a: null }, true],
    ['a prefix', { detail: { a: [{ prefix: 'Access' }] } }, { a: 'AccessDenied' }, true],
    ['a suffix', { detail: { a: [{ suffix: 'Denied' }] } }, { a: 'AccessAllowed' }, false],
    ['any case', { detail: { a: [{ 'equals-ignore-case': 'X' }] } }, { a: 'x' }, true],
    ['anything but', { detail: { a: [{ 'anything-but': ['x'] }] } }, { a: 'x' }, false],
    ['anything but, of a missing field', { detail: { a: [{ 'anything-but': ['x'] }] } }, {}, false],
    ['what exists', { detail: { a: [{ exists: true }] } }, { a: 0 }, true],
    ['what does not exist', { detail: { a: [{ exists: false }] } }, { a: 0 }, false],
    ['what every object of JavaScript has', { detail: { constructor: [{ exists: true }] } }, {}, false],
    ['a wildcard', { detail: { a: [{ wildcard: 's3://*/v.1/*.mp4' }] } }, { a: 's3://b/v.1/x.mp4' }, true],
    ['a wildcard, its dots literal', { detail: { a: [{ wildcard: '*.mp4' }] } }, { a: 'xmp4' }, false],
    ['an escaped asterisk', { detail: { a: [{ wildcard: '\\*' }] } }, { a: 'x' }, false],
    ['one of two alternatives', { detail: { $or: [{ a: ['x'] }, { b: ['y'] }] } }, { b: 'y' }, true],
    ['neither of two alternatives', { detail: { $or: [{ a: ['x'] }, { b: ['y'] }] } }, { a: 'y' }, false],
    [
      'an alternative and what stands beside it',
      { detail: { $or: [{ a: ['x'] }, { b: ['y'] }], c: ['z'] } },
      { a: 'x' },
      false,
    ],
  ])('matches or not: %s', (_, pattern, detail, isMatch) => {
    expect(matchesPattern(parseEventPattern(JSON.stringify(pattern)), { detail })).toBe(isMatch);
  });

  it.each([
    [501, 'NotImplemented', '{"$or":[{"a":["x"]},{"b":[{"cidr":"10.0.0.0/8"}]}]}'],
    [400, 'InvalidEventPatternException', '{"$or":[{"a":["x"]}]}'],
    [501, 'NotImplemented', '{"a":[{"numeric":["<",5]}]}'],
    [501, 'NotImplemented', '{"a":[{"anything-but":{"prefix":"x"}}]}'],
    [400, 'InvalidEventPatternException', '{"a":"x"}'],
    [400, 'InvalidEventPatternException', '{"a":[]}'],
    [400, 'InvalidEventPatternException', 'x'],
  ])('is refused with %i %s: %s', async (status, code, EventPattern) => {
    const answer = await events('PutRule', { Name: 'refused', EventPattern });
    expect([answer.status, answer.output.__type]).toEqual([status, code]);
  });
});

describe('PutEvents', () => {
  it("refuses a service's own source and a detail that is no object, entry by entry", async () => {
    expect(await putEvent('aws.mediaconvert')).toMatchObject({
      ErrorCode: 'NotAuthorizedForSourceException',
    });
    const entries = [
      { Source: 'a', DetailType: 'b', Detail: '[]' },
      { Source: 'a', DetailType: 'b' },
      { Source: 'a', DetailType: 'b', Detail: '{}' },
    ];
    const { output } = await events('PutEvents', { Entries: entries });
    expect(output).toEqual({
      FailedEntryCount: 2,
      Entries: [
        expect.objectContaining({ ErrorCode: 'MalformedDetail' }),
        expect.objectContaining({ ErrorCode: 'InvalidArgument' }),
        { EventId: expect.any(String) },
      ],
    });
  });
});
