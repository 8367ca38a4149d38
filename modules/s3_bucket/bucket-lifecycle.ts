/** What happens to objects as they age, within the limits of S3. */
import { Token } from 'cdktf';
import { ARCHIVE_CLASSES, type ArchiveClass, mustBeRestored } from '../../aws/values/storage-classes.ts';
import { refuse, requireMatch, requireOneOf, requireWholeNumber } from '../checks.ts';

/** What happens to objects as they age. Abandoned uploads are always ended, after 7 days. */
export interface BucketLifecycle {
  /**
   * Start of the keys of objects that move and expire; ends in a slash. What is elsewhere in the bucket stays as it is. Abandoned
   * uploads end, and noncurrent versions are removed, in the whole bucket.
   * @default - every object
   */
  readonly prefix?: string;
  /**
   * Days until an object moves to STANDARD_IA, which answers at once and costs per read: 30 or more.
   *
   * Objects under 128 KiB, playlists among them, stay where they are.
   * @default - objects stay where they are
   */
  readonly infrequentAccessAfterDays?: number;
  /**
   * Days until an object moves to `archiveClass`: 0 or more. 0 is at the next midnight in UTC.
   *
   * At least 30 days after `infrequentAccessAfterDays`.
   * @default - objects are never archived
   */
  readonly archiveAfterDays?: number;
  /**
   * Where archived objects are: an object in GLACIER or DEEP_ARCHIVE must be restored before it can be read, which takes
   * hours; one in GLACIER_IR is read at once. S3 charges at least 90 (GLACIER, GLACIER_IR) or 180 days (DEEP_ARCHIVE).
   * @default 'GLACIER'
   */
  readonly archiveClass?: ArchiveClass;
  /**
   * Days until an object is deleted: 1 or more, and later than it moves.
   * @default - objects are kept
   */
  readonly expireAfterDays?: number;
  /**
   * Days until a version that was overwritten or deleted is removed for good: 1 or more.
   * @default - noncurrent versions are kept
   */
  readonly noncurrentExpiryDays?: number;
}

const ABORT_INCOMPLETE_UPLOADS_AFTER_DAYS = 7;
const LONGEST_DAYS = 36_500;
const PREFIX = /[^*?/][^*?]*\//;
const LEAST_DAYS_IN_INFREQUENT_ACCESS = 30;

/**
 * @throws TypeError for a prefix that does not end in a slash, for days out of bounds or order, for another class, and for archiving a bucket that is served
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Transition.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
export function requireLifecycle(lifecycle: BucketLifecycle, { served }: { readonly served: boolean }): void {
  const {
    prefix,
    infrequentAccessAfterDays: infrequent,
    archiveAfterDays: archive,
    archiveClass = 'GLACIER',
    expireAfterDays: expire,
    noncurrentExpiryDays: noncurrent,
  } = lifecycle;
  if (prefix !== undefined) {
    requireMatch('lifecycle.prefix', prefix, PREFIX, 'a prefix without * and ? that ends in "/"');
  }
  requireDays('infrequentAccessAfterDays', infrequent, 30);
  requireDays('archiveAfterDays', archive, 0);
  requireOneOf('lifecycle.archiveClass', archiveClass, ARCHIVE_CLASSES);
  requireDays('expireAfterDays', expire, 1);
  requireDays('noncurrentExpiryDays', noncurrent, 1);
  if (served && archive !== undefined && mustBeRestored(archiveClass)) {
    refuse(
      'lifecycle.archiveAfterDays',
      'none for a bucket that is served, since archived segments answer 403 InvalidObjectState and cannot stream: ' +
        'use "infrequentAccessAfterDays"',
      archive,
    );
  }
  requireLater(
    'archiveAfterDays',
    archive,
    'infrequentAccessAfterDays',
    infrequent,
    LEAST_DAYS_IN_INFREQUENT_ACCESS,
  );
  requireLater('expireAfterDays', expire, 'infrequentAccessAfterDays', infrequent, 1);
  requireLater('expireAfterDays', expire, 'archiveAfterDays', archive, 1);
}

/** One rule over the whole bucket, and another one for the objects below a prefix where only those age. */
export function lifecycleRules({
  prefix,
  infrequentAccessAfterDays,
  archiveAfterDays,
  archiveClass = 'GLACIER',
  expireAfterDays,
  noncurrentExpiryDays,
}: BucketLifecycle) {
  const transition = [
    ...(infrequentAccessAfterDays === undefined
      ? []
      : [{ days: infrequentAccessAfterDays, storageClass: 'STANDARD_IA' }]),
    ...(archiveAfterDays === undefined ? [] : [{ days: archiveAfterDays, storageClass: archiveClass }]),
  ];
  const ageing = {
    ...(transition.length > 0 && { transition }),
    ...(expireAfterDays !== undefined && { expiration: [{ days: expireAfterDays }] }),
  };
  const agesApart = prefix !== undefined && Object.keys(ageing).length > 0;
  const wholeBucket = {
    id: 'age',
    status: 'Enabled',
    filter: [{ prefix: '' }],
    abortIncompleteMultipartUpload: [{ daysAfterInitiation: ABORT_INCOMPLETE_UPLOADS_AFTER_DAYS }],
    ...(!agesApart && ageing),
    ...(noncurrentExpiryDays !== undefined && {
      noncurrentVersionExpiration: [{ noncurrentDays: noncurrentExpiryDays }],
    }),
  };
  return agesApart
    ? [wholeBucket, { id: 'age-below-prefix', status: 'Enabled', filter: [{ prefix }], ...ageing }]
    : [wholeBucket];
}

function requireDays(option: string, days: number | undefined, least: number): void {
  if (days === undefined) return;
  requireWholeNumber(`lifecycle.${option}`, days, { least, most: LONGEST_DAYS, unit: 'days' });
}

function requireLater(
  option: string,
  days: number | undefined,
  earlier: string,
  earlierDays: number | undefined,
  apart: number,
): void {
  if (days === undefined || earlierDays === undefined) return;
  if (Token.isUnresolved(days) || Token.isUnresolved(earlierDays) || days >= earlierDays + apart) return;
  const least = `${earlierDays + apart} (${apart === 1 ? 'after' : `${apart} days after`} "${earlier}")`;
  refuse(`lifecycle.${option}`, `at least ${least}`, days);
}
