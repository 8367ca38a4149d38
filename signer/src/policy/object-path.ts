/** From the key of an object in S3 to the path at which CloudFront serves it. */

import { assertString } from '../arguments.ts';
import { MAX_URL_BYTES } from './resource.ts';
import { type Verbatim, verbatim } from './verbatim.ts';

/**
 * The path of an object by its key in the bucket: every byte but RFC 3986's unreserved ones and `/` is percent-encoded, as
 * S3 decodes it. So a `?`, `*`, `'`, `+`, `%`, space or letter of any alphabet in a key is a character of its name, and
 * opens nothing else. Unicode normal forms stay as they are, since they are different keys. It is accepted wherever a
 * resource is, and as text it is the path.
 *
 * It never throws for a string, so that a list of keys can be mapped: a key that no URL can name is refused by the call that signs
 * it. Those are an empty key, one that begins with `/`, one with a `.` or `..` segment, and text that is not Unicode.
 *
 * @throws SignerTypeError `ERR_ARGUMENT_TYPE` for a key that is not a string
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-2.3
 * @example
 * const { url } = await signer.signUrl(objectPath("thumbnails/What's new?.jpg"));
 */
export function objectPath(s3Key: string): Verbatim {
  assertString('s3Key', s3Key);
  // Too long for any URL, which signing says: encoding it would take its time for nothing.
  if (s3Key.length > MAX_URL_BYTES) return verbatim(`/${s3Key}`);
  return verbatim(s3Key === '' ? '' : `/${s3Key.replace(TO_ENCODE, percentEncode)}`);
}

/** A lone surrogate stays: it has no UTF-8, so signing refuses it. */
const TO_ENCODE = /[\ud800-\udbff][\udc00-\udfff]|[^A-Za-z0-9\-._~/\ud800-\udfff]/g;

/** `encodeURIComponent` leaves five characters that RFC 3986 reserves. */
function percentEncode(character: string): string {
  return RESERVED[character] ?? encodeURIComponent(character);
}

const RESERVED: Readonly<Record<string, string>> = {
  '!': '%21',
  "'": '%27',
  '(': '%28',
  ')': '%29',
  '*': '%2A',
};
