import { Lazy, ref, Token } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { AppPolicy, LibraryAdminPolicy } from '../../modules/iam_roles/index.ts';
import { PlaybackTable, type PlaybackTableProps } from '../../modules/playback_store/index.ts';
import { statementsOf } from './policy.ts';
import { allows, type RequestContext } from './policy-judge.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';
const TABLE = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/storytime-test-playback`;
const INDEX = `${TABLE}/index/gsi1`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f`;

describe('PlaybackTable', () => {
  it('is one table by viewer and by title with one index, paid for by request, that forgets and can be restored', () => {
    const json = table({});
    expect(typesOf(json)).toEqual([
      'aws_dynamodb_table',
      'aws_kms_alias',
      'aws_kms_key',
      'aws_kms_key_policy',
    ]);
    expect(only(json, 'aws_dynamodb_table')).toEqual({
      name: 'storytime-test-playback',
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: 'pk',
      range_key: 'sk',
      attribute: ['pk', 'sk', 'gsi1pk', 'gsi1sk'].map((name) => ({ name, type: 'S' })),
      global_secondary_index: [
        { name: 'gsi1', hash_key: 'gsi1pk', range_key: 'gsi1sk', projection_type: 'ALL' },
      ],
      ttl: { enabled: true, attribute_name: 'expires_at' },
      point_in_time_recovery: { enabled: true },
      server_side_encryption: { enabled: true, kms_key_arn: `\${aws_kms_key.playback_key.arn}` },
      deletion_protection_enabled: false,
    });
  });

  it('has a rotated key under its own name, which IAM in the account gives out, and no service', () => {
    const json = table({});
    expect(only(json, 'aws_kms_key')).toEqual({
      description: 'storytime-test-playback: content keys, and the table of playback at rest',
      enable_key_rotation: true,
      deletion_window_in_days: 30,
    });
    expect(only(json, 'aws_kms_alias').name).toBe('alias/storytime-test-playback');
    const principals = statementsOf(json, 'aws_kms_key_policy').map(({ Principal }) => Principal);
    expect(principals).toEqual([{ AWS: `arn:aws:iam::${ACCOUNT}:root` }]);
  });

  it('has addresses that are a contract', () => {
    const { resource } = table({});
    expect(
      Object.entries(resource).flatMap(([type, made]) => Object.keys(made).map((id) => `${type}.${id}`)),
    ).toEqual([
      'aws_dynamodb_table.playback',
      'aws_kms_alias.playback_key',
      'aws_kms_key.playback_key',
      'aws_kms_key_policy.playback_key',
    ]);
  });

  it('is protected by DynamoDB and by Terraform on request, with its key', () => {
    const json = table({ deletionProtection: true, preventDestroy: true });
    const kept = { lifecycle: { prevent_destroy: true } };
    expect(only(json, 'aws_dynamodb_table')).toMatchObject({ deletion_protection_enabled: true, ...kept });
    expect(only(json, 'aws_kms_key')).toMatchObject(kept);
  });

  it.each<[Partial<PlaybackTableProps>, string]>([
    [{ name: 'ab' }, '"name": expected 3 to 250 letters, digits, "_" and "-", got "ab"'],
    [{ name: 'playback.dev' }, '"name"'],
    [{ name: 'x'.repeat(251) }, '"name"'],
    [{ accountId: '42' }, '"accountId": expected an account id of 12 digits, got "42"'],
    [
      { keyDeletionWindowDays: 6 },
      '"deletionWindowDays": expected a whole number of days from 7 to 30, got 6',
    ],
  ])('refuses %j', (props, message) => {
    expect(() => table(props)).toThrow(TypeError);
    expect(() => table(props)).toThrow(message);
  });

  it('takes values that are known only at apply', () => {
    const later = Lazy.stringValue({ produce: () => `\${var.later}` });
    expect(only(table({ name: later, accountId: later }), 'aws_dynamodb_table').name).toBe(`\${var.later}`);
  });
});

