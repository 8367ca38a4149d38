/** Devices as viewers see them. */

import type { Device } from '../store/store.ts';

/** The id is no secret: it is not what the device's cookie holds. */
export function showDevices(devices: readonly Device[], currentId: string | undefined): object[] {
  return [...devices]
    .sort((one, other) => other.lastUsed.getTime() - one.lastUsed.getTime())
    .map(({ id, name, createdAt, lastUsed }) => ({
      id,
      name,
      createdAt,
      lastUsed,
      current: id === currentId,
    }));
}
