/** IPv4 addresses and CIDR blocks, by their bits. */

/** An IPv4 address as 32 characters of 0 and 1. */
export function bitsOf(address: string): string | null {
  const octets = address.split('.');
  const isAddress =
    octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256);
  return isAddress ? octets.map((octet) => Number(octet).toString(2).padStart(8, '0')).join('') : null;
}

/** The bits that an address or a CIDR block fixes. */
export function networkBits(block: string): string | null {
  const [address = '', length = '32', ...more] = block.split('/');
  if (more.length > 0 || !/^([12]?\d|3[0-2])$/.test(length)) return null;
  return bitsOf(address)?.slice(0, Number(length)) ?? null;
}
