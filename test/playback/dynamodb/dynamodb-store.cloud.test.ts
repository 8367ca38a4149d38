/** The real client, over HTTP, against the local AWS API, where every call on an item is atomic, as in DynamoDB. */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import { dynamodbStore } from '../../../playback/src/dynamodb/index.ts';
import type { PlaybackStore } from '../../../playback/src/store/store.ts';
import { storeSuite } from '../../../playback/src/testing/index.ts';
import { makeTable } from './table.ts';

/** moto answers about 100 requests in a second, and a race has some thousands. */
const RACE_SECONDS = 300;
vi.setConfig({ testTimeout: RACE_SECONDS * 1000 });

let cloud: LocalCloud;
let client: DynamoDBClient;
let store: PlaybackStore;

beforeAll(async () => {
  cloud = await startLocalCloud({
    accountId: '111122223333',
    region: 'eu-central-1',
    transcode: () => expect.unreachable('no job is created'),
  });
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_REGION = '' } = cloud.environment;
  client = new DynamoDBClient({
    region: AWS_REGION,
    endpoint: cloud.endpoint,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
  store = dynamodbStore({ tableName: await makeTable(client), client, timeoutSeconds: RACE_SECONDS });
});

afterAll(async () => {
  vi.resetConfig();
  client?.destroy();
  await cloud?.close();
});

describe('dynamodbStore', () => {
  storeSuite({ describe, it, store: () => store, races: { users: 5, parallel: 200 } });
});
