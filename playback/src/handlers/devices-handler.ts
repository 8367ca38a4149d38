/** A viewer's own devices: `GET /api/videos/devices`, and `DELETE /api/videos/devices?id=…`. */

import { assertFunction, assertHas, isId, readOptions } from '../arguments.ts';
import { knownDevice } from '../devices/device-cookie.ts';
import { json, refusal, refuse } from '../http/answers.ts';
import { type RouteOptions, route } from '../http/route.ts';
import type { PlaybackStore } from '../store/store.ts';
import { type Identify, readAnswer } from './authorize.ts';
import { showDevices } from './devices-answer.ts';

export interface DevicesHandlerOptions extends RouteOptions {
  /** Who sends the request, by your own session. */
  readonly identify: Identify;
  readonly store: Pick<PlaybackStore, 'devices' | 'releaseDevice'>;
  /**
   * False for http:// on this machine, as for the other handlers.
   * @default true
   */
  readonly secureCookies?: boolean | undefined;
}

/** The names of `DevicesHandlerOptions`. */
export const DEVICES_NAMES = ['identify', 'store', 'secureCookies', 'origins', 'onError'] as const;
const NO_ID = refusal(400, 'DEVICE_ID_INVALID', 'id must be that of a device in the list');
const NO_DEVICE = refusal(404, 'DEVICE_NOT_FOUND', 'There is no such device');

/**
 * GET answers `{ devices: [{ id, name, createdAt, lastUsed, current }] }`, the one used last first; DELETE releases one, whose next
 * heartbeat is then refused. Nobody sees or releases the devices of another user.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 */
export function devicesHandler(given: DevicesHandlerOptions): (request: Request) => Promise<Response> {
  const options = readOptions('devicesHandler', given, DEVICES_NAMES);
  const { identify, store, secureCookies = true } = options;
  assertFunction('identify', identify);
  assertHas('store', store, ['devices', 'releaseDevice']);
  const cookies = { secure: secureCookies };

  async function answer(request: Request): Promise<Response> {
    const viewer = readAnswer('identify', await identify(request));
    if (!viewer.allowed) return refuse(viewer.refusal);
    if (request.method === 'DELETE') {
      const id = new URL(request.url).searchParams.get('id');
      if (!isId(id)) return refuse(NO_ID);
      if (!(await store.releaseDevice(viewer.userId, id))) return refuse(NO_DEVICE);
    }
    const current = await knownDevice(request, cookies);
    const devices = await store.devices(viewer.userId);
    return json({ devices: showDevices(devices, current?.deviceId) }, { status: 200 });
  }

  return route({ ...options, handler: 'devices', methods: ['GET', 'DELETE'], answer });
}
