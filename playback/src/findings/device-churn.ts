/** One account that is handed around: devices are released so that others can register. */

import { networkOf } from '../access/address.ts';
import type { AccessEntry } from '../store/store.ts';
import { accessesWithin, type Rule } from './rule.ts';

export interface DeviceChurnOptions {
  /**
   * New or released devices from which a finding is made.
   * @default 6
   */
  readonly devices?: number | undefined;
  /** @default 7 */
  readonly days?: number | undefined;
}

const DAY_SECONDS = 86_400;

/**
 * `device_churn`: many devices within a week that were registered in it or are released by now. Devices with the same user agent
 * on a common network are one: a browser that forgets its cookies is a new device each time.
 *
 * It does not find: a household with many devices that it keeps; a new phone and a new notebook in one week; a browser that deletes
 * cookies when it is closed.
 */
export function deviceChurn({ devices: most = 6, days = 7 }: DeviceChurnOptions = {}): Rule {
  const lookBackSeconds = days * DAY_SECONDS;
  return {
    activityType: 'device_churn',
    lookBackSeconds,
    find(history) {
      const from = history.at.getTime() - 1000 * lookBackSeconds;
      const kept = new Set(
        history.devices.flatMap(({ id, createdAt }) => (createdAt.getTime() <= from ? [id] : [])),
      );
      const changing = accessesWithin(history, lookBackSeconds).filter(({ deviceId }) => !kept.has(deviceId));
      const count = countComputers(changing);
      if (count < most) return undefined;
      const deviceIds = new Set(changing.map(({ deviceId }) => deviceId));
      return { details: { count, days, devices: deviceIds.size } };
    },
  };
}

/** Groups of accesses that share a device, or a user agent on the same network. */
function countComputers(accesses: readonly AccessEntry[]): number {
  const groupOf = new Map<string, string>();
  const find = (name: string): string => {
    const parent = groupOf.get(name);
    if (parent === undefined || parent === name) return name;
    const group = find(parent);
    groupOf.set(name, group);
    return group;
  };
  const devices = new Set<string>();
  for (const { deviceId, userAgent, ipAddress } of accesses) {
    // Where no address is logged, the user agent alone tells computers apart: rather too few than too many.
    const device = JSON.stringify(['device', deviceId]);
    const place = JSON.stringify(['place', userAgent, networkOf(ipAddress)?.cidr ?? null]);
    devices.add(device);
    groupOf.set(find(device), find(place));
  }
  return new Set([...devices].map(find)).size;
}
