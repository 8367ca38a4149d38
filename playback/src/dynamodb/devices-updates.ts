/** What happens to a user's devices all the time, as one conditional write each. Ids are values and names, never expressions. */

import type { Device, PlaybackStore, Stream } from '../store/store.ts';
import { instant, number, text } from './attributes.ts';
import { deviceKey, streamKey } from './devices-item.ts';
import type { Update } from './table-call.ts';

const REVISION = { names: { '#revision': 'revision' }, values: { ':one': number(1) } };

/**
 * Notes a known device, or adds one below the limit. It fails for a user's first device too, because nothing can be added to a map
 * that is not there.
 */
export function noteDevice(
  { id, name }: Pick<Device, 'id' | 'name'>,
  { limit, at }: Parameters<PlaybackStore['registerDevice']>[2],
): Update {
  return {
    change:
      'SET #devices.#device = if_not_exists(#devices.#device, :device), #lastUsed.#device = :at ADD #revision :one',
    expression:
      'attribute_exists(#devices) AND (size(#devices) < :limit OR attribute_exists(#devices.#device))',
    names: { '#devices': 'devices', '#device': deviceKey(id), '#lastUsed': 'lastUsed', ...REVISION.names },
    values: {
      ':device': { M: { name: text(name), createdAt: instant(at) } },
      ':at': instant(at),
      ':limit': number(limit),
      ...REVISION.values,
    },
  };
}

/** Notes a heartbeat of a stream that counts, of a device that is registered. */
export function noteBeat(
  { id, deviceId, lessonId }: Stream,
  { at, countedSince }: Parameters<PlaybackStore['beatStream']>[2],
): Update {
  return {
    change: 'SET #streams.#stream.#lastBeatAt = :at, #lastUsed.#device = :at ADD #revision :one',
    expression: [
      'attribute_exists(#devices.#device)',
      '#streams.#stream.#deviceId = :deviceId',
      '#streams.#stream.#lessonId = :lessonId',
      // Two comparisons: DynamoDB refuses BETWEEN where the bounds are the wrong way round.
      '#streams.#stream.#lastBeatAt >= :countedSince',
      '#streams.#stream.#lastBeatAt <= :at',
    ].join(' AND '),
    names: {
      '#devices': 'devices',
      '#device': deviceKey(deviceId),
      '#lastUsed': 'lastUsed',
      '#streams': 'streams',
      '#stream': streamKey(id),
      '#deviceId': 'deviceId',
      '#lessonId': 'lessonId',
      '#lastBeatAt': 'lastBeatAt',
      ...REVISION.names,
    },
    values: {
      ':deviceId': text(deviceId),
      ':lessonId': text(lessonId),
      ':countedSince': instant(countedSince),
      ':at': instant(at),
      ...REVISION.values,
    },
  };
}

export function removeStream(streamId: string): Update {
  return {
    change: 'REMOVE #streams.#stream ADD #revision :one',
    expression: 'attribute_exists(#streams.#stream)',
    names: { '#streams': 'streams', '#stream': streamKey(streamId), ...REVISION.names },
    values: REVISION.values,
  };
}
