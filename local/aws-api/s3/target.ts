/** Which bucket and key a request is about. Path style only: the endpoint is a numeric host. */
import { splitTarget } from '../api-request.ts';

export interface S3Target {
  /** Empty for the service itself (ListBuckets). */
  readonly bucket: string;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
}

export function parseTarget(target: string): S3Target {
  const { path, query } = splitTarget(target);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket: decode(bucket), key: decode(key), query };
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

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
