/** Webhooks of Bunny Stream. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { types } from 'node:util';
import { wrongType } from '../arguments.ts';
import { assertKey } from './keys.ts';
import type { BunnyWebhookStatus } from './statuses.ts';

/** The body of a webhook, parsed. */
export interface BunnyWebhook {
  readonly VideoLibraryId: number;
  readonly VideoGuid: string;
  readonly Status: BunnyWebhookStatus;
}

/**
 * Whether a webhook's body was signed with the library's read-only API key. The comparison takes the same time whatever
 * the signature.
 *
 * **A captured call can be replayed for ever**: the signature covers the body alone, and there is no time in it. Make the
 * handler idempotent, and take from the body only which video to look up: read its state with `getVideo`.
 *
 * @param rawBody the bytes as they came, or their text: neither parsed nor serialized again
 * @param signature the header `X-BunnyStream-Signature`; a missing header is `false`. The headers beside it say
 * `X-BunnyStream-Signature-Version: v1` and `X-BunnyStream-Signature-Algorithm: hmac-sha256`: refuse others
 * @param readOnlyKey the library's *read-only* API key
 * @throws SignerError `ERR_BUNNY_KEY`; SignerTypeError `ERR_ARGUMENT_TYPE`, for the body and the key alone
 * @see https://docs.bunny.net/stream/webhooks
 */
export function verifyBunnyWebhook(
  rawBody: string | Uint8Array,
  signature: string | null | undefined,
  readOnlyKey: string,
): boolean {
  if (typeof rawBody !== 'string' && !types.isUint8Array(rawBody)) {
    throw wrongType('"rawBody"', 'the bytes of the body, or their text, before it is parsed', rawBody);
  }
  assertKey('readOnlyKey', readOnlyKey);
  const expected = createHmac('sha256', readOnlyKey).update(rawBody).digest();
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/.test(signature)) return false;
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}
