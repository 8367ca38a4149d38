/** Storage classes of S3 that a lifecycle moves objects to when they are old. */

/** The archive classes, by the name of the API. */
export const ARCHIVE_CLASSES = ['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR'] as const;

export type ArchiveClass = (typeof ARCHIVE_CLASSES)[number];

/**
 * Days for which an object is charged in its class, although it was deleted, overwritten or moved on earlier.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html#sc-compare
 */
export const LEAST_DAYS_CHARGED: Readonly<Record<ArchiveClass, number>> = {
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
  GLACIER_IR: 90,
};

/**
 * Whether an object must be restored before anybody can read it: until then GetObject answers 403 InvalidObjectState.
 * GLACIER_IR (S3 Glacier Instant Retrieval) is read like STANDARD.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html
 */
export function mustBeRestored(storageClass: string): boolean {
  return storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';
}
