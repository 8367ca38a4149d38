/** What handlers write into the access log: one entry for each play. */

import { recordAccess } from '../access/record-access.ts';
import { assertFunction, assertInteger, assertOneOf } from '../arguments.ts';
import type { AccessEntry, PlaybackStore } from '../store/store.ts';

export interface AccessLogOptions {
  /**
   * Days for which the access log keeps an entry, 1 to 3,650.
   * @default 90
   */
  readonly accessLogDays?: number | undefined;
  /**
   * The viewer's address, from where your proxy puts it. Nothing is read by itself: `X-Forwarded-For` holds what the sender wrote
   * wherever no proxy of yours replaces it.
   * @default - no address is logged
   */
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
  /**
   * What the access log keeps of the address: its network, the first 24 bits of IPv4 and 48 of IPv6, or all of it.
   * @default 'network'
   */
  readonly addresses?: 'network' | 'whole' | undefined;
  /**
   * Called after an access was logged, and not waited for; `onError` gets what it throws. For the rules that find shared accounts:
   * `({ userId }) => findSuspicious(userId, { store, suspend })`.
   * @default - nothing looks at the log
   */
  readonly onAccess?: ((access: AccessEntry) => unknown) | undefined;
}

/** The names of `AccessLogOptions`. */
export const ACCESS_LOG_NAMES = ['accessLogDays', 'clientAddress', 'addresses', 'onAccess'] as const;

type Access = Pick<AccessEntry, 'userId' | 'lessonId' | 'deviceId' | 'accessedAt'>;

export interface AccessLog {
  /** @returns what was logged */
  write(store: PlaybackStore, request: Request, access: Access): Promise<AccessEntry>;
  /** As `write`, unless this device began this lesson within a day. */
  writeOnceADay(store: PlaybackStore, request: Request, access: Access): Promise<AccessEntry | undefined>;
}

const DAY_MS = 86_400_000;
const LONGEST_ADDRESS = 64;
const LONGEST_USER_AGENT = 512;
const UNKNOWN = 'unknown';

/** @throws PlaybackError `ERR_ARGUMENT` */
export function accessLog({
  accessLogDays: retentionDays = 90,
  clientAddress,
  addresses = 'network',
  onAccess,
}: AccessLogOptions): AccessLog {
  assertInteger('accessLogDays', retentionDays, { least: 1, most: 3_650 });
  if (clientAddress !== undefined) assertFunction('clientAddress', clientAddress);
  assertOneOf('addresses', addresses, ['network', 'whole']);
  if (onAccess !== undefined) assertFunction('onAccess', onAccess);

  function write(store: PlaybackStore, request: Request, access: Access): Promise<AccessEntry> {
    const entry = {
      ...access,
      ipAddress: clean(clientAddress?.(request) ?? '', LONGEST_ADDRESS),
      userAgent: clean(request.headers.get('user-agent') ?? '', LONGEST_USER_AGENT),
    };
    return recordAccess(entry, { store, retentionDays, addresses });
  }

  return {
    write,

    async writeOnceADay(store, request, access) {
      const { userId, lessonId, deviceId, accessedAt } = access;
      const from = new Date(Math.max(0, accessedAt.getTime() - DAY_MS));
      const { entries } = await store.accesses({ userId }, { from });
      const isThere = entries.some((entry) => entry.lessonId === lessonId && entry.deviceId === deviceId);
      return isThere ? undefined : write(store, request, access);
    },
  };
}

/** Headers hold single bytes; control characters and lone surrogates do not belong in a log. */
function clean(text: string, most: number): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, most) || UNKNOWN;
}
