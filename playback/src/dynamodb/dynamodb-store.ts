/** A store in one DynamoDB table, for any number of processes. */

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { PlaybackError } from '../errors.ts';
import { checkedStore } from '../store/checked-store.ts';
import type { PlaybackStore } from '../store/store.ts';
import { accessMethods } from './accesses.ts';
import { contentKeyMethods } from './content-keys.ts';
import { deviceMethods } from './devices.ts';
import { findingMethods } from './findings.ts';
import { progressMethods } from './progress.ts';
import type { Table } from './table-call.ts';

interface DynamoDbStoreBase {
  /** Name or ARN of the table: the environment's `PLAYBACK_TABLE`. */
  readonly tableName: string;
  /**
   * Seconds after which one call of the store, all its requests and repetitions included, is given up; up to 3,600.
   * @default 10
   */
  readonly timeoutSeconds?: number | undefined;
  /**
   * The clock that decides which accesses and findings have expired.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
}

/** Give a client you have, or the configuration of one to be made here; without both, the SDK's defaults. */
export type DynamoDbStoreOptions = DynamoDbStoreBase &
  (
    | { readonly client?: DynamoDBClient | undefined; readonly config?: never }
    | { readonly client?: never; readonly config?: DynamoDBClientConfig | undefined }
  );

/**
 * A store in a table with the keys `pk` and `sk`, an index `gsi1` with the keys `gsi1pk` and `gsi1sk`, all of them strings, and
 * the TTL attribute `expires_at`. Environments with `playback` have one. Needs `dynamodb:GetItem`, `PutItem`, `UpdateItem`,
 * `DeleteItem` and `Query` on the table, and `Query` on the index.
 *
 * | call | requests |
 * |---|---|
 * | a known device or one more device, a heartbeat of a stream that counts, a refusal | 1 |
 * | the first device of a user, the first heartbeat of a stream, progress, release | 2 |
 * | everything else | 1, and for lists 1 for each MB |
 *
 * A request that meets another change of the same item is repeated. No transactions are used: a limit is the condition of one
 * write.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
 * @example
 * const { PLAYBACK_TABLE: tableName = '' } = process.env;
 * const store = dynamodbStore({ tableName });
 */
export function dynamodbStore(options: DynamoDbStoreOptions): PlaybackStore {
  const { tableName, timeoutSeconds = 10, now = () => new Date() } = options;
  if (typeof tableName !== 'string' || tableName === '') {
    throw new PlaybackError('ERR_ARGUMENT', '"tableName" must be the name or the ARN of a DynamoDB table');
  }
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 3_600)) {
    throw new PlaybackError('ERR_ARGUMENT', '"timeoutSeconds" must be more than 0 and at most 3600');
  }
  if (options.client !== undefined && options.config !== undefined) {
    throw new PlaybackError('ERR_ARGUMENT', 'pass "client" or "config", not both');
  }
  const client = options.client ?? new DynamoDBClient(options.config ?? {});
  const table: Table = { client, name: tableName, timeoutSeconds, now };
  return checkedStore({
    ...deviceMethods(table),
    ...progressMethods(table),
    ...accessMethods(table),
    ...findingMethods(table),
    ...contentKeyMethods(table),
  });
}
