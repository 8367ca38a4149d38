/** The host that URLs are signed for. */

import { assertString } from '../arguments.ts';
import { SignerError } from '../errors.ts';

/** @throws SignerError `ERR_DOMAIN_INVALID` for anything but a plain lower-case host name */
export function parseDomain(domain: unknown): string {
  assertString('domain', domain);
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  // A last label of digits only would be an IPv4 address.
  if (domain.length > 253 || !new RegExp(`^(?:${label}\\.)+(?!\\d+$)${label}$`).test(domain)) {
    throw new SignerError(
      'ERR_DOMAIN_INVALID',
      '"domain" must be a host name in lower case, such as d111111abcdef8.cloudfront.net: no scheme, port or path',
    );
  }
  return domain;
}
