/** The real client, over HTTP, against moto's DynamoDB. */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { dynamodbStore } from '../../../playback/src/dynamodb/index.ts';
import type { PlaybackStore } from '../../../playback/src/store/store.ts';
import { storeSuite } from '../../../playback/src/testing/index.ts';
import { type Moto, startMoto } from '../../signer/moto.ts';
import { makeTable, sendOneAtATime } from './table.ts';

/** moto answers about 100 requests in a second, and a race has some thousands. */
const RACE_SECONDS = 300;
vi.setConfig({ testTimeout: RACE_SECONDS * 1000 });

let moto: Moto;
let client: DynamoDBClient;
let store: PlaybackStore;

beforeAll(async () => {
  moto = await startMoto();
  client = new DynamoDBClient(moto.config);
  sendOneAtATime(client);
  store = dynamodbStore({ tableName: await makeTable(client), client, timeoutSeconds: RACE_SECONDS });
});

afterAll(async () => {
  vi.resetConfig();
  client?.destroy();
  await moto?.stop();
});

describe('dynamodbStore', () => {
  storeSuite({ describe, it, store: () => store, races: { users: 5, parallel: 200 } });
});
