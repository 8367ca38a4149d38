/** What is kept, for how long, and what may destroy it. */
import { z } from 'zod';
import { KMS_KEY_ARN, regionIn } from '../../aws/values/arns.ts';
import { NEW_BUCKET_NAME } from '../../aws/values/names.ts';
import { ARCHIVE_CLASSES } from '../../aws/values/storage-classes.ts';
import { accessLogsBucketName, hlsOutputsBucketName, masterUploadsBucketName } from '../names.ts';
import type { account } from './account.ts';
import { field, type Values } from './field.ts';
import { flag, oneOf, text, whole } from './kinds.ts';
import { ofAnotherAccount, type Rule, rulesAbout, when } from './rule.ts';

export const storage = {
  /** Put behind bucket names, which are unique in the world; null for none. */
  bucketSuffix: field(
    text(
      /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
      'lower-case letters, digits and inner dashes, or null',
    ).nullable(),
    { devAndProd: 'may differ' },
  ),
  /**
   * Names of the two video buckets, for buckets that exist already (docs/existing-buckets.md); null for names that follow
   * from the environment. They are in `awsRegion` and in the account of the environment. `bucketSuffix` is then part of the
   * log bucket's name only.
   */
  bucketNames: field(
    z
      .strictObject(
        { masters: bucketName(), outputs: bucketName() },
        { error: '{ masters, outputs }, or null' },
      )
      .nullable(),
    { devAndProd: 'may differ' },
  ),
  /** Whether destroying the environment destroys its videos. */
  forceDestroy: field(flag(), {
    devAndProd: 'may differ',
    inProd: { careless: (force) => force, wanted: 'false in prod' },
  }),
  /**
   * Whether Terraform refuses every plan that would destroy a bucket or a KMS key. A deleted secret can be
   * restored for `secretRecoveryDays`.
   */
  preventDestroy: field(flag(), {
    devAndProd: 'may differ',
    inProd: { careless: (prevent) => !prevent, wanted: 'true in prod' },
  }),
  /** Buckets and secret under keys that AWS owns (free), or under one KMS key of the environment. */
  encryption: field(oneOf('aws-owned', 'kms'), { devAndProd: 'may differ' }),
  /**
   * ARN of an existing KMS key for buckets and secret, in the environment's account and region; null to make one with
   * `encryption: 'kms'`. Its owner keeps control of its policy: `npm run key-policy` prints the statements that it must have.
   */
  encryptionKeyArn: field(
    text(
      KMS_KEY_ARN,
      'the ARN of a KMS key ("arn:aws:kms:<region>:<account>:key/<id>", no alias), or null',
    ).nullable(),
    { devAndProd: 'may differ' },
  ),
  /** Whether overwritten and deleted masters are kept for `mastersNoncurrentExpiryDays`. */
  mastersVersioning: field(flag(), {
    devAndProd: 'same',
    inProd: {
      careless: (kept) => !kept,
      wanted: 'true in prod: it must be possible to restore a master that was overwritten by mistake',
    },
  }),
  /** Days until a master moves to `mastersArchiveClass`, 0 to 3650 (0: at the next midnight in UTC); null for never. */
  mastersGlacierAfterDays: field(whole(0, 3650, 'of days').nullable(), { devAndProd: 'may differ' }),
  /**
   * The S3 Glacier class that old masters move to. A master in GLACIER or DEEP_ARCHIVE must be restored before a job can
   * read it, which takes hours; one in GLACIER_IR is read at once. S3 charges for at least 90, 180 and 90 days.
   */
  mastersArchiveClass: field(oneOf(...ARCHIVE_CLASSES), { devAndProd: 'may differ' }),
  /**
   * Days until a master expires, 1 to 3650, and later than it is archived; null for never. With versioning it is kept for
   * `mastersNoncurrentExpiryDays` more, since an expired object is only covered by a delete marker.
   */
  mastersExpireAfterDays: field(whole(1, 3650, 'of days').nullable(), {
    devAndProd: 'may differ',
    inProd: {
      careless: (days) => days !== null && days < 30,
      wanted: 'null or at least 30 in prod: a title cannot be transcoded again without its master',
    },
  }),
  /** Days until an overwritten or deleted master is gone for good; null for never. */
  mastersNoncurrentExpiryDays: field(whole(1, 3650, 'of days').nullable(), { devAndProd: 'may differ' }),
  /**
   * Whether overwritten and deleted outputs are kept, and for how many days, 1 to 3650; null for not at all. Outputs can be
   * made again from their masters, so this helps only a person who deleted some by mistake. `npm run withdraw` deletes every version.
   */
  outputsVersioning: field(
    z
      .strictObject(
        { noncurrentExpiryDays: whole(1, 3650, 'of days') },
        { error: '{ noncurrentExpiryDays }, or null' },
      )
      .nullable(),
    { devAndProd: 'may differ' },
  ),
  /** Days until a segment moves to STANDARD_IA, at least 30; null for never. Nothing served is ever archived. */
  outputsInfrequentAccessAfterDays: field(whole(30, 3650, 'of days').nullable(), {
    devAndProd: 'may differ',
  }),
  /** Days that access logs of buckets and CloudFront are kept, in a bucket of their own; null for no logs. */
  accessLogRetentionDays: field(whole(1, 3650, 'of days').nullable(), {
    devAndProd: 'may differ',
    inProd: {
      careless: (days) => days === null,
      wanted: 'a number of days in prod: without logs nobody can find out later who read what',
    },
  }),
};

