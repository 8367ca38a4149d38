/** A table as `modules/playback_store` makes it. */

import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

const KEYS = ['pk', 'sk', 'gsi1pk', 'gsi1sk'];

/** @returns its name */
export async function makeTable(
  client: DynamoDBClient,
  TableName = 'storytime-test-playback',
): Promise<string> {
  const create = new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: KEYS.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keySchema('pk', 'sk'),
    GlobalSecondaryIndexes: [
      { IndexName: 'gsi1', KeySchema: keySchema('gsi1pk', 'gsi1sk'), Projection: { ProjectionType: 'ALL' } },
    ],
  });
  await client.send(create);
  return TableName;
}

/**
 * Lets one request at a time through to the server, in the order of sending, so that each one is atomic as in DynamoDB: moto 5.2.1
 * checks a condition and writes in two steps, and its threads meet in between. What several callers do between their requests
 * still interleaves.
 */
export function sendOneAtATime(client: DynamoDBClient): void {
  let last: Promise<unknown> = Promise.resolve();
  client.middlewareStack.add(
    (next) => (args) => {
      const answer = last.then(() => next(args));
      last = answer.catch(() => {});
      return answer;
    },
    { step: 'deserialize', priority: 'low', name: 'sendOneAtATime' },
  );
}

function keySchema(partition: string, sort: string) {
  return [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
}
