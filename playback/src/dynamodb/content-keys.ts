/** Wrapped content keys: one item for each title and version. */

import { contentKeyExists, isSameKey } from '../store/content-key.ts';
import type { PlaybackStore, WrappedContentKey } from '../store/store.ts';
import { bytes, type Item, instant, readBytes, readInstant, readText, text } from './attributes.ts';
import { NO_ITEM } from './compare-and-set.ts';
import { type Key, type Table, TableCall } from './table-call.ts';

type Methods = Pick<PlaybackStore, 'putContentKey' | 'contentKey' | 'deleteContentKey'>;

const VERSION_DIGITS = 6;

export function contentKeyMethods(table: Table): Methods {
  return {
    async putContentKey(key) {
      const { titleId, version, wrappedKey, wrappedBy, createdAt } = key;
      const put = await new TableCall(table, 'keeping a content key').put(
        keyOf(titleId, version),
        { wrappedKey: bytes(wrappedKey), wrappedBy: text(wrappedBy), createdAt: instant(createdAt) },
        NO_ITEM,
      );
      if (put.isMet) return;
      const isSame = put.item !== undefined && isSameKey(readKey(put.item, titleId, version), key);
      if (!isSame) throw contentKeyExists(key);
    },

    async contentKey(titleId, version) {
      const item = await new TableCall(table, 'reading a content key').get(keyOf(titleId, version));
      return item && readKey(item, titleId, version);
    },

    async deleteContentKey(titleId, version) {
      const deleted = await new TableCall(table, 'deleting a content key').delete(keyOf(titleId, version));
      return deleted !== undefined;
    },
  };
}

/** Versions sort as numbers do. */
function keyOf(titleId: string, version: number): Key {
  return { pk: `title#${titleId}`, sk: `key#${String(version).padStart(VERSION_DIGITS, '0')}` };
}

function readKey(item: Item, titleId: string, version: number): WrappedContentKey {
  return {
    titleId,
    version,
    wrappedKey: readBytes(item, 'wrappedKey'),
    wrappedBy: readText(item, 'wrappedBy'),
    createdAt: readInstant(item, 'createdAt'),
  };
}
