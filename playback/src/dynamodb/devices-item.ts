/** The item of a user's devices and streams. */

import { NO_DEVICES, type UserDevices } from '../store/user-devices.ts';
import { type Item, instant, readInstant, readMap, readText, text } from './attributes.ts';
import type { ItemForm } from './compare-and-set.ts';
import type { Key } from './table-call.ts';

export function devicesKey(userId: string): Key {
  return { pk: `user#${userId}`, sk: 'devices' };
}

/** A prefix, because JavaScript does not keep a property of any name: `__proto__` is none of an object literal. */
export function deviceKey(id: string): string {
  return `device#${id}`;
}

export function streamKey(id: string): string {
  return `stream#${id}`;
}

/** `lastUsed` stands beside `devices`, so that one update may add a device or note its use. */
export const DEVICES: ItemForm<UserDevices> = {
  read(item) {
    if (item === undefined) return NO_DEVICES;
    const lastUsed = readMap(item, 'lastUsed');
    const devices = Object.entries(readMap(item, 'devices')).map(([key, { M: device = {} }]) => ({
      id: key.slice(deviceKey('').length),
      name: readText(device, 'name'),
      createdAt: readInstant(device, 'createdAt'),
      lastUsed: readInstant(lastUsed, key),
    }));
    const streams = Object.entries(readMap(item, 'streams')).map(([key, { M: stream = {} }]) => ({
      id: key.slice(streamKey('').length),
      deviceId: readText(stream, 'deviceId'),
      lessonId: readText(stream, 'lessonId'),
      lastBeatAt: readInstant(stream, 'lastBeatAt'),
    }));
    return { devices: byId(devices), streams: byId(streams) };
  },
  write({ devices, streams }) {
    return {
      devices: map(devices, ({ id, name, createdAt }) => [
        deviceKey(id),
        { M: { name: text(name), createdAt: instant(createdAt) } },
      ]),
      lastUsed: map(devices, ({ id, lastUsed }) => [deviceKey(id), instant(lastUsed)]),
      streams: map(streams, ({ id, deviceId, lessonId, lastBeatAt }) => [
        streamKey(id),
        { M: { deviceId: text(deviceId), lessonId: text(lessonId), lastBeatAt: instant(lastBeatAt) } },
      ]),
    };
  },
};

function byId<Entry extends { readonly id: string }>(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

function map<Entry>(
  entries: ReadonlyMap<string, Entry>,
  write: (entry: Entry) => readonly [string, Item[string]],
): Item[string] {
  return { M: Object.fromEntries([...entries.values()].map(write)) };
}
