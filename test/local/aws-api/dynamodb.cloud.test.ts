import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { beforeAll, describe, expect, it } from 'vitest';
import { callJsonApi, type JsonAnswer } from './json-api.ts';
import { assumeRole } from './query-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const READER = 'storytime-app';
const account = { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` };
const administer = { Effect: 'Allow', Principal: account, Action: 'kms:*', Resource: '*' };

const dynamoDb = (operation: string, input: object, accessKeyId?: string): Promise<JsonAnswer> =>
  callJsonApi(cloud(), 'dynamodb', operation, input, accessKeyId);
const key = (pk: string, sk = 'devices') => ({ pk: { S: pk }, sk: { S: sk } });
const errorOf = ({ status, output }: JsonAnswer) => `${status} ${String(output.__type).split('#').at(-1)}`;

async function createTable(TableName: string, more: object = {}): Promise<void> {
  const answer = await dynamoDb('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    ...more,
  });
  expect(answer.status).toBe(200);
}

async function createKey(...statements: object[]): Promise<string> {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [administer, ...statements] });
  const { KeyMetadata } = await new KMSClient(cloud().clientConfig()).send(new CreateKeyCommand({ Policy }));
  return KeyMetadata?.Arn ?? '';
}

describe('items that many requests change at once', () => {
  const TableName = 'races';
  beforeAll(() => createTable(TableName));

  it('are as many as the condition of each request allows', async () => {
    await dynamoDb('PutItem', { TableName, Item: { ...key('user#1'), m: { M: {} } } });
    const register = (device: string) =>
      dynamoDb('UpdateItem', {
        TableName,
        Key: key('user#1'),
        UpdateExpression: 'SET #m.#d = :now',
        ConditionExpression: 'size(#m) < :limit OR attribute_exists(#m.#d)',
        ExpressionAttributeNames: { '#m': 'm', '#d': device },
        ExpressionAttributeValues: { ':now': { N: '1' }, ':limit': { N: '2' } },
      });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => register(`d${i}`)));
    const { output } = await dynamoDb('GetItem', { TableName, Key: key('user#1') });
    expect(Object.keys(output.Item.m.M)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(errorOf))).toEqual(
      new Set(['400 ConditionalCheckFailedException']),
    );
  }, 60_000);

  it('are changed together or not at all by a transaction', async () => {
    await dynamoDb('PutItem', { TableName, Item: { ...key('user#2', 'count'), n: { N: '0' } } });
    const register = (device: string) =>
      dynamoDb('TransactWriteItems', {
        TransactItems: [
          {
            Update: {
              TableName,
              Key: key('user#2', 'count'),
              UpdateExpression: 'SET n = n + :one',
              ConditionExpression: 'n < :limit',
              ExpressionAttributeValues: { ':one': { N: '1' }, ':limit': { N: '2' } },
            },
          },
          { Put: { TableName, Item: key('user#2', `device#${device}`) } },
        ],
      });
    await Promise.all(Array.from({ length: 200 }, (_, i) => register(`d${i}`)));
    const { output } = await dynamoDb('Query', {
      TableName,
      KeyConditionExpression: 'pk = :user AND begins_with(sk, :device)',
      ExpressionAttributeValues: { ':user': { S: 'user#2' }, ':device': { S: 'device#' } },
    });
    expect(output.Count).toBe(2);
  }, 60_000);

  it('are read and written after a request that failed', async () => {
    const failed = await dynamoDb('PutItem', { TableName, Item: { other: { S: 'no key' } } });
    expect(failed.status).toBe(400);
    expect((await dynamoDb('PutItem', { TableName, Item: key('user#3') })).status).toBe(200);
  });
});

describe('a table that is encrypted with a key', () => {
  const TableName = 'encrypted';
  const put = { TableName, Item: key('title#42', 'key#1') };
  const get = { TableName, Key: key('title#42', 'key#1') };
  let reader: string;
  beforeAll(async () => {
    reader = (await assumeRole(cloud(), READER)).accessKeyId;
    const KMSMasterKeyId = await createKey({
      Sid: 'NotTheReader',
      Effect: 'Deny',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:role/${READER}` },
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: {
        StringEquals: {
          'kms:ViaService': `dynamodb.${REGION}.amazonaws.com`,
          'kms:EncryptionContext:aws:dynamodb:tableName': TableName,
        },
      },
    });
    const SSESpecification = { Enabled: true, SSEType: 'KMS', KMSMasterKeyId };
    await createTable(TableName, { SSESpecification });
    await createTable('other', { SSESpecification });
    expect((await dynamoDb('PutItem', put)).status).toBe(200);
  });

  it.each<[string, string, object]>([
    ['an item', 'GetItem', get],
    [
      'an item by the table’s ARN',
      'GetItem',
      { ...get, TableName: `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${TableName}` },
    ],
    ['every item', 'Scan', { TableName }],
    [
      'items of many tables',
      'BatchGetItem',
      { RequestItems: { other: { Keys: [get.Key] }, [TableName]: { Keys: [get.Key] } } },
    ],
    ['items together', 'TransactGetItems', { TransactItems: [{ Get: get }] }],
    ['a new item', 'PutItem', put],
    [
      'a condition',
      'TransactWriteItems',
      { TransactItems: [{ ConditionCheck: { ...get, ConditionExpression: 'attribute_exists(pk)' } }] },
    ],
  ])('keeps %s from a caller whom the key’s policy denies it', async (_what, operation, input) => {
    const denied = await dynamoDb(operation, input, reader);
    expect(errorOf(denied)).toBe('400 AccessDeniedException');
    expect(denied.output.message).toMatch(
      /is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:/,
    );
  });

  it('is open to everybody else of the account, and its settings to that caller too', async () => {
    expect((await dynamoDb('GetItem', get)).output.Item).toEqual(put.Item);
    expect((await dynamoDb('DescribeTable', { TableName }, reader)).status).toBe(200);
  });

  it('leaves another table under the same key to that caller', async () => {
    expect((await dynamoDb('GetItem', { ...get, TableName: 'other' }, reader)).status).toBe(200);
  });
});

describe('what could reach items by another way', () => {
  it.each([
    ['ExecuteStatement', { Statement: 'SELECT * FROM "encrypted"' }],
    ['BatchExecuteStatement', { Statements: [] }],
    ['ExecuteTransaction', { TransactStatements: [] }],
    ['PutResourcePolicy', { ResourceArn: 'arn', Policy: '{}' }],
    ['ExportTableToPointInTime', { TableArn: 'arn', S3Bucket: 'bucket' }],
    ['ImportTable', { S3BucketSource: {} }],
    ['RestoreTableToPointInTime', { TargetTableName: 'copy' }],
    ['CreateBackup', { TableName: 'encrypted', BackupName: 'copy' }],
    ['CreateTable', { TableName: 'open', ResourcePolicy: '{}' }],
  ])('is 501: %s', async (operation, input) => {
    expect(errorOf(await dynamoDb(operation, input))).toBe('501 NotImplemented');
  });

  it('refuses what is no name of a table', async () => {
    for (const TableName of ['', '../x', ['encrypted'], 7]) {
      expect(errorOf(await dynamoDb('GetItem', { TableName, Key: key('a') }))).toBe(
        '400 ValidationException',
      );
    }
  });
});
