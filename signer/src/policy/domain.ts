/** The host that URLs are signed for. */

import { assertString } from '../arguments.ts';
import { SignerError } from '../errors.ts';

/** @throws SignerError `ERR_DOMAIN_INVALID` for anything but a plain lower-case host name */
export function parseDomain(domain: unknown): string {
  assertString('domain', domain);
  // What is signed must be what clients ask for, so the URL parser has the last word: it reads "a.0x1" as an address, and
  // knows which "xn--" labels are names.
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  // A last label of digits only would be an IPv4 address.
  const isHostName = domain.length <= 253 && new RegExp(`^(?:${label}\\.)+(?!\\d+$)${label}$`).test(domain);
  if (!isHostName || !isParsedAlike(domain)) {
    throw new SignerError(
      'ERR_DOMAIN_INVALID',
      '"domain" must be a host name in lower case, such as d111111abcdef8.cloudfront.net: no scheme, port or path',
    );
  }
  return domain;
}

/** @see https://url.spec.whatwg.org/#concept-host-parser */
function isParsedAlike(domain: string): boolean {
  const url = `https://${domain}/`;
  return URL.canParse(url) && new URL(url).href === url;
}
