/** What may be done with the table of playback and its KMS key, by the backend and by who fills the library. */
import type { PolicyStatement } from '../policy-document.ts';
import { regionOf } from './arn.ts';

/** The table of playback with the key that encrypts it and wraps the content keys in it. */
export interface PlaybackAccess {
  /** ARN of the DynamoDB table. */
  readonly tableArn: string;
  /** ARN of the KMS key. */
  readonly keyArn: string;
}

/** Partition keys of the items that hold wrapped content keys; everything else is about one viewer. */
const TITLES = 'title#*';

/**
 * The backend: every item, but a title's only to read and to add. A content key that is deleted or replaced by mistake cannot
 * be made again, and the title could not be played any more.
 */
export function servePlayback(access: PlaybackAccess): PolicyStatement[] {
  const { tableArn } = access;
  return [
    {
      Sid: 'ReadPlayback',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:Query'],
      Resource: [tableArn, `${tableArn}/index/gsi1`],
    },
    { Sid: 'AddPlayback', Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: tableArn },
    {
      Sid: 'ChangePlayback',
      Effect: 'Allow',
      Action: ['dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      Resource: tableArn,
      Condition: { 'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': TITLES } },
    },
    ...useContentKeys(access),
  ];
}

/** Who fills the library: the content keys of titles, and nothing about viewers. */
export function keepContentKeys(access: PlaybackAccess): PolicyStatement[] {
  return [
    {
      Sid: 'KeepContentKeys',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
      Resource: access.tableArn,
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': TITLES } },
    },
    ...useContentKeys(access),
  ];
}

/**
 * A content key is wrapped and unwrapped under exactly the encryption context `title` and `version`, so that nothing else is
 * encrypted or decrypted with these rights, and the wrapped key of one title does not unwrap as another's.
 *
 * DynamoDB uses the key of a table with the rights of its caller. Its requests have another encryption context.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
 */
function useContentKeys({ keyArn }: PlaybackAccess): PolicyStatement[] {
  return [
    {
      Sid: 'UseContentKeys',
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: keyArn,
      Condition: {
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['title', 'version'] },
        Null: { 'kms:EncryptionContext:title': 'false', 'kms:EncryptionContext:version': 'false' },
      },
    },
    {
      Sid: 'UsePlaybackAtRest',
      Effect: 'Allow',
      Action: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      Resource: keyArn,
      Condition: { StringEquals: { 'kms:ViaService': `dynamodb.${regionOf(keyArn)}.amazonaws.com` } },
    },
  ];
}
