/** What bucket policies may ask about a request in addition to its caller. */
import type { ConditionContext } from '../../../aws/iam/request-context.ts';

/**
 * Headers that have a condition key of the same name. A request is judged as it came, before the bucket's default
 * encryption: an upload that names no encryption has none of these keys.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
 */
const CONDITION_HEADERS = [
  'x-amz-acl',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
];

/** @param headerValue a header's value by its name in lower case: of a header, a presigned query or a form's field */
export function requestContext(headerValue: (header: string) => string | undefined): ConditionContext {
  return Object.fromEntries(
    CONDITION_HEADERS.flatMap((name) => {
      const value = headerValue(name);
      return value === undefined ? [] : [[`s3:${name}`, value]];
    }),
  );
}
