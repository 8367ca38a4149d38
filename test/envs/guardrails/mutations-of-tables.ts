/** The table of playback, its key, and the token that CloudFront must not see: one broken setting each. */
import { ref } from '../synthesized.ts';
import type { Json } from './mutated.ts';
import { add, allowing, at, block, inPolicy, type Mutation, set } from './mutation.ts';

const TABLE = 'aws_dynamodb_table.playback';
const APP = 'aws_iam_policy.app';
const HEADERS = 'aws_cloudfront_response_headers_policy.delivery_response_headers';
const REQUEST_POLICY = 'aws_cloudfront_origin_request_policy.mistake';
const KEY = 'arn:aws:kms:eu-central-1:444455556666:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f';
const EVERY_TABLE = 'arn:aws:dynamodb:eu-central-1:444455556666:table/*';

function ofTable(rule: string, what: string, values: Readonly<Record<string, unknown>>): Mutation {
  return at(rule, TABLE, what, set(TABLE, values), 'maximum');
}

function inApp(rule: string, what: string, sid: string, change: (statement: Json) => void): Mutation {
  return at(rule, APP, what, inPolicy(APP, sid, change), 'maximum');
}

const tables: readonly Mutation[] = [
  ...[
    undefined,
    { enabled: true },
    { enabled: false, kms_key_arn: ref('aws_kms_key.playback_key.arn') },
    { enabled: true, kms_key_arn: KEY },
    { enabled: true, kms_key_arn: ref('aws_kms_key.playback_key.key_id') },
  ].map((encryption) =>
    // The use of a key that encrypts no table any more is not judged.
    ofTable('ddb-encrypted', `encryption ${JSON.stringify(encryption)}`, {
      server_side_encryption: encryption,
    }),
  ),
  ...[undefined, { enabled: false }].map((recovery) =>
    ofTable('ddb-recoverable', `recovery ${JSON.stringify(recovery)}`, { point_in_time_recovery: recovery }),
  ),
  ...[undefined, { enabled: false, attribute_name: 'expires_at' }, { enabled: true }].map((ttl) =>
    ofTable('ddb-items-expire', `ttl ${JSON.stringify(ttl)}`, { ttl }),
  ),
  ...[undefined, { prevent_destroy: false }].map((lifecycle) =>
    at(
      'prod-kept',
      'aws_dynamodb_table.mistake',
      `a table with ${JSON.stringify(lifecycle)}`,
      add('aws_dynamodb_table', {
        server_side_encryption: { enabled: true, kms_key_arn: ref('aws_kms_key.encryption.arn') },
        point_in_time_recovery: { enabled: true },
        ttl: { enabled: true, attribute_name: 'expires_at' },
        lifecycle,
      }),
    ),
  ),
];

const rights: readonly Mutation[] = [
  ...[
    EVERY_TABLE,
    `${EVERY_TABLE}/index/gsi1`,
    'arn:aws:dynamodb:*:444455556666:table/storytime-maximum-*',
  ].map((Resource) =>
    inApp('ddb-own-tables', `items of ${Resource}`, 'ReadPlayback', (statement) => {
      statement.Resource = Resource;
    }),
  ),
  inApp('ddb-own-tables', 'every index', 'ReadPlayback', (statement) => {
    statement.Resource = `${ref(`${TABLE}.arn`)}/index/*`;
  }),
  ...['dynamodb:Scan', 'dynamodb:ExportTableToPointInTime', 'dynamodb:S*'].map((action) =>
    inApp('ddb-own-tables', action, 'ReadPlayback', (statement) => {
      statement.Action = [action];
    }),
  ),
  ...[
    undefined,
    { Null: { 'kms:EncryptionContext:title': 'false' } },
    { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['title', 'version'] } },
    {
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['title', 'version'] },
      Null: { 'kms:EncryptionContext:title': 'true' },
    },
    {
      'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': ['title'] },
      Null: { 'kms:EncryptionContext:title': 'false' },
    },
    { StringLike: { 'kms:ViaService': '*' } },
  ].map((Condition) =>
    inApp(
      'kms-content-keys-bound',
      `content keys with ${JSON.stringify(Condition)}`,
      'UseContentKeys',
      (statement) => {
        statement.Condition = Condition;
      },
    ),
  ),
  at(
    'kms-content-keys-bound',
    APP,
    'encryption by another statement',
    allowing(APP, { Action: 'kms:Encrypt', Resource: ref('aws_kms_key.playback_key.arn') }),
    'maximum',
  ),
];

/** A policy of a stack that forwards what is given, over one that forwards nothing. */
function forwarding(parts: Json): Mutation {
  const nothing = {
    headers_config: { header_behavior: 'none' },
    cookies_config: { cookie_behavior: 'none' },
    query_strings_config: { query_string_behavior: 'none' },
  };
  const policy = { name: 'mistake', ...nothing, ...parts };
  return at(
    'cf-token-unseen',
    REQUEST_POLICY,
    `forwards ${JSON.stringify(parts)}`,
    add('aws_cloudfront_origin_request_policy', policy),
  );
}

const token: readonly Mutation[] = [
  ...['X-Video-Token', 'x-video-token', 'Authorization', 'Cookie'].flatMap((header) => [
    forwarding({ headers_config: { header_behavior: 'whitelist', headers: { items: ['Origin', header] } } }),
    at('cf-token-unseen', HEADERS, `pages may send ${header}`, (json) =>
      block(json, HEADERS).cors_config.access_control_allow_headers.items.push(header),
    ),
  ]),
  ...['allViewer', 'allViewerAndWhitelistCloudFront', 'allExcept', undefined].map((header_behavior) =>
    forwarding({ headers_config: { header_behavior } }),
  ),
  forwarding({ query_strings_config: { query_string_behavior: 'all' } }),
  forwarding({
    query_strings_config: { query_string_behavior: 'whitelist', query_strings: { items: ['t'] } },
  }),
  forwarding({ cookies_config: { cookie_behavior: 'all' } }),
  // AWS's own AllViewer, by its id.
  at('cf-token-unseen', 'aws_cloudfront_distribution.delivery', 'a policy of AWS’s', (json) => {
    const { default_cache_behavior: behaviour } = block(json, 'aws_cloudfront_distribution.delivery');
    behaviour.origin_request_policy_id = '216adef6-5c7f-47e4-b989-5492eafa07d3';
  }),
];

export const tableMutations: readonly Mutation[] = [...tables, ...rights, ...token];
