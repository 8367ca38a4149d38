/**
 * What S3 takes of one object and of one multipart upload, in bytes unless it says otherwise.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export const MOST_PARTS = 10_000;
/** Of every part but the last, which may be smaller. */
export const LEAST_PART_BYTES = 5 * MIB;
const MOST_PART_BYTES = 5 * GIB;
/** 48.8 TiB. */
export const MOST_OBJECT_BYTES = MOST_PARTS * MOST_PART_BYTES;
/** One PUT, or one presigned POST. */
export const MOST_BYTES_AT_ONCE = 5 * GIB;