const PAIR: RequestContext = {
  'kms:EncryptionContextKeys': ['title', 'version'],
  'kms:EncryptionContext:title': '42',
  'kms:EncryptionContext:version': '1',
};
const VIA_TABLE: RequestContext = {
  'kms:ViaService': `dynamodb.${REGION}.amazonaws.com`,
  'kms:EncryptionContextKeys': ['aws:dynamodb:tableName', 'aws:dynamodb:subscriberId'],
  'kms:EncryptionContext:aws:dynamodb:tableName': 'storytime-test-playback',
  'kms:EncryptionContext:aws:dynamodb:subscriberId': ACCOUNT,
};
const items = (...keys: string[]): RequestContext => ({ 'dynamodb:LeadingKeys': keys });
const VIEWER = items('user#7');
const TITLE = items('title#42');

type Question = readonly [what: string, action: string, resource: string, context: RequestContext];

const KEY_USES: readonly Question[] = [
  ['wraps a content key under title and version', 'kms:GenerateDataKey', KEY, PAIR],
  ['unwraps a content key under title and version', 'kms:Decrypt', KEY, PAIR],
  ['reads what DynamoDB has encrypted', 'kms:Decrypt', KEY, VIA_TABLE],
  ['has DynamoDB encrypt', 'kms:GenerateDataKey', KEY, VIA_TABLE],
];
const NO_KEY_USES: readonly Question[] = [
  ['unwrap without a context', 'kms:Decrypt', KEY, {}],
  [
    'unwrap by the title alone',
    'kms:Decrypt',
    KEY,
    { 'kms:EncryptionContextKeys': ['title'], 'kms:EncryptionContext:title': '42' },
  ],
  [
    'unwrap with one more name in the context',
    'kms:Decrypt',
    KEY,
    {
      ...PAIR,
      'kms:EncryptionContextKeys': ['title', 'version', 'tenant'],
      'kms:EncryptionContext:tenant': '1',
    },
  ],
  [
    'unwrap with names in another case, which KMS tells apart',
    'kms:Decrypt',
    KEY,
    { ...PAIR, 'kms:EncryptionContextKeys': ['Title', 'Version'] },
  ],
  ['encrypt what it likes', 'kms:Encrypt', KEY, PAIR],
  ['grant the key to somebody', 'kms:CreateGrant', KEY, VIA_TABLE],
  [
    'have another service decrypt',
    'kms:Decrypt',
    KEY,
    { 'kms:ViaService': `s3.${REGION}.amazonaws.com`, 'kms:EncryptionContextKeys': ['aws:s3:arn'] },
  ],
  ['use another key', 'kms:Decrypt', KEY.replace('1a2b', '9f9f'), PAIR],
  ['delete the key', 'kms:ScheduleKeyDeletion', KEY, {}],
];
const NO_TABLE_USES: readonly Question[] = [
  ['read every item', 'dynamodb:Scan', TABLE, {}],
  ['take the table away', 'dynamodb:DeleteTable', TABLE, {}],
  ['take a copy away', 'dynamodb:ExportTableToPointInTime', TABLE, {}],
  ['say who else may read', 'dynamodb:PutResourcePolicy', TABLE, {}],
  ['read another environment’s table', 'dynamodb:GetItem', TABLE.replace('test', 'prod'), TITLE],
];

describe('the backend', () => {
  const documents = [appPolicy()];

  it.each<Question>([
    ['reads a viewer’s devices', 'dynamodb:GetItem', TABLE, VIEWER],
    ['lists a viewer’s progress', 'dynamodb:Query', TABLE, VIEWER],
    ['lists by lesson', 'dynamodb:Query', INDEX, items('lesson#9')],
    ['notes a heartbeat', 'dynamodb:UpdateItem', TABLE, VIEWER],
    ['logs an access', 'dynamodb:PutItem', TABLE, VIEWER],
    ['releases a device', 'dynamodb:DeleteItem', TABLE, VIEWER],
    ['reads a content key', 'dynamodb:GetItem', TABLE, TITLE],
    ['adds a content key', 'dynamodb:PutItem', TABLE, TITLE],
    ...KEY_USES,
  ])('%s', (_what, action, resource, context) => {
    expect(allows(documents, action, resource, context)).toBe(true);
  });

  it.each<Question>([
    ['delete a content key', 'dynamodb:DeleteItem', TABLE, TITLE],
    ['change a content key', 'dynamodb:UpdateItem', TABLE, TITLE],
    ['change one among others', 'dynamodb:UpdateItem', TABLE, items('user#7', 'title#42')],
    ...NO_TABLE_USES,
    ...NO_KEY_USES,
  ])('cannot %s', (_what, action, resource, context) => {
    expect(allows(documents, action, resource, context)).toBe(false);
  });

  it('has no right on a table or on such a key without playback', () => {
    expect(appPolicy(null)).not.toMatch(/dynamodb|EncryptionContext|playback/i);
  });
});

