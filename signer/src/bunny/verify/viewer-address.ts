/** The viewer's address, as tokens bind it. Written apart from the signing side, and in another way. */

import { isIPv4, isIPv6 } from 'node:net';

export interface ViewerAddress {
  /** What the present form may have signed for this viewer, the narrowest first. */
  readonly bytes: readonly Buffer[];
  /** What the older form may have signed. */
  readonly texts: readonly string[];
}

/** A viewer whose `::ffff:` address was signed as IPv6 is bound to this by five of Bunny's seven signers. */
export const MAPPED_BY_MISTAKE = Buffer.alloc(16);

/** @returns `null` for what is not an address */
export function readViewerAddress(ip: string): ViewerAddress | null {
  if (isIPv4(ip)) return ofIpv4(ip);
  if (!isIPv6(ip) || ip.includes('%')) return null;
  const groups = expand(ip);
  const isMapped = groups.slice(0, 5).every((group) => group === '0000') && groups[5] === 'ffff';
  if (isMapped) {
    const [high = '', low = ''] = groups.slice(6);
    return ofIpv4([...Buffer.from(high + low, 'hex')].join('.'));
  }
  const network = Buffer.from(`${groups.slice(0, 4).join('')}${'0'.repeat(16)}`, 'hex');
  return { bytes: [network], texts: [ip] };
}

function ofIpv4(ip: string): ViewerAddress {
  const network = ip.replace(/\d+$/, '0');
  const texts = ip === network ? [ip] : [ip, network];
  return { bytes: texts.map((text) => Buffer.from(text.split('.').map(Number))), texts };
}

/** By the URL parser, which writes every address in one way (RFC 5952), and without dots. */
function expand(ip: string): string[] {
  const [head = '', tail] = new URL(`http://[${ip}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0'));
}
