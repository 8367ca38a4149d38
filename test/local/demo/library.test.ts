import { describe, expect, it } from 'vitest';
import { createLibrary } from '../../../local/demo/library.ts';
import { BrokenRecordError } from '../../../ops/library/broken-record.ts';
import type { CatalogueEntry } from '../../../ops/library/catalogue.ts';
import { entryOf, titleOf } from './backend.ts';

const entries: CatalogueEntry[] = [
  entryOf(titleOf('a-later', { createdAt: '2026-11-21T10:00:00.000Z' })),
  { key: 'titles/broken.json', broken: new BrokenRecordError('titles/broken.json', ['expected JSON']) },
  entryOf(titleOf('first')),
  entryOf(titleOf('withdrawn', { state: 'withdrawn' })),
];

describe('the library of the demo', () => {
  it('has the titles of the catalogue that are on air, in the order in which they were published', async () => {
    const library = createLibrary({ read: async () => entries });

    expect((await library.titles()).map(({ id }) => id)).toEqual(['first', 'a-later']);
  });

  it('finds none that is withdrawn, broken or not there, whatever the id is', async () => {
    const library = createLibrary({ read: async () => entries });

    expect(await library.find('first')).toMatchObject({ id: 'first' });
    for (const id of ['withdrawn', 'broken', '', '../titles/first', 'constructor']) {
      expect(await library.find(id), id).toBeUndefined();
    }
  });

  it('follows the catalogue, which others change', async () => {
    const there = [...entries];
    const library = createLibrary({ read: async () => there });
    there.push(entryOf(titleOf('new', { createdAt: '2026-11-22T10:00:00.000Z' })));

    expect((await library.titles()).map(({ id }) => id)).toEqual(['first', 'a-later', 'new']);
  });
});
