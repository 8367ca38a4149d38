/** A failed request to DynamoDB as an error with a remedy, without what was answered. */

import { type ServiceFailure, withoutResponse } from '@storytime/signer/errors';
import { PlaybackError } from '../errors.ts';

/** Names of failures that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set([
  'AbortError',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'ReplicatedWriteConflictException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TimeoutError',
  'TransactionConflictException',
]);

const REMEDIES: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'check "tableName" and the region',
  AccessDeniedException:
    'the caller needs dynamodb:GetItem, PutItem, UpdateItem, DeleteItem and Query on the table, and Query on its index gsi1',
  ValidationException:
    'the table must have the keys pk and sk, and an index gsi1 with the keys gsi1pk and gsi1sk',
};

/**
 * @param what was tried, as in `registering a device`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
export function storeFailure(what: string, error: unknown): PlaybackError {
  const cause = withoutResponse(error);
  const failed = `${what} failed: ${cause.name === 'UnknownError' ? cause.message : cause.name}`;
  if (isPassing(cause)) return new PlaybackError('ERR_STORE_BUSY', `${failed}; try again later`, { cause });
  const remedy = REMEDIES[cause.name] ?? 'check the credentials, the region and the endpoint';
  return new PlaybackError('ERR_STORE_CALL', `${failed}; ${remedy}`, { cause });
}

/** @param seconds for which it was tried */
export function contended(what: string, seconds: number): PlaybackError {
  return new PlaybackError(
    'ERR_STORE_BUSY',
    `${what} failed: others changed the same record for ${seconds} seconds; try again later`,
  );
}

/** Without an answer nobody knows whether the request counted: every request of the store may be repeated. */
function isPassing({ name, httpStatusCode }: ServiceFailure): boolean {
  const isSystemCode = /^E[A-Z_]+$/.test(name);
  return PASSING.has(name) || isSystemCode || (httpStatusCode !== undefined && httpStatusCode >= 500);
}
