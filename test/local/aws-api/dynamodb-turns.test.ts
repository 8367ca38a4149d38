/** The order in which calls on items reach moto; what moto makes of calls that overlap is a matter of luck, and is tried in dynamodb.cloud.test.ts. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DynamoDbLayer } from '../../../local/aws-api/dynamodb/service.ts';

const CREDENTIAL = 'X/20260101/eu-central-1/dynamodb/aws4_request';

type Dependencies = ConstructorParameters<typeof DynamoDbLayer>[0];

it('is one at a time, also after a call that failed, while a table’s settings wait for nobody', async () => {
  const events: string[] = [];
  const layer = new DynamoDbLayer({
    accountId: '123456789012',
    callers: { principalOf: async () => ({ kind: 'anonymous' }) } as unknown as Dependencies['callers'],
    kms: {} as Dependencies['kms'],
    moto: {
      callJson: async () => ({ status: 200, output: {} }),
      passJson: async ({ input }: { input: { TableName: string } }) => {
        events.push(`begin ${input.TableName}`);
        for (let turns = 0; turns < 5; turns += 1) await setImmediate();
        events.push(`end ${input.TableName}`);
        if (input.TableName === 'bad') throw new Error('moto has failed');
        return { status: 200, headers: {} };
      },
    } as unknown as Dependencies['moto'],
  });
  const send = (operation: string, TableName: string) =>
    layer.handle({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIAL}, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
      body: JSON.stringify({ TableName }),
    });
  const outcomes = await Promise.allSettled([
    send('PutItem', 'one'),
    send('UpdateItem', 'bad'),
    send('GetItem', 'three'),
    send('DescribeTable', 'settings'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(events.filter((event) => !event.endsWith('settings'))).toEqual([
    'begin one',
    'end one',
    'begin bad',
    'end bad',
    'begin three',
    'end three',
  ]);
  expect(events.indexOf('begin settings')).toBeLessThan(events.indexOf('end one'));
});
