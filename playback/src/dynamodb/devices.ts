/**
 * A user's devices and streams: one item, so that a limit is the condition of one write. What happens all the time, a known
 * device or a heartbeat of a stream that counts, is one request; everything else compares and sets the item.
 */

import type { PlaybackStore } from '../store/store.ts';
import {
  beat,
  type Change,
  lastUsedFirst,
  register,
  release,
  type UserDevices,
} from '../store/user-devices.ts';
import type { Item } from './attributes.ts';
import { atRevision, compareAndSet, NO_ITEM } from './compare-and-set.ts';
import { DEVICES, devicesKey } from './devices-item.ts';
import { noteBeat, noteDevice, removeStream } from './devices-updates.ts';
import { type Table, TableCall } from './table-call.ts';

type Methods = Pick<
  PlaybackStore,
  'registerDevice' | 'devices' | 'releaseDevice' | 'pruneDevices' | 'beatStream' | 'endStream'
>;

export function deviceMethods(table: Table): Methods {
  /** @param seen what a failed condition brought */
  function change<Outcome>(
    call: TableCall,
    userId: string,
    make: (current: UserDevices) => Change<Outcome>,
    seen?: { readonly item: Item | undefined },
  ): Promise<Outcome> {
    return compareAndSet(call, devicesKey(userId), DEVICES, make, seen);
  }

  return {
    async registerDevice(userId, device, options) {
      const call = new TableCall(table, 'registering a device');
      const key = devicesKey(userId);
      const registerOn = (item: Item | undefined) => register(DEVICES.read(item), device, options);
      for (let attempt = 0; ; attempt++) {
        const noted = await call.update(key, noteDevice(device, options), 'ALL_OLD');
        const before = noted.isMet ? noted.before : noted.item;
        const { next, outcome } = registerOn(before);
        if (before !== undefined) return outcome;
        const first = await call.put(key, atRevision(1, DEVICES.write(next)), NO_ITEM);
        if (first.isMet) return outcome;
        // Others were first at the same time: either they reached the limit, or there is an item to note this device in.
        const later = registerOn(first.item).outcome;
        if (!later.registered) return later;
        await call.pause(attempt);
      }
    },

    async devices(userId) {
      const call = new TableCall(table, 'reading the devices of a user');
      return lastUsedFirst(DEVICES.read(await call.get(devicesKey(userId))));
    },

    async releaseDevice(userId, deviceId) {
      const call = new TableCall(table, 'releasing a device');
      return (await change(call, userId, (current) => release(current, ({ id }) => id === deviceId))) > 0;
    },

    async pruneDevices(userId, { before }) {
      const call = new TableCall(table, 'pruning the devices of a user');
      return change(call, userId, (current) => release(current, ({ lastUsed }) => lastUsed < before));
    },

    async beatStream(userId, stream, options) {
      const call = new TableCall(table, 'noting a heartbeat');
      const noted = await call.update(devicesKey(userId), noteBeat(stream, options));
      if (noted.isMet) return { admitted: true };
      return change(call, userId, (current) => beat(current, stream, options), noted);
    },

    async endStream(userId, streamId) {
      await new TableCall(table, 'ending a stream').update(devicesKey(userId), removeStream(streamId));
    },
  };
}
