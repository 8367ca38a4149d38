/** The viewer's address as Bunny's tokens bind it: one IPv4 address, its /24, or an IPv6 address's /64. */

import { isIPv4, isIPv6 } from 'node:net';
import { assertString } from '../arguments.ts';
import { SignerError } from '../errors.ts';

const EXPECTED = "expected an IPv4 address, a /24 such as '203.0.113.0/24', or an IPv6 address or /64";

/**
 * What is signed: four bytes of IPv4, the last of them 0 for a /24; sixteen of IPv6, the last eight of them 0.
 *
 * @throws SignerError `ERR_IP_ADDRESS`
 * @see https://docs.bunny.net/cdn/ip-family-policy
 */
export function addressBytes(ipAddress: unknown): Uint8Array {
  assertString('ipAddress', ipAddress);
  const [address = '', prefix, ...more] = ipAddress.split('/');
  if (more.length > 0) throw refuse(EXPECTED);
  if (isIPv4(address)) return ipv4Bytes(octetsOf(address), prefix);
  // A zone ("%eth0") names a network card of this machine.
  if (!isIPv6(address) || address.includes('%')) throw refuse(EXPECTED);
  const bytes = ipv6Bytes(address);
  if (isMapped(bytes)) {
    if (prefix !== undefined) throw refuse(`write an IPv4 range as IPv4: ${EXPECTED}`);
    return ipv4Bytes([...bytes.subarray(12)], undefined);
  }
  const hasHostBits = bytes.subarray(8).some((byte) => byte !== 0);
  if (prefix !== undefined && prefix !== '64')
    throw refuse(`tokens bind an IPv6 /64 and no other range; ${EXPECTED}`);
  if (prefix === '64' && hasHostBits)
    throw refuse("the address has bits set beyond /64; write the range's first address");
  return Uint8Array.of(...bytes.subarray(0, 8), 0, 0, 0, 0, 0, 0, 0, 0);
}

function ipv4Bytes(octets: readonly number[], prefix: string | undefined): Uint8Array {
  const endsInZero = octets[3] === 0;
  if (prefix === '24') {
    if (!endsInZero) throw refuse("the address has bits set beyond /24; write the range's first address");
  } else if (prefix !== undefined && prefix !== '32') {
    throw refuse(`tokens bind one IPv4 address or a /24 and no other range; ${EXPECTED}`);
  } else if (endsInZero) {
    throw refuse(
      'Bunny reads an IPv4 address that ends in .0 as its whole /24; if that is intended, append /24',
    );
  }
  return Uint8Array.from(octets);
}

/** `::ffff:203.0.113.7`, as a socket that listens for IPv6 reports an IPv4 viewer (RFC 4291, section 2.5.5.2). */
function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** @param address what `isIPv6` takes, without a zone */
function ipv6Bytes(address: string): Uint8Array {
  const dotted = /(?<=:)[\d.]*\.[\d.]*$/.exec(address)?.[0];
  const [a = 0, b = 0, c = 0, d = 0] = dotted === undefined ? [] : octetsOf(dotted);
  const hex =
    dotted === undefined
      ? address
      : address.slice(0, -dotted.length) +
        [a * 256 + b, c * 256 + d].map((one) => one.toString(16)).join(':');
  const [head = '', tail] = hex.split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return Uint8Array.from([...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function octetsOf(address: string): number[] {
  return address.split('.').map(Number);
}

function refuse(why: string): SignerError {
  return new SignerError('ERR_IP_ADDRESS', `"ipAddress": ${why}`);
}
