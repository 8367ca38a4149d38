import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../playback/src/store/cursor.ts';

const anyListing = fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(undefined)), {
  maxLength: 5,
});
const anyPosition = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });

it('a cursor gives its position back to its own listing', () => {
  fc.assert(
    fc.property(anyListing, anyPosition, (listing, position) => {
      const cursor = encodeCursor(listing, position);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(listing, cursor)).toBe(position);
    }),
  );
});

it('a cursor is refused for any other listing', () => {
  fc.assert(
    fc.property(anyListing, anyListing, anyPosition, (listing, other, position) => {
      fc.pre(JSON.stringify(listing) !== JSON.stringify(other));
      const cursor = encodeCursor(listing, position);
      expect(() => decodeCursor(other, cursor)).toThrow(
        expect.objectContaining({ code: 'ERR_STORE_CURSOR' }),
      );
    }),
  );
});

it('a text that is no cursor is refused, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(() => decodeCursor(['listing'], text)).toThrow(
        expect.objectContaining({ code: 'ERR_STORE_CURSOR' }),
      );
    }),
  );
});