const rule = rulesAbout<Values<typeof account & typeof storage>>();

export const storageRules: readonly Rule[] = [
  rule(['projectName', 'environment', 'bucketSuffix', 'bucketNames'], (named) => {
    const names = [masterUploadsBucketName(named), hlsOutputsBucketName(named), accessLogsBucketName(named)];
    const longest = names.find((name) => name.length > 63);
    if (longest === undefined) return [];
    const wanted = 'a suffix that keeps bucket names within 63 characters';
    return [{ path: 'bucketSuffix', wanted, got: `a bucket name of ${longest.length} characters` }];
  }),
  rule(['bucketNames'], ({ bucketNames }) =>
    when(
      bucketNames !== null && bucketNames.outputs === bucketNames.masters,
      'bucketNames.outputs',
      'a different bucket from bucketNames.masters: masters are never served, and outputs are',
      bucketNames?.outputs,
    ),
  ),
  rule(['projectName', 'environment', 'bucketSuffix', 'bucketNames'], ({ bucketNames, ...named }) =>
    (['masters', 'outputs'] as const).flatMap((which) =>
      when(
        bucketNames?.[which] === accessLogsBucketName(named),
        `bucketNames.${which}`,
        'a different bucket: this is the name of the bucket for access logs',
        bucketNames?.[which],
      ),
    ),
  ),
  // The second one to make the bucket would be refused, or would put videos beside the state.
  rule(['projectName', 'environment', 'bucketSuffix', 'bucketNames', 'state'], ({ state, ...named }) => {
    if (state.kind !== 's3') return [];
    const others = [masterUploadsBucketName, hlsOutputsBucketName, accessLogsBucketName];
    return when(
      others.some((bucketName) => bucketName(named) === state.bucket),
      'state.bucket',
      'a different bucket: this one is for videos or logs',
      state.bucket,
    );
  }),
  rule(
    ['mastersVersioning', 'mastersNoncurrentExpiryDays'],
    ({ mastersVersioning, mastersNoncurrentExpiryDays }) =>
      when(
        !mastersVersioning && mastersNoncurrentExpiryDays !== null,
        'mastersNoncurrentExpiryDays',
        'null without mastersVersioning',
        mastersNoncurrentExpiryDays,
      ),
  ),
  rule(
    ['mastersGlacierAfterDays', 'mastersExpireAfterDays'],
    ({ mastersGlacierAfterDays: archive, mastersExpireAfterDays: expire }) =>
      when(
        archive !== null && expire !== null && expire <= archive,
        'mastersExpireAfterDays',
        `more than mastersGlacierAfterDays (${archive}), or null`,
        expire,
      ),
  ),
  // S3 covers an expired object with a delete marker, and continues to charge for the version below it.
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
  rule(
    ['mastersVersioning', 'mastersExpireAfterDays', 'mastersNoncurrentExpiryDays'],
    ({ mastersVersioning, mastersExpireAfterDays, mastersNoncurrentExpiryDays }) =>
      when(
        mastersVersioning && mastersExpireAfterDays !== null && mastersNoncurrentExpiryDays === null,
        'mastersNoncurrentExpiryDays',
        'a number of days with mastersExpireAfterDays and mastersVersioning: otherwise expired masters are never deleted',
        mastersNoncurrentExpiryDays,
      ),
  ),
  rule(['encryption', 'encryptionKeyArn'], ({ encryption, encryptionKeyArn }) =>
    when(
      encryption !== 'kms' && encryptionKeyArn !== null,
      'encryptionKeyArn',
      'null without encryption "kms"',
      encryptionKeyArn,
    ),
  ),
  // Terraform and the deploy roles reach only this account, and a bucket accepts no key of another region.
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
  rule(['allowedAccountIds', 'encryptionKeyArn'], ({ allowedAccountIds, encryptionKeyArn }) =>
    ofAnotherAccount(allowedAccountIds, 'encryptionKeyArn', encryptionKeyArn),
  ),
  rule(['awsRegion', 'encryptionKeyArn'], ({ awsRegion, encryptionKeyArn }) =>
    when(
      encryptionKeyArn !== null && regionIn(encryptionKeyArn) !== awsRegion,
      'encryptionKeyArn',
      `a key in ${awsRegion}, where the buckets are`,
      encryptionKeyArn,
    ),
  ),
  rule(['forceDestroy', 'preventDestroy'], ({ forceDestroy, preventDestroy }) =>
    when(
      forceDestroy && preventDestroy,
      'preventDestroy',
      'false with forceDestroy: one allows videos to be deleted, the other forbids it',
      preventDestroy,
    ),
  ),
];

function bucketName() {
  return text(
    NEW_BUCKET_NAME,
    'the name of a bucket, 3 to 63 lower-case letters, digits and inner dashes: without dots, because TLS to its address would fail',
  );
}
