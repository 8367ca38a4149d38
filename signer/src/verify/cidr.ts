/** IPv4 addresses and CIDR blocks, as a policy's `AWS:SourceIp` has them. */

export interface Cidr {
  readonly address: number;
  readonly prefixLength: number;
}

const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);
const PREFIX_LENGTH = /^(?:[12]?\d|3[0-2])$/;

/** @returns `null` for anything but `a.b.c.d` or `a.b.c.d/0..32` */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  const address = parseIpv4(slash === -1 ? text : text.slice(0, slash));
  if (address === null) return null;
  if (slash === -1) return { address, prefixLength: 32 };
  const prefix = text.slice(slash + 1);
  return PREFIX_LENGTH.test(prefix) ? { address, prefixLength: Number(prefix) } : null;
}

/** `false` for an IPv6 viewer: CloudFront has no IPv6 in policies. */
export function isInCidr(ip: string, cidr: Cidr): boolean {
  const address = parseIpv4(ip);
  if (address === null) return false;
  if (cidr.prefixLength === 0) return true;
  const hostBits = 32 - cidr.prefixLength;
  return address >>> hostBits === cidr.address >>> hostBits;
}

function parseIpv4(text: string): number | null {
  const octets = IPV4.exec(text);
  return octets === null
    ? null
    : octets.slice(1).reduce((address, octet) => ((address << 8) | Number(octet)) >>> 0, 0);
}