describe('who fills the library', () => {
  const documents = [libraryPolicy()];

  it.each<Question>([
    ['adds a content key', 'dynamodb:PutItem', TABLE, TITLE],
    ['reads a content key', 'dynamodb:GetItem', TABLE, TITLE],
    ['lists a title’s content keys', 'dynamodb:Query', TABLE, TITLE],
    ['deletes a content key', 'dynamodb:DeleteItem', TABLE, TITLE],
    ...KEY_USES,
  ])('%s', (_what, action, resource, context) => {
    expect(allows(documents, action, resource, context)).toBe(true);
  });

  it.each<Question>([
    ['read a viewer’s devices', 'dynamodb:GetItem', TABLE, VIEWER],
    ['list a viewer’s progress', 'dynamodb:Query', TABLE, VIEWER],
    ['read a viewer among titles', 'dynamodb:GetItem', TABLE, items('title#42', 'user#7')],
    ['list who played a lesson', 'dynamodb:Query', INDEX, TITLE],
    ['delete a viewer’s progress', 'dynamodb:DeleteItem', TABLE, VIEWER],
    ['change an item in place', 'dynamodb:UpdateItem', TABLE, TITLE],
    ...NO_TABLE_USES,
    ...NO_KEY_USES,
  ])('cannot %s', (_what, action, resource, context) => {
    expect(allows(documents, action, resource, context)).toBe(false);
  });

  it('has no right on a table without playback', () => {
    expect(libraryPolicy(null)).not.toMatch(/dynamodb|EncryptionContext|playback/i);
  });
});

it('asks for the key in the region of a key that is known only at apply', () => {
  const policy = appPolicy({
    tableArn: Token.asString(ref('aws_dynamodb_table.playback.arn')),
    keyArn: Token.asString(ref('aws_kms_key.playback_key.arn')),
  });
  expect(policy).toContain(`dynamodb.\${element(split(":", aws_kms_key.playback_key.arn), 3)}.amazonaws.com`);
  expect(policy).toContain(`\${aws_dynamodb_table.playback.arn}/index/gsi1`);
});

function table(props: Partial<PlaybackTableProps>) {
  return synthesizedModule(
    (scope) =>
      new PlaybackTable(scope, 'playback', {
        name: 'storytime-test-playback',
        accountId: ACCOUNT,
        keyDeletionWindowDays: 30,
        ...props,
      }),
  );
}

const ACCESS = { tableArn: TABLE, keyArn: KEY };
const LIBRARY = {
  name: 'p',
  mastersBucketArn: 'arn:masters',
  uploadKeyPrefix: 'uploads/',
  queueArn: 'arn:queue',
  jobsArn: 'arn:jobs',
  transcodeRoleArn: 'arn:role',
};

function appPolicy(playback: typeof ACCESS | null = ACCESS): string {
  const props = { ...LIBRARY, jobTemplateArn: 'arn:template', secretArn: 'arn:secret' };
  const json = synthesizedModule(
    (scope) => new AppPolicy(scope, 'app', { ...props, ...(playback && { playback }) }),
  );
  return String(only(json, 'aws_iam_policy').policy);
}

function libraryPolicy(playback: typeof ACCESS | null = ACCESS): string {
  const props = {
    ...LIBRARY,
    outputsBucketArn: 'arn:outputs',
    outputsKeyPrefix: 'books/',
    distributionArn: 'arn:distribution',
  };
  const json = synthesizedModule(
    (scope) => new LibraryAdminPolicy(scope, 'library_admin', { ...props, ...(playback && { playback }) }),
  );
  return String(only(json, 'aws_iam_policy').policy);
}
