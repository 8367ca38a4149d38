/** Addresses of viewers, as networks: enough to see that an account is shared, and less about a person. */

import { isIP, isIPv4 } from 'node:net';

export interface Network {
  readonly family: 4 | 6;
  /** `203.0.113.0` for the /24 of an IPv4 address, `2001:db8:1::` for the /48 of an IPv6 address. */
  readonly address: string;
  /** `203.0.113.0/24`, `2001:db8:1::/48`. */
  readonly cidr: string;
}

/** What a site gets from its provider: every device behind it, whatever the privacy addresses in its subnets. */
const IPV6_GROUPS = 3;
const IPV6_ALL_GROUPS = 8;
const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * The network that an address is in: the /24 of IPv4, the /48 of IPv6. An IPv4 address in IPv6 form, as in `::ffff:203.0.113.7`,
 * is its IPv4 address.
 *
 * @returns undefined for what is no address
 * @see https://www.rfc-editor.org/rfc/rfc6177#section-2
 */
export function networkOf(address: string): Network | undefined {
  // A zone, as in fe80::1%eth0, has a meaning on one machine only.
  const [plain = ''] = address.trim().split('%');
  if (isIP(plain) === 0) return undefined;
  if (isIPv4(plain)) return ipv4Network(plain);
  // The host of a URL is an IPv6 address in its one canonical form.
  const canonical = canonicalIpv6(plain);
  const [, high, low] = MAPPED_IPV4.exec(canonical) ?? [];
  if (high !== undefined && low !== undefined) {
    const bits = Number.parseInt(high, 16) * 0x10000 + Number.parseInt(low, 16);
    return ipv4Network([24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.'));
  }
  const network = canonicalIpv6(`${groupsOf(canonical).slice(0, IPV6_GROUPS).join(':')}::`);
  return { family: 6, address: network, cidr: `${network}/48` };
}

/**
 * An address without what points to one household's device: the last 8 bits of IPv4, and all but the first 48 of IPv6, are 0.
 *
 * @returns `unknown` for what is no address
 * @example
 * truncateAddress('203.0.113.77'); // '203.0.113.0'
 * truncateAddress('2001:db8:1:2:3:4:5:6'); // '2001:db8:1::'
 */
export function truncateAddress(address: string): string {
  return networkOf(address)?.address ?? 'unknown';
}

function ipv4Network(address: string): Network {
  const network = `${address.split('.').slice(0, 3).join('.')}.0`;
  return { family: 4, address: network, cidr: `${network}/24` };
}

/** All eight, those that `::` omits included. */
function groupsOf(canonical: string): readonly string[] {
  const [head = [], tail = []] = canonical
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  return [...head, ...Array<string>(IPV6_ALL_GROUPS - head.length - tail.length).fill('0'), ...tail];
}

function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
