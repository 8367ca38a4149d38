/**
 * Checks of what JavaScript callers pass to `explain` and `explainBunny` where their types say otherwise. Values are never echoed.
 * Of the package's errors the class alone is used: nothing here is shared with the side that signs.
 */

import { types } from 'node:util';
import { SignerTypeError } from '../errors.ts';
import type { ExplainRequest } from './explain-request.ts';

/**
 * The request's own enumerable properties, each read once: what an object inherits, as from a polluted
 * `Object.prototype`, is no part of the request. An object that is not plain is refused: what it holds would be lost.
 *
 * @throws SignerTypeError `ERR_ARGUMENT_TYPE`; strings pass, whatever their text
 */
export function readRequest(given: ExplainRequest): ExplainRequest {
  const request = ownProperties(given);
  const { url, cookies, ip, now, trustedKeys } = request;
  if (typeof url !== 'string') throw wrongType('"url"', 'a string', url);
  // `headers.get('cookie')` gives null where there is none.
  if (typeof (cookies ?? '') !== 'string') throw wrongType('"cookies"', 'a Cookie header, a string', cookies);
  if (typeof (ip ?? '') !== 'string') throw wrongType('"ip"', 'a string', ip);
  // By its own slot: what only inherits from Date throws when it is asked for its time.
  if (now !== undefined && !types.isDate(now)) throw wrongType('"now"', 'a Date', now);
  if (!isMapLike(trustedKeys)) {
    throw wrongType('"trustedKeys"', 'a Map of key pair ids to public keys', trustedKeys);
  }
  return request;
}

export function ownProperties<Request extends object>(request: Request): Request {
  const isObject = typeof request === 'object' && request !== null;
  try {
    if (isObject && isPlainObject(request)) return Object.assign(Object.create(null), request);
  } catch {
    // A getter that throws, or a revoked proxy.
    throw wrongType('the request', 'an object that can be read', request);
  }
  if (!isObject) throw wrongType('the request', 'an object', request);
  throw new SignerTypeError(
    'ERR_ARGUMENT_TYPE',
    'the request must be a plain object, got one that inherits from another or is an instance of a class; ' +
      'spread it into a plain object, { ...request }, and name there what it inherits',
  );
}

/** Without a prototype, or with the `Object.prototype` of any realm. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

/** Also one of another implementation. A `Map`'s methods refuse to run on what only inherits from it, or is its proxy. */
function isMapLike(keys: unknown): boolean {
  if (types.isMap(keys)) return true;
  try {
    const like = keys as ReadonlyMap<unknown, unknown>;
    like.get('');
    like[Symbol.iterator]();
    return true;
  } catch {
    return false;
  }
}

export function wrongType(what: string, wanted: string, got: unknown): SignerTypeError {
  const name = got === null ? 'null' : typeof got;
  return new SignerTypeError('ERR_ARGUMENT_TYPE', `${what} must be ${wanted}, got ${name}`);
}
