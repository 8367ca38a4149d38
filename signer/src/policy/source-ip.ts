/** The one viewer address or range a policy may name. */

import { isIPv4, isIPv6 } from 'node:net';
import { assertString } from '../arguments.ts';
import type { SignerError } from '../errors.ts';
import { message, option, signerError } from '../message.ts';

/**
 * @returns a CIDR block with its prefix length spelt out, as CloudFront wants it: `203.0.113.7/32`
 * @throws SignerError `ERR_IP_ADDRESS_V6`; `ERR_IP_ADDRESS`, also for a range that does not start at its own
 * first address
 */
export function resolveSourceIp(ipAddress: unknown): string {
  assertString('ipAddress', ipAddress);
  const [address = '', prefix = '32', ...more] = ipAddress.split('/');
  // A code of its own: a backend that passes on its viewer's address meets these, and must decide what to do.
  if (isIPv6(address)) {
    throw signerError(
      'ERR_IP_ADDRESS_V6',
      message`${option('ipAddress')}: CloudFront policies take IPv4 only; sign without an address for this viewer`,
    );
  }
  if (!isIPv4(address) || more.length > 0 || !/^(?:[12]?\d|3[0-2])$/.test(prefix)) {
    throw refuse("expected an IPv4 address or CIDR block such as '203.0.113.0/24'");
  }
  const bits = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  if (bits % 2 ** (32 - Number(prefix)) !== 0) {
    throw refuse(`the address has bits set beyond /${prefix}; write the range's first address`);
  }
  return `${address}/${prefix}`;
}

function refuse(why: string): SignerError {
  return signerError('ERR_IP_ADDRESS', message`${option('ipAddress')}: ${why}`);
}
