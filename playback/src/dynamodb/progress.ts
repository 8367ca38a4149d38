/** Progress: one item for each user and lesson. */

import { progressListing } from '../store/listings.ts';
import type { PlaybackStore, StoredProgress } from '../store/store.ts';
import { type Item, instant, number, readInstant, readNumber, readTexts, texts } from './attributes.ts';
import { compareAndSet, type ItemForm } from './compare-and-set.ts';
import { listPage } from './list-page.ts';
import { type Table, TableCall } from './table-call.ts';

type Methods = Pick<PlaybackStore, 'progress' | 'allProgress' | 'updateProgress'>;

const PREFIX = 'progress#';
/** The first and the last text. */
const EVERY_LESSON = { first: '', last: '\u{10ffff}' };

export function progressMethods(table: Table): Methods {
  return {
    async progress(userId, lessonId) {
      return FORM.read(await new TableCall(table, 'reading progress').get(keyOf(userId, lessonId)));
    },

    async allProgress(userId, page = {}) {
      return listPage(new TableCall(table, 'listing progress'), {
        ...page,
        partition: partitionOf(userId),
        prefix: PREFIX,
        range: EVERY_LESSON,
        order: 'ascending',
        listing: progressListing(userId),
        read(item, lessonId) {
          const { streamIds: _, ...progress } = readProgress(item);
          return { lessonId, ...progress };
        },
      });
    },

    async updateProgress(userId, lessonId, change) {
      const call = new TableCall(table, 'updating progress');
      return compareAndSet(call, keyOf(userId, lessonId), FORM, (current) => {
        const next = change(current);
        return { next, outcome: next };
      });
    },
  };
}

function partitionOf(userId: string): string {
  return `user#${userId}`;
}

function keyOf(userId: string, lessonId: string) {
  return { pk: partitionOf(userId), sk: `${PREFIX}${lessonId}` };
}

const FORM: ItemForm<StoredProgress | undefined, StoredProgress> = {
  read: (item) => item && readProgress(item),
  write: (progress) => ({
    watched_seconds: number(progress.watched_seconds),
    last_position_seconds: number(progress.last_position_seconds),
    watch_count: number(progress.watch_count),
    last_watched_at: instant(progress.last_watched_at),
    ...(progress.completed_at && { completed_at: instant(progress.completed_at) }),
    streamIds: texts(progress.streamIds),
  }),
};

function readProgress(item: Item): StoredProgress {
  return {
    watched_seconds: readNumber(item, 'watched_seconds'),
    last_position_seconds: readNumber(item, 'last_position_seconds'),
    watch_count: readNumber(item, 'watch_count'),
    last_watched_at: readInstant(item, 'last_watched_at'),
    completed_at: item.completed_at === undefined ? null : readInstant(item, 'completed_at'),
    streamIds: readTexts(item, 'streamIds'),
  };
}
