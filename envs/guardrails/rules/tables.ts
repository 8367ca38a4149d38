/** Tables that know who watches what, and hold wrapped content keys: encrypted, recoverable, and used only as they must be. */
import { blockOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { nameOf, statementPart } from '../part.ts';
import { allowancesIn, covers, exactValues, type Statement } from '../policies.ts';
import {
  at,
  type Finding,
  type GuardedStack,
  type Judged,
  type Rule,
  reference,
  show,
  within,
} from '../rule.ts';

const TABLE = 'aws_dynamodb_table';
/** Those that read or write items, or carry all of them elsewhere. */
const ITEM_ACTIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'ConditionCheckItem',
  'DeleteItem',
  'ExportTableToPointInTime',
  'GetItem',
  'GetRecords',
  'PartiQLDelete',
  'PartiQLInsert',
  'PartiQLSelect',
  'PartiQLUpdate',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
].map((action) => `dynamodb:${action}`);
const DIRECT_USES = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const CONTEXT_KEYS = 'kms:encryptioncontextkeys';
const CONTEXT_PAIR = /^kms:encryptioncontext:./;

export const tableRules: readonly Rule[] = [
  {
    id: 'ddb-encrypted',
    title: 'every table is encrypted with a KMS key of this stack',
    why: 'its key is a second permission that everybody who reads the table needs, and that can be withdrawn; a key that AWS owns asks nobody',
    checkov: ['CKV_AWS_119'],
    check: (stack) =>
      inEnvironment(stack, (table) => {
        const { enabled, kms_key_arn: key } = blockOf(table.block.server_side_encryption);
        if (enabled === true && keyOfTable(stack.graph, table) !== undefined) return [];
        return [
          {
            part: { argument: 'server_side_encryption' },
            found: `kms_key_arn ${show(key)}, enabled ${show(enabled)}`,
            wanted: `enabled true, kms_key_arn ${reference('aws_kms_key.<name>.arn')}`,
          },
        ];
      }),
  },
  {
    id: 'ddb-recoverable',
    title: 'every table can be restored to any second',
    why: 'content keys cannot be made again: titles whose wrapped keys are deleted by mistake have to be encoded anew',
    checkov: ['CKV_AWS_28'],
    check: (stack) =>
      inEnvironment(stack, ({ block }) =>
        blockOf(block.point_in_time_recovery).enabled === true
          ? []
          : [
              {
                part: { argument: 'point_in_time_recovery' },
                found: 'no point-in-time recovery',
                wanted: 'enabled true',
              },
            ],
      ),
  },
  {
    id: 'ddb-items-expire',
    title: 'every table deletes items at the time that they name',
    why: 'otherwise the access log, with viewers’ addresses in it, is kept for ever',
    check: (stack) =>
      inEnvironment(stack, ({ block }) => {
        const { enabled, attribute_name: attribute } = blockOf(block.ttl);
        if (enabled === true && typeof attribute === 'string' && attribute !== '') return [];
        return [
          {
            part: { argument: 'ttl' },
            found: `ttl of ${show(attribute)}, enabled ${show(enabled)}`,
            wanted: 'ttl enabled true with an attribute_name',
          },
        ];
      }),
  },
  {
    id: 'ddb-own-tables',
    title:
      'items may be read and written only in tables of this stack and their indexes, and never all at once',
    why: 'a pattern also covers the next environment’s table, and a Scan or an export hands out every viewer’s history and every wrapped key',
    check: (stack) =>
      stack.purpose === 'state'
        ? []
        : eachAllowance(stack.graph, (statement) => {
            const granted = ITEM_ACTIONS.filter((action) => covers(named(statement), action));
            if (granted.length === 0) return [];
            return [
              ...statement.resources
                .filter((resource) => resource !== '*' && !isOwnTable(stack.graph, resource))
                .map((resource) => ({
                  part: { value: nameOf(resource) },
                  found: `${statement.name}: ${granted.join(', ')} on ${show(resource)}`,
                  wanted: `${reference(`${TABLE}.<name>.arn`)}, or an index of it by name`,
                })),
              ...granted
                .filter((action) => /:(?:Scan|ExportTableToPointInTime)$/.test(action))
                .map((action) => ({
                  part: { action: nameOf(action) },
                  found: `${statement.name}: ${action}`,
                  wanted: 'dynamodb:Query, which names a viewer or a title',
                })),
            ];
          }),
  },
  {
    id: 'kms-content-keys-bound',
    title:
      'the KMS key of a table is used through DynamoDB, or under an encryption context that the policy names',
    why: 'without a context in the condition, a wrapped content key unwraps for every title, and the key encrypts and decrypts anything',
    check: ({ graph }) => {
      const keys = new Set(graph.ofType(TABLE).map((table) => keyOfTable(graph, table)));
      return eachAllowance(graph, (statement) => {
        if (!DIRECT_USES.some((action) => covers(named(statement), action)) || isBound(statement)) return [];
        return statement.resources
          .filter((resource) => {
            const key = graph.target(resource, 'aws_kms_key', 'arn');
            return key !== undefined && keys.has(key);
          })
          .map((resource) => ({
            part: { value: nameOf(resource) },
            found: `${statement.name}: the key ${show(resource)} without a condition`,
            wanted:
              'StringEquals kms:ViaService, or ForAllValues:StringEquals kms:EncryptionContextKeys with Null "false" for a kms:EncryptionContext:<name>',
          }));
      });
    },
  },
];

/** Of an environment: what keeps its state has a rule of its own. */
function inEnvironment({ graph, purpose }: GuardedStack, judge: (table: Resource) => Judged): Finding[] {
  if (purpose === 'state') return [];
  return graph.ofType(TABLE).flatMap((table) => at(table.address, judge(table)));
}

function keyOfTable(graph: StackGraph, { block }: Resource): Resource | undefined {
  const { kms_key_arn: key } = blockOf(block.server_side_encryption);
  return graph.target(key, 'aws_kms_key', 'arn');
}

function isOwnTable(graph: StackGraph, resource: string): boolean {
  const table = resource.replace(/\/index\/[\w.-]+$/, '');
  return graph.target(table, TABLE, 'arn') !== undefined;
}

function eachAllowance(graph: StackGraph, judge: (statement: Statement) => Judged): Finding[] {
  return allowancesIn(graph, 'identity').flatMap(({ resource: { address }, statement }) =>
    at(address, within(statementPart(statement), judge(statement))),
  );
}

/** Without actions of a star alone, which are another rule's. */
function named(statement: Statement): Pick<Statement, 'actions'> {
  return { actions: statement.actions.filter((action) => !/^(?:\*|\w+:\*)$/.test(action)) };
}

/** `ForAllValues` is also met by a request without the key, so a Null must stand beside it. */
function isBound(statement: Statement): boolean {
  const { conditions } = statement;
  if (exactValues(statement, 'kms:ViaService').length > 0) return true;
  return (
    conditions.some(
      ({ operator, key, values }) =>
        operator === 'ForAllValues:StringEquals' && key === CONTEXT_KEYS && values.length > 0,
    ) &&
    conditions.some(
      ({ operator, key, values }) =>
        operator === 'Null' && CONTEXT_PAIR.test(key) && values.every((value) => value === 'false'),
    )
  );
}
