/** The host that URLs are signed for, or for development the origin of a server on the same machine. */

import { assertString } from '../arguments.ts';
import { message, option, signerError } from '../message.ts';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** A last label of digits only would be an IPv4 address. */
const HOST_NAME = new RegExp(`^(?:${LABEL}\\.)+(?!\\d+$)${LABEL}$`);
/**
 * What browsers count as this machine, so that no name server is asked.
 *
 * @see https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
 */
const LOOPBACK_ORIGIN = new RegExp(
  `^https?://(?:(?:${LABEL}\\.){0,9}localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\])(?::\\d{1,5})?$`,
);

/**
 * @param given a host name, or the whole origin of a server on this machine
 * @returns the origin that URLs begin with: `https://<host name>`, or that server's
 * @throws SignerError `ERR_DOMAIN_INVALID`
 */
export function parseOrigin(given: unknown): string {
  return parseNamedOrigin('domain', given, 'd111111abcdef8.cloudfront.net');
}

/**
 * @param name the option's
 * @throws SignerError `ERR_DOMAIN_INVALID`
 */
export function parseNamedOrigin(name: string, given: unknown, example: string): string {
  assertString(name, given);
  const domain = normaliseDomain(given);
  // What is signed must be what clients ask for, so the URL parser has the last word: it reads "a.0x1" as an address, and
  // knows which "xn--" labels are names.
  const isLoopback = isLoopbackOrigin(domain);
  const origin = isLoopback ? domain : `https://${domain}`;
  const isHostName = domain.length <= 253 && HOST_NAME.test(domain);
  if (!(isLoopback || isHostName) || !isParsedAlike(`${origin}/`)) {
    throw signerError(
      'ERR_DOMAIN_INVALID',
      message`${option(name)} must be a host name such as ${example}, without port and path; for development, write the whole origin of a server on this machine, such as http://localhost:8103`,
    );
  }
  return origin;
}

/** As configuration often has it: in quotes, in capitals, with `https://` in front and a `/` at the end. */
export function normaliseDomain(text: string): string {
  const origin = unquote(text.trim()).toLowerCase().replace(/\/$/, '');
  return isLoopbackOrigin(origin) ? origin : origin.replace(/^https:\/\//, '');
}

/** @param origin in lower case, without a `/` at its end */
export function isLoopbackOrigin(origin: string): boolean {
  return LOOPBACK_ORIGIN.test(origin);
}

export function unquote(value: string): string {
  return value.replace(/^(["'])(.*)\1$/, '$2').trim();
}

/** @see https://url.spec.whatwg.org/#concept-host-parser */
function isParsedAlike(url: string): boolean {
  return URL.canParse(url) && new URL(url).href === url;
}
