/** The titles that the demo shows: those of the catalogue that are on air, published by this page or by a command. */

import type { Catalogue } from '../../ops/library/catalogue.ts';
import type { Title } from '../../ops/library/title.ts';

export interface Library {
  /** In the order in which they were published. */
  titles(): Promise<readonly Title[]>;
  /** `id` may be anything that an address can name: it is compared, and never becomes part of a key. */
  find(id: string): Promise<Title | undefined>;
}

/** Records that cannot be read are left out; `npm run titles` lists them. */
export function createLibrary(catalogue: Catalogue): Library {
  const titles = async () =>
    (await catalogue.read())
      .flatMap((entry) => ('title' in entry && entry.title.state === 'live' ? [entry.title] : []))
      .sort((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt));
  return { titles, find: async (id) => (await titles()).find((title) => title.id === id) };
}
