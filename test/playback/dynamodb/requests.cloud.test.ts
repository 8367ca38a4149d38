/** What the store sends: how much, in which form, and what comes of a request that fails or whose answer is lost. */

import { inspect } from 'node:util';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamodbStore } from '../../../playback/src/dynamodb/index.ts';
import { encodeCursor } from '../../../playback/src/store/cursor.ts';
import { accessListing, progressListing } from '../../../playback/src/store/listings.ts';
import type { PlaybackStore, StoredProgress } from '../../../playback/src/store/store.ts';
import { type Fault, type FaultyWire, startFaultyWire } from '../../signer/faulty-wire.ts';
import { configFor, type Moto, startMoto } from '../../signer/moto.ts';
import { makeTable } from './table.ts';

const NOW = new Date('2026-11-01T18:00:00.123Z');
const LATER = new Date('2027-02-01T00:00:00.500Z');
const options = { limit: 2, at: NOW, countedSince: new Date(NOW.getTime() - 75_000) };
const device = { id: 'device-1', name: 'Firefox on Linux' };
const stream = { id: 'stream-1', deviceId: 'device-1', lessonId: 'lesson-1' };
const access = {
  userId: 'user',
  lessonId: 'lesson-1',
  deviceId: 'device-1',
  ipAddress: '203.0.113.0',
  userAgent: 'Mozilla/5.0',
  accessedAt: NOW,
};
const finding = {
  id: 'finding-1',
  userId: 'user',
  lessonId: null,
  activityType: 'many_networks',
  details: {},
  timestamp: NOW,
  resolved: false,
};
const key = {
  titleId: 'title-1',
  version: 12,
  wrappedKey: Uint8Array.from([1, 2, 3]),
  wrappedBy: 'master-key',
  createdAt: NOW,
};
const progress: StoredProgress = {
  watched_seconds: 1,
  last_position_seconds: 1,
  watch_count: 0,
  last_watched_at: NOW,
  completed_at: null,
  streamIds: [],
};

let moto: Moto;
let wire: FaultyWire;
let client: DynamoDBClient;
let tableName = '';
let store: PlaybackStore;
let tableNumber = 0;

beforeAll(async () => {
  moto = await startMoto();
  wire = await startFaultyWire(moto.port);
  client = new DynamoDBClient(configFor(wire.port));
});

afterAll(async () => {
  client?.destroy();
  await wire?.stop();
  await moto?.stop();
});

beforeEach(async () => {
  await wire.set('none');
  tableName = await makeTable(client, `playback-${++tableNumber}`);
  store = dynamodbStore({ tableName, client, now: () => NOW });
});

/** @returns how many requests it took */
async function count(call: () => Promise<unknown>): Promise<number> {
  await wire.set('none');
  await call();
  return wire.requests;
}

