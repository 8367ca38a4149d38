/** Where playback keeps devices, progress and wrapped content keys, and the KMS key that wraps them. */
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { Construct } from 'constructs';
import { requireMatch } from '../checks.ts';
import { EncryptionKey } from '../encryption_key/index.ts';

export interface PlaybackTableProps {
  /** Name of the table and of the key's alias, unique in account and region: 3 to 250 letters, digits, `_` and `-`. */
  readonly name: string;
  /** The account that owns the key, 12 digits. */
  readonly accountId: string;
  /** Days in which a deleted key, and with it every content key, can still be saved: 7 to 30. */
  readonly keyDeletionWindowDays: number;
  /**
   * Whether DynamoDB refuses every request to delete the table: switch it off and apply before you destroy it.
   * @default false
   */
  readonly deletionProtection?: boolean;
  /**
   * Whether Terraform refuses every plan that would destroy the table or the key.
   * @default false
   */
  readonly preventDestroy?: boolean;
}

/**
 * The table of `@storytime/playback` and its KMS key. The key encrypts the table, and wraps the content key of each encrypted
 * title under the encryption context `title` and `version`. The table can be restored to any second of the last 35 days, and
 * items with an `expires_at` in the past are removed, usually within two days.
 *
 * Without the key no encrypted title plays again; without the table none does either, because only its items hold the wrapped
 * keys.
 *
 * @throws TypeError for a name, account or number of days that AWS would refuse
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 */
export class PlaybackTable extends Construct {
  /** The table as Terraform's resource, for a setting that no input has. */
  readonly resource: DynamodbTable;
  readonly #key: EncryptionKey;

  constructor(scope: Construct, id: string, props: PlaybackTableProps) {
    super(scope, id);
    const { name, accountId, keyDeletionWindowDays, deletionProtection = false, preventDestroy } = props;
    requireMatch('name', name, /[\w-]{3,250}/, '3 to 250 letters, digits, "_" and "-"');
    this.#key = new EncryptionKey(this, 'key', {
      alias: name,
      accountId,
      deletionWindowDays: keyDeletionWindowDays,
      encrypts: 'content keys, and the table of playback at rest',
      ...(preventDestroy && { preventDestroy }),
    });
    this.resource = new DynamodbTable(this, 'table', {
      name,
      billingMode: 'PAY_PER_REQUEST',
      hashKey: 'pk',
      rangeKey: 'sk',
      attribute: ['pk', 'sk', 'gsi1pk', 'gsi1sk'].map((key) => ({ name: key, type: 'S' })),
      globalSecondaryIndex: [{ name: 'gsi1', hashKey: 'gsi1pk', rangeKey: 'gsi1sk', projectionType: 'ALL' }],
      ttl: { enabled: true, attributeName: 'expires_at' },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn: this.#key.arn },
      deletionProtectionEnabled: deletionProtection,
      ...(preventDestroy && { lifecycle: { preventDestroy: true } }),
    });
  }

  /** Name of the table, which the package's DynamoDB store is given. */
  get name(): string {
    return this.resource.name;
  }

  /** ARN of the table, for policies. */
  get arn(): string {
    return this.resource.arn;
  }

  /** ARN of the KMS key that wraps content keys, which the package's `kmsKeyWrapper` is given. */
  get keyArn(): string {
    return this.#key.arn;
  }
}
