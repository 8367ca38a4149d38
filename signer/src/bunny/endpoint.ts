/** Where the Stream API and its upload endpoint are. */

import { assertString, wrongType } from '../arguments.ts';
import { isLoopbackOrigin } from '../policy/domain.ts';
import { API_HOST } from './wire.ts';

/**
 * The API key goes there, so plain http is for a server on this machine alone.
 *
 * @param name the option's, or the variable's
 * @returns an origin
 * @throws SignerTypeError `ERR_ARGUMENT_TYPE`
 */
export function parseEndpoint(name: string, endpoint: unknown = `https://${API_HOST}`): string {
  assertString(name, endpoint);
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isOrigin = url !== undefined && url.href === `${url.origin}/`;
  if (isOrigin && (url.protocol === 'https:' || isLoopbackOrigin(url.origin))) return url.origin;
  throw wrongType(`"${name}"`, 'an https origin without a path, or an http one of this machine', endpoint);
}
