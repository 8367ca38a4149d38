/** Entries by time, each until it expires. */

import type { Keyed } from '../store/page.ts';
import { sortKeyRange } from '../store/sort-keys.ts';
import type { Listing } from '../store/store.ts';

interface Kept<Entry> extends Keyed<Entry> {
  readonly expiresAt: Date;
}

const FIRST_SWEEP = 1_000;

export class Timeline<Entry> {
  /** The oldest first: entries come nearly in their order. */
  #kept: Kept<Entry>[] = [];
  #sweepAtLength = FIRST_SWEEP;

  add(added: Kept<Entry>, now: Date): void {
    let index = this.#kept.length;
    while (index > 0 && (this.#kept[index - 1] as Kept<Entry>).key > added.key) index--;
    this.#kept.splice(index, 0, added);
    if (this.#kept.length < this.#sweepAtLength) return;
    this.#kept = this.#kept.filter(({ expiresAt }) => expiresAt > now);
    this.#sweepAtLength = Math.max(FIRST_SWEEP, 2 * this.#kept.length);
  }

  /** The newest first. */
  list(listing: Listing, before: string | undefined, now: Date): Kept<Entry>[] {
    const { first, last } = sortKeyRange(listing);
    return this.#kept
      .filter(({ key, expiresAt }) => key >= first && key <= last && expiresAt > now)
      .filter(({ key }) => before === undefined || key < before)
      .reverse();
  }
}
