/** The requests of one call of the store: each to the same table, all together within one time limit. */

import { randomBytes } from 'node:crypto';
import {
  type ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Item, text } from './attributes.ts';
import { contended, storeFailure } from './store-failure.ts';

export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly now: () => Date;
}

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Item;
}

/** Names and values are those of the change and of its condition. */
export interface Update extends Condition {
  readonly change: string;
}

/** With the item as it was in that moment, without asking again. */
export type Conditional =
  | { readonly isMet: true; readonly before?: Item | undefined }
  | { readonly isMet: false; readonly item: Item | undefined };

const LONGEST_PAUSE_MILLISECONDS = 200;

export class TableCall {
  readonly #table: Table;
  readonly #what: string;
  readonly #abortSignal: AbortSignal;

  /** @param what is tried, as in `registering a device` */
  constructor(table: Table, what: string) {
    this.#table = table;
    this.#what = what;
    this.#abortSignal = AbortSignal.timeout(table.timeoutSeconds * 1000);
  }

  async get(key: Key): Promise<Item | undefined> {
    const command = new GetItemCommand({ ...this.#target(key), ConsistentRead: true });
    return (await this.#send((options) => this.#table.client.send(command, options))).Item;
  }

  /**
   * Puts the item if the condition holds. The client repeats a request whose answer was lost: a mark in the item tells its own
   * success from somebody else's.
   */
  async put(key: Key, attributes: Item, condition?: Condition): Promise<Conditional> {
    const writtenBy = randomBytes(9).toString('base64url');
    const { TableName, Key: keys } = this.#target(key);
    const command = new PutItemCommand({
      TableName,
      Item: { ...keys, ...attributes, writtenBy: text(writtenBy) },
      ...expressions(condition),
    });
    const outcome = await this.#conditional((options) => this.#table.client.send(command, options));
    return !outcome.isMet && outcome.item?.writtenBy?.S === writtenBy ? { isMet: true } : outcome;
  }

  async update(
    key: Key,
    { change, ...condition }: Update,
    returned: UpdateItemCommandInput['ReturnValues'] = 'NONE',
  ): Promise<Conditional> {
    const command = new UpdateItemCommand({
      ...this.#target(key),
      UpdateExpression: change,
      ...expressions(condition),
      ReturnValues: returned,
    });
    return this.#conditional((options) => this.#table.client.send(command, options));
  }

  /** @returns what was deleted */
  async delete(key: Key): Promise<Item | undefined> {
    const command = new DeleteItemCommand({ ...this.#target(key), ReturnValues: 'ALL_OLD' });
    return (await this.#send((options) => this.#table.client.send(command, options))).Attributes;
  }

  /** Item by item, as many requests as it takes. */
  async *query(input: Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>): AsyncGenerator<Item> {
    let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
    do {
      const command = new QueryCommand({ ...input, TableName: this.#table.name, ExclusiveStartKey });
      const found = await this.#send((options) => this.#table.client.send(command, options));
      yield* found.Items ?? [];
      ExclusiveStartKey = found.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }

  /**
   * Before a repetition, at random and longer each time, so that those who met do not meet again.
   * @throws PlaybackError `ERR_STORE_BUSY` when the time is over
   */
  async pause(attempt: number): Promise<void> {
    const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, 5 * 2 ** attempt);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
    if (this.#abortSignal.aborted) throw contended(this.#what, this.#table.timeoutSeconds);
  }

  #target({ pk, sk }: Key) {
    return { TableName: this.#table.name, Key: { pk: text(pk), sk: text(sk) } };
  }

  async #conditional(send: Send<{ readonly Attributes?: Item | undefined }>): Promise<Conditional> {
    try {
      const { Attributes: before } = await this.#send(send);
      return { isMet: true, before };
    } catch (error) {
      if (isUnmetCondition(error)) return { isMet: false, item: error.Item };
      throw error;
    }
  }

  async #send<Output>(send: Send<Output>): Promise<Output> {
    try {
      return await send({ abortSignal: this.#abortSignal });
    } catch (error) {
      if (isUnmetCondition(error)) throw error;
      throw storeFailure(this.#what, error);
    }
  }
}

/** By its name: a client that was handed in may come from another copy of the SDK. */
function isUnmetCondition(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

type Send<Output> = (options: { readonly abortSignal: AbortSignal }) => Promise<Output>;

function expressions(condition: Condition | undefined) {
  if (condition === undefined) return {};
  const { expression, names, values } = condition;
  return {
    ConditionExpression: expression,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...(names && { ExpressionAttributeNames: { ...names } }),
    ...(values && { ExpressionAttributeValues: { ...values } }),
  } as const;
}
