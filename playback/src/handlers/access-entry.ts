/** An entry of the access log, with as much of the viewer's address as is asked for. */

import type { AccessEntry } from '../store/store.ts';

const LONGEST_ADDRESS = 64;
const LONGEST_USER_AGENT = 256;
const UNKNOWN = 'unknown';
const IPV4_GROUPS = 3;
const IPV6_GROUPS = 3;

export interface AddressOptions {
  /**
   * The viewer's address, from where your proxy puts it. Nothing is read by itself: `X-Forwarded-For` holds what the sender wrote
   * wherever no proxy of yours replaces it.
   * @default - no address is logged
   */
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
  /**
   * True keeps the network alone: the first 24 bits of IPv4, 48 of IPv6.
   * @default false
   */
  readonly truncateAddress?: boolean | undefined;
}

export function accessEntry(
  request: Request,
  { clientAddress, truncateAddress = false }: AddressOptions,
  rest: Pick<AccessEntry, 'userId' | 'lessonId' | 'deviceId' | 'accessedAt'>,
): AccessEntry {
  const address = clean(clientAddress?.(request) ?? '', LONGEST_ADDRESS);
  return {
    ...rest,
    ipAddress: (truncateAddress ? networkOf(address) : address) || UNKNOWN,
    userAgent: clean(request.headers.get('user-agent') ?? '', LONGEST_USER_AGENT) || UNKNOWN,
  };
}

/** @returns `203.0.113.0` or `2001:db8:1::`; empty for what is no address */
export function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1];
  if (v4 !== undefined) return `${v4.split('.').slice(0, IPV4_GROUPS).join('.')}.0`;
  // The URL parser writes IPv6 in one way, and refuses what is none.
  const bare = address.replace(/%.*$/, '');
  if (!bare.includes(':') || !URL.canParse(`http://[${bare}]/`)) return '';
  const [head = '', tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split('::');
  const [left, right] = [head, tail ?? ''].map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = tail === undefined ? 0 : 8 - (left?.length ?? 0) - (right?.length ?? 0);
  const groups = [...(left ?? []), ...Array<string>(zeros).fill('0'), ...(right ?? [])];
  return `${groups.slice(0, IPV6_GROUPS).join(':')}::`;
}

/** Headers hold single bytes; control characters and the halves of characters have no place in a log. */
function clean(text: string, most: number): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, most);
}
