/** The rules on one user's devices and streams, as pure functions: a store needs only to keep the outcome atomically. */

import type { Admission, CountedStream, Device, PlaybackStore, Registration, Stream } from './store.ts';

/** By id. */
export interface UserDevices {
  readonly devices: ReadonlyMap<string, Device>;
  readonly streams: ReadonlyMap<string, CountedStream>;
}

/** `next` is the very object that was given where nothing changes. */
export interface Change<Outcome> {
  readonly next: UserDevices;
  readonly outcome: Outcome;
}

export const NO_DEVICES: UserDevices = { devices: new Map(), streams: new Map() };

type RegisterOptions = Parameters<PlaybackStore['registerDevice']>[2];
type BeatOptions = Parameters<PlaybackStore['beatStream']>[2];

export function register(
  current: UserDevices,
  { id, name }: Pick<Device, 'id' | 'name'>,
  { limit, at }: RegisterOptions,
): Change<Registration> {
  const known = current.devices.get(id);
  if (known === undefined && current.devices.size >= limit) {
    return { next: current, outcome: { registered: false, devices: lastUsedFirst(current) } };
  }
  const device = known === undefined ? { id, name, createdAt: at, lastUsed: at } : { ...known, lastUsed: at };
  const devices = new Map(current.devices).set(id, device);
  const outcome = { registered: true, isNew: known === undefined, device } as const;
  return { next: { ...current, devices }, outcome };
}

export function lastUsedFirst({ devices }: UserDevices): readonly Device[] {
  return [...devices.values()].sort(
    (one, other) => other.lastUsed.getTime() - one.lastUsed.getTime() || (one.id < other.id ? -1 : 1),
  );
}

/** @returns with the outcome how many there were */
export function release(current: UserDevices, isReleased: (device: Device) => boolean): Change<number> {
  const devices = new Map([...current.devices].filter(([, device]) => !isReleased(device)));
  const outcome = current.devices.size - devices.size;
  if (outcome === 0) return { next: current, outcome };
  const streams = [...current.streams].filter(([, { deviceId }]) => devices.has(deviceId));
  return { next: { devices, streams: new Map(streams) }, outcome };
}

export function beat(
  current: UserDevices,
  stream: Stream,
  { limit, at, countedSince }: BeatOptions,
): Change<Admission> {
  const device = current.devices.get(stream.deviceId);
  const counted = [...current.streams.values()]
    .filter(({ lastBeatAt }) => lastBeatAt >= countedSince)
    .sort((one, other) => other.lastBeatAt.getTime() - one.lastBeatAt.getTime());
  if (device === undefined) {
    return { next: current, outcome: { admitted: false, reason: 'unknown-device', streams: counted } };
  }
  const own = counted.find(({ id }) => id === stream.id);
  const others = counted.filter((other) => other.id !== stream.id && !isReplaced(other, stream));
  if (own === undefined && others.length >= limit) {
    return { next: current, outcome: { admitted: false, reason: 'too-many-streams', streams: counted } };
  }
  const lastBeatAt = own !== undefined && own.lastBeatAt > at ? own.lastBeatAt : at;
  const { id, deviceId, lessonId } = stream;
  // What does not count any more is dropped here, so that there are never more streams than once were admitted.
  const streams = new Map(others.map((other) => [other.id, other]));
  streams.set(id, { id, deviceId, lessonId, lastBeatAt });
  const devices = new Map(current.devices).set(deviceId, { ...device, lastUsed: at });
  return { next: { devices, streams }, outcome: { admitted: true } };
}

export function end(current: UserDevices, streamId: string): Change<void> {
  if (!current.streams.has(streamId)) return { next: current, outcome: undefined };
  const streams = new Map(current.streams);
  streams.delete(streamId);
  return { next: { ...current, streams }, outcome: undefined };
}

function isReplaced(earlier: Stream, { deviceId, lessonId }: Stream): boolean {
  return earlier.deviceId === deviceId && earlier.lessonId === lessonId;
}