describe('the requests of dynamodbStore', () => {
  it('are as few as its table says', async () => {
    const register = (id: string) => count(() => store.registerDevice('user', { ...device, id }, options));
    expect(await register('device-1'), 'the first device of a user').toBe(2);
    expect(await register('device-2'), 'one more device').toBe(1);
    expect(await register('device-1'), 'a known device').toBe(1);
    expect(await register('device-3'), 'a refused device').toBe(1);
    expect(await count(() => store.devices('user')), 'the list of devices').toBe(1);
    const beat = (id: string) =>
      count(() => store.beatStream('user', { ...stream, id, lessonId: id }, options));
    expect(await beat('stream-1'), 'the first heartbeat of a stream').toBe(2);
    expect(await beat('stream-1'), 'a heartbeat of a stream that counts').toBe(1);
    await beat('stream-2');
    expect(await beat('stream-3'), 'a refused stream').toBe(1);
    const foreign = { ...stream, deviceId: 'unknown' };
    expect(await count(() => store.beatStream('user', foreign, options)), 'an unknown device').toBe(1);
    expect(await count(() => store.endStream('user', 'stream-2')), 'the end of a stream').toBe(1);
    expect(await count(() => store.releaseDevice('user', 'device-2')), 'a release').toBe(2);
    expect(await count(() => store.pruneDevices('user', { before: new Date(0) })), 'nothing to prune').toBe(
      1,
    );
    const update = () => store.updateProgress('user', 'lesson-1', (current) => current ?? progress);
    expect(await count(update), 'progress').toBe(2);
    expect(await count(update), 'progress that does not change').toBe(1);
    expect(await count(() => store.logAccess(access, { expiresAt: LATER })), 'an access').toBe(1);
    expect(await count(() => store.accesses({ userId: 'user' })), 'a page of accesses').toBe(1);
    expect(await count(() => store.addFinding(finding, { expiresAt: LATER })), 'a finding').toBe(1);
    expect(await count(() => store.resolveFinding('user', 'finding-1')), 'a resolved finding').toBe(1);
    expect(await count(() => store.putContentKey(key)), 'a content key').toBe(1);
    expect(await count(() => store.contentKey('title-1', 12)), 'reading a content key').toBe(1);
    expect(await count(() => store.deleteContentKey('title-1', 12)), 'deleting a content key').toBe(1);
  });

  it('are none for a value out of bounds', async () => {
    const bad = () =>
      store.devices('x'.repeat(257)).catch(({ code }) => expect(code).toBe('ERR_STORE_VALUE'));
    expect(await count(bad)).toBe(0);
  });

  it('write items by the keys that grants, TTL and the index rely on', async () => {
    await store.registerDevice('user', device, options);
    await store.updateProgress('user', 'lesson-1', () => progress);
    await store.logAccess(access, { expiresAt: LATER });
    await store.addFinding(finding, { expiresAt: LATER });
    await store.putContentKey(key);
    const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
    const shown = Items.map((item) =>
      [item.pk?.S, item.sk?.S, item.gsi1pk?.S, item.gsi1sk?.S, item.expires_at?.N].map((value) =>
        value?.replace(/(Z#).*$/, '$1…'),
      ),
    );
    const time = '2026-11-01T18:00:00.123Z#…';
    // In whole seconds, never before the instant.
    const seconds = String(LATER.getTime() / 1000 + 0.5);
    expect(shown.sort()).toEqual([
      ['title#title-1', 'key#000012', undefined, undefined, undefined],
      ['user#user', `access#${time}`, 'lesson#lesson-1', `access#${time}`, seconds],
      ['user#user', 'devices', undefined, undefined, undefined],
      ['user#user', 'finding#finding-1', 'findings', `finding#${time}`, seconds],
      ['user#user', 'progress#lesson-1', undefined, undefined, undefined],
    ]);
  });
});

describe('a request of dynamodbStore that fails', () => {
  it.each<{ readonly fault: Fault; readonly said: RegExp }>([
    // A connection that is open already is reset.
    { fault: 'refused', said: /ECONNRE(?:FUSED|SET)/ },
    { fault: 'reset', said: /ECONNRESET/ },
    { fault: 'unavailable', said: /HTTP status 503/ },
    { fault: 'throttled', said: /ThrottlingException/ },
    { fault: 'stall', said: /AbortError/ },
  ])(
    'is ERR_STORE_BUSY, to be tried again later, for a fault of the wire: $fault',
    async ({ fault, said }) => {
      const impatient = dynamodbStore({ tableName, client, timeoutSeconds: 0.5 });
      await wire.set(fault);
      const calls = [
        () => impatient.registerDevice('user', device, options),
        () => impatient.beatStream('user', stream, options),
        () => impatient.updateProgress('user', 'lesson-1', () => progress),
        () => impatient.accesses({ lessonId: 'lesson-1' }),
        () => impatient.deleteContentKey('title-1', 1),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          code: 'ERR_STORE_BUSY',
          message: expect.stringMatching(new RegExp(`^[a-z ]+ failed: ${said.source}; try again later$`)),
        });
      }
    },
  );

  it('is ERR_STORE_CALL with the remedy for a table that is not there', async () => {
    const lost = dynamodbStore({ tableName: 'no-such-table', client });
    await expect(lost.devices('user')).rejects.toMatchObject({
      code: 'ERR_STORE_CALL',
      message:
        'reading the devices of a user failed: ResourceNotFoundException; check "tableName" and the region',
    });
  });

  it('keeps nothing of what was answered, in the message, the cause or a print of both', async () => {
    const lost = dynamodbStore({ tableName: 'no-such-table', client });
    const error = await lost.devices('user').catch((thrown) => thrown);
    expect(wire.lastBody).toContain('ResourceNotFoundException');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('Requested resource');
  });

  it('is ERR_STORE_CALL for an item that was not written by this store', async () => {
    const Item = { pk: { S: 'user#user' }, sk: { S: 'progress#lesson-1' }, other: { S: 'secret of others' } };
    await client.send(new PutItemCommand({ TableName: tableName, Item }));
    await expect(store.progress('user', 'lesson-1')).rejects.toMatchObject({
      code: 'ERR_STORE_CALL',
      message:
        'an item of the table has no "watched_seconds", so it was not written by this store; give the store a table of its own',
    });
  });
});

