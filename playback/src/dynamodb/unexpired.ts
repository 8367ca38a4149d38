/** Items that DynamoDB has not deleted yet although they have expired are not there: deleting takes up to two days. */

import { expiredBy } from './attributes.ts';
import type { Condition } from './table-call.ts';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
export function unexpired(now: Date): Required<Condition> {
  return {
    expression: '#expiresAt > :now',
    names: { '#expiresAt': 'expires_at' },
    values: { ':now': expiredBy(now) },
  };
}
