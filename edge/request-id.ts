/** Ids of requests in the form of `x-amz-cf-id`. */
import { randomFillSync } from 'node:crypto';

const ID_BYTES = 42;
/** Drawn for many at once: a draw costs more than what is drawn. */
const pool = Buffer.alloc(ID_BYTES * 128);
let used = pool.length;

/** 56 characters that nobody can guess, base64url. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const start = used;
  used += ID_BYTES;
  return pool.toString('base64url', start, used);
}
