/** Ids that nobody can guess. */

import { base64url } from 'jose';

const BYTES = 16;

/** @returns 128 random bits, as 22 characters of base64url */
export function randomId(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(BYTES)));
}
