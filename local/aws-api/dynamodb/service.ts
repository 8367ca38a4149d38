/** The layer in front of moto's DynamoDB: items of an encrypted table need its key, and what reads or writes them is atomic. */
import type { Principal } from '../../../aws/iam/principal.ts';
import type { ApiAnswer, ApiRequest } from '../api-request.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Callers } from '../callers.ts';
import { type JsonCall, type JsonObject, jsonCallOf, objectAt, objectsAt, textAt } from '../json-call.ts';
import type { KmsLayer } from '../kms/service.ts';
import type { MotoClient } from '../moto-client.ts';

/** What reads or writes items by the names of tables in its input. */
const OF_ITEMS = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'TransactGetItems',
  'TransactWriteItems',
  'UpdateItem',
]);
/** Settings of a table, and lists: no item in them. */
const OF_TABLES = new Set([
  'CreateTable',
  'DeleteTable',
  'DescribeContinuousBackups',
  'DescribeEndpoints',
  'DescribeTable',
  'DescribeTimeToLive',
  'ListTables',
  'ListTagsOfResource',
  'TagResource',
  'UntagResource',
  'UpdateContinuousBackups',
  'UpdateTable',
  'UpdateTimeToLive',
]);

/** A table by its name, or by its ARN. */
const TABLE_NAME = /^(?:arn:aws:dynamodb:[a-z0-9-]+:\d{12}:table\/)?([\w.-]{3,255})$/;

export class DynamoDbLayer {
  readonly #moto: MotoClient;
  readonly #callers: Callers;
  readonly #kms: KmsLayer;
  readonly #accountId: string;
  /** The last call that reads or writes items, whether it succeeded or not. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: { moto: MotoClient; callers: Callers; kms: KmsLayer; accountId: string }) {
    this.#moto = options.moto;
    this.#callers = options.callers;
    this.#kms = options.kms;
    this.#accountId = options.accountId;
  }

  /**
   * Answers one call. What is not in the two lists could reach items by a way that is not judged here: statements in PartiQL,
   * a table's own policy, exports, imports, backups and streams.
   */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const call = jsonCallOf(request);
    const { operation, input } = call;
    const isOfItems = OF_ITEMS.has(operation);
    if (!call.target.startsWith('DynamoDB_') || !(isOfItems || OF_TABLES.has(operation))) {
      throw notImplemented(`DynamoDB ${operation}`);
    }
    if (input.ResourcePolicy !== undefined) throw notImplemented('the policy of a DynamoDB table');
    if (!isOfItems) return this.#moto.passJson(call);
    return this.#oneByOne(async () => {
      await this.#requireKeys(call, await this.#callers.principalOf(call.scope, request.headers));
      return this.#moto.passJson(call);
    });
  }

  /** moto answers in threads: a condition that held when it was compared need not hold any more when the item is written. */
  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** DynamoDB uses a table's key with the rights of its caller. */
  async #requireKeys({ scope: { region }, input }: JsonCall, principal: Principal): Promise<void> {
    for (const table of tablesIn(input)) {
      const keyId = await this.#keyOf(table, region);
      if (keyId === '') continue;
      const context = {
        'kms:ViaService': `dynamodb.${region}.amazonaws.com`,
        'kms:EncryptionContextKeys': ['aws:dynamodb:tableName', 'aws:dynamodb:subscriberId'],
        'kms:EncryptionContext:aws:dynamodb:tableName': table,
        'kms:EncryptionContext:aws:dynamodb:subscriberId': this.#accountId,
      };
      await this.#kms.requireAccess({ principal, action: 'kms:Decrypt', keyId, region, context });
    }
  }

  /** The ARN of a table's own key; empty without one, and for a table that is not there. */
  async #keyOf(table: string, region: string): Promise<string> {
    const scope = { service: 'dynamodb', region };
    const { output } = await this.#moto.callJson(scope, 'DynamoDB_20120810.DescribeTable', {
      TableName: table,
    });
    return textAt(objectAt(objectAt(output, 'Table'), 'SSEDescription'), 'KMSMasterKeyArn');
  }
}

/**
 * Every table that a call names, once.
 *
 * @throws AwsError ValidationException for a name that is none
 */
function tablesIn(input: JsonObject): readonly string[] {
  const actions = objectsAt(input, 'TransactItems').flatMap((item) =>
    Object.keys(item).map((kind) => objectAt(item, kind).TableName),
  );
  const named = [
    ...(input.TableName === undefined ? [] : [input.TableName]),
    ...Object.keys(objectAt(input, 'RequestItems')),
    ...actions,
  ];
  return [...new Set(named.map(tableOf))];
}

function tableOf(name: unknown): string {
  const [, table] = TABLE_NAME.exec(typeof name === 'string' ? name : '') ?? [];
  if (table !== undefined) return table;
  throw new AwsError(400, 'ValidationException', 'expected the name or the ARN of a table');
}