describe('a request of dynamodbStore whose answer is lost and which the client repeats', () => {
  /** The answer to the first write is lost, after the table has changed. */
  function storeThatLosesAnAnswer(): PlaybackStore {
    const losing = new DynamoDBClient({ ...configFor(wire.port), maxAttempts: 2 });
    let isLost = false;
    losing.middlewareStack.add(
      (next, context) => async (args) => {
        const answer = await next(args);
        if (isLost || !/^(?:Put|Update|Delete)/.test(String(context.commandName))) return answer;
        isLost = true;
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $retryable: {} });
      },
      { step: 'deserialize', priority: 'low' },
    );
    return dynamodbStore({ tableName, client: losing, now: () => NOW });
  }

  it('counts a change of progress once, which would count twice if it were made again', async () => {
    const losing = storeThatLosesAnAnswer();
    const counted = await losing.updateProgress('user', 'lesson-1', (current) => ({
      ...progress,
      watch_count: (current?.watch_count ?? 0) + 1,
    }));
    expect(counted.watch_count).toBe(1);
    expect((await store.progress('user', 'lesson-1'))?.watch_count).toBe(1);
  });

  it('is new for a finding, so that suspending is not forgotten', async () => {
    expect(await storeThatLosesAnAnswer().addFinding(finding, { expiresAt: LATER })).toBe(true);
    expect(await store.addFinding(finding, { expiresAt: LATER })).toBe(false);
  });

  it('keeps a content key without an error', async () => {
    await storeThatLosesAnAnswer().putContentKey(key);
    expect(await store.contentKey('title-1', 12)).toEqual(key);
  });

  it('registers a device once, and admits its stream once', async () => {
    const losing = storeThatLosesAnAnswer();
    expect(await losing.registerDevice('user', device, { ...options, limit: 1 })).toMatchObject({
      registered: true,
    });
    const again = storeThatLosesAnAnswer();
    expect(await again.beatStream('user', stream, { ...options, limit: 1 })).toEqual({ admitted: true });
    expect(await store.devices('user')).toHaveLength(1);
  });
});

describe('a forged cursor', () => {
  const POSITIONS = [
    '',
    '0',
    '~',
    '~~~',
    '~\u{10ffff}',
    'access#',
    'devices',
    'user#other',
    '\u0000',
    'zz#zz',
    '2026',
  ];

  it('lists only what its listing has anyway, however its position is forged', async () => {
    for (const userId of ['user', 'other']) {
      await store.registerDevice(userId, device, options);
      await store.updateProgress(userId, 'lesson-1', () => progress);
      await store.logAccess({ ...access, userId }, { expiresAt: LATER });
    }
    for (const position of POSITIONS) {
      for (const of of [{ userId: 'user' }, { lessonId: 'lesson-1' }, { lessonId: 'lesson-2' }]) {
        const { entries } = await store.accesses(of, {
          cursor: encodeCursor(accessListing(of, {}), position),
        });
        for (const entry of entries) expect(entry).toMatchObject(of);
        expect(entries.length).toBeLessThanOrEqual('userId' in of ? 1 : 2);
      }
      const cursor = encodeCursor(progressListing('user'), position);
      const { entries } = await store.allProgress('user', { cursor });
      expect(entries.every(({ lessonId }) => lessonId === 'lesson-1')).toBe(true);
    }
  });
});

describe('the options of dynamodbStore', () => {
  it.each([
    { given: { tableName: '' }, said: '"tableName" must be the name or the ARN of a DynamoDB table' },
    { given: {}, said: '"tableName" must be the name or the ARN of a DynamoDB table' },
    {
      given: { tableName: 't', timeoutSeconds: 0 },
      said: '"timeoutSeconds" must be more than 0 and at most 3600',
    },
    {
      given: { tableName: 't', timeoutSeconds: Number.NaN },
      said: '"timeoutSeconds" must be more than 0 and at most 3600',
    },
    { given: { tableName: 't', client: {}, config: {} }, said: 'pass "client" or "config", not both' },
  ])('are refused with ERR_ARGUMENT: $given', ({ given, said }) => {
    const error = { code: 'ERR_ARGUMENT', message: said };
    expect(() => dynamodbStore(given as never)).toThrow(expect.objectContaining(error));
  });
});
