/**
 * Checks of what JavaScript callers pass to `explain` where its types say otherwise. Values are never echoed.
 * Of the package's errors the class alone is used: nothing here is shared with the side that mints.
 */

import { SignerTypeError } from '../errors.ts';
import type { ExplainRequest } from './explain.ts';

/** @throws SignerTypeError `ERR_ARGUMENT_TYPE`; strings pass, whatever their text */
export function assertRequest(request: ExplainRequest): void {
  if (typeof request !== 'object' || request === null) throw wrongType('the request', 'an object', request);
  const { url, cookies, ip, now, trustedKeys } = request;
  if (typeof url !== 'string') throw wrongType('"url"', 'a string', url);
  // `headers.get('cookie')` gives null where there is none.
  if (typeof (cookies ?? '') !== 'string') throw wrongType('"cookies"', 'a Cookie header, a string', cookies);
  if (typeof (ip ?? '') !== 'string') throw wrongType('"ip"', 'a string', ip);
  if (now !== undefined && !(now instanceof Date)) throw wrongType('"now"', 'a Date', now);
  if (typeof trustedKeys?.get !== 'function') {
    throw wrongType('"trustedKeys"', 'a Map of key pair ids to public keys', trustedKeys);
  }
}

function wrongType(what: string, wanted: string, got: unknown): SignerTypeError {
  const name = got === null ? 'null' : typeof got;
  return new SignerTypeError('ERR_ARGUMENT_TYPE', `${what} must be ${wanted}, got ${name}`);
}
