import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { playlistPath, versionNamed, versionOfKey } from '../../../ops/library/places.ts';

describe('the version of a file', () => {
  it('is the one whose playlist is in its folder', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 2, max: 9998 }), { minLength: 1, maxLength: 5 }),
        fc.nat({ max: 5 }),
        (laterVersions, index) => {
          const version = [1, ...laterVersions][index % (laterVersions.length + 1)] ?? 1;
          expect(versionOfKey('books/42/', playlistPath('books', '42', version), laterVersions)).toBe(
            version,
          );
        },
      ),
    );
  });

  it('is the first for folders that were there before any other, and none of those known for one begun since', () => {
    const of = (name: string) => versionOfKey('books/42/', `books/42/${name}`, [4, 7]);
    expect(['v1/a.ts', 'v2/a.ts', 'v6/a.ts', 'v04/a.ts', 'v4', 'V4/a.ts', 'a/v4/b.ts'].map(of)).toEqual([
      ...[1, 1, 1, 1, 1, 1, 1],
    ]);
    expect(['v4/a.ts', 'v7/b/c.ts', 'v8/a.ts', 'v20240101/a.ts'].map(of)).toEqual([4, 7, 8, 1]);
  });

  it('is no number above those that a job takes', () => {
    expect(['v9998', 'v9999', 'v10000', 'v0', 'v'].map(versionNamed)).toEqual([9998, null, null, null, null]);
  });
});
