/** Ids of requests in the form of `x-amz-cf-id`. */
import { randomBytes } from 'node:crypto';

/** 56 characters that nobody can guess, base64url. */
export function newRequestId(): string {
  return randomBytes(42).toString('base64url');
}
