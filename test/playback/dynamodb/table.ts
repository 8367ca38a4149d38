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

function keySchema(partition: string, sort: string) {
  return [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
}
