/** The checksum of a whole object from those of its parts, against zlib's own of the whole. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { combineCrc32 } from '../../../local/aws-api/s3/crc32-combine.ts';

it('is that of the parts one after the other, whatever they are and however many', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }), (parts) => {
      const combined = parts.reduce((sum, part) => combineCrc32(sum, crc32(part), part.length), 0);
      expect(combined).toBe(crc32(Buffer.concat(parts)));
    }),
    { numRuns: 500 },
  );
});

it.each([0, 1, 2 ** 20 - 1, 2 ** 20, 5 * 2 ** 20 + 3])('holds for a second part of %i bytes', (bytes) => {
  const first = Buffer.from('the first');
  const second = Buffer.alloc(bytes, 0xa5);

  expect(combineCrc32(crc32(first), crc32(second), bytes)).toBe(crc32(second, crc32(first)));
});

it('holds for lengths that 32 bits cannot count', () => {
  // Zeros after a text, in one step and in two: 5 GiB is the largest part, 48.8 TiB the largest object.
  const gibibyte = 2 ** 30;
  const zeros = Array.from({ length: 1024 }).reduce<number>((sum) => crc32(Buffer.alloc(2 ** 20), sum), 0);
  const five = [1, 2, 3, 4].reduce((sum) => combineCrc32(sum, zeros, gibibyte), zeros);

  expect(combineCrc32(crc32('text'), five, 5 * gibibyte)).toBe(
    [1, 2, 3, 4, 5].reduce((sum) => combineCrc32(sum, zeros, gibibyte), crc32('text')),
  );
});
