/** Which bucket and key a request is about. Path style only: the endpoint is a numeric host. */
import { BUCKET_NAME } from '../../../aws/values/names.ts';
import { splitTarget } from '../api-request.ts';
import { AwsError } from '../aws-error.ts';

export interface S3Target {
  /** Empty for the service itself (ListBuckets). */
  readonly bucket: string;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
}

/**
 * Reads a path with its query.
 *
 * @throws AwsError 400 InvalidBucketName for a first segment that no bucket can be called, an empty one or one with a
 * slash in it included: moto decodes the path before it takes it apart, and goes by another bucket; 400 InvalidURI for
 * what is not a path, or not UTF-8
 */
export function parseTarget(target: string): S3Target {
  const { path, query } = splitTarget(target);
  if (path === '/') return { bucket: '', key: '', query };
  const [, segment, key = ''] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  if (segment === undefined) throw invalidUri();
  const bucket = decode(segment);
  if (!BUCKET_NAME.test(bucket)) {
    throw new AwsError(400, 'InvalidBucketName', 'The specified bucket is not valid.');
  }
  return { bucket, key: decode(key), query };
}

/**
 * The object that an `x-amz-copy-source` names, and perhaps its version.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 * @throws AwsError 400 as `parseTarget`, and InvalidArgument for a bucket, or anything else in the query
 */
export function parseCopySource(source: string): S3Target {
  const target = parseTarget(source.startsWith('/') ? source : `/${source}`);
  if (target.key !== '' && [...target.query.keys()].every((name) => name === 'versionId')) return target;
  const message = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey';
  throw new AwsError(400, 'InvalidArgument', message);
}

/** `/<bucket>/<key>` as a request path. */
export function objectPath(bucket: string, key: string): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return `/${encode(bucket)}/${key.split('/').map(encode).join('/')}`;
}

/** A target in the one spelling that everybody reads alike. */
export function targetPath({ bucket, key, query }: S3Target): string {
  const path = bucket === '' ? '/' : objectPath(bucket, key);
  return query.size === 0 ? path : `${path}?${query.toString().replaceAll('+', '%20')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUri();
  }
}

function invalidUri(): AwsError {
  return new AwsError(400, 'InvalidURI', "Couldn't parse the specified URI.");
}
