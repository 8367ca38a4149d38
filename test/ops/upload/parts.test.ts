import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_OBJECT_BYTES } from '../../../aws/values/s3-limits.ts';
import { bytesOf, checksumText, missingParts, numbered, partBytesFor } from '../../../ops/upload/parts.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe('the size of parts', () => {
  it.each([
    ['an empty file', 0, 8 * MIB],
    ['a small file, which is one part', 3, 8 * MIB],
    ['the largest file of 10,000 parts of 8 MiB', 80_000 * MIB, 8 * MIB],
    ['one byte more', 80_000 * MIB + 1, 9 * MIB],
    ['5 TiB', 5 * 2 ** 40, 525 * MIB],
    ['the largest object of S3', 10_000 * 5 * GIB, 5 * GIB],
    ['one byte less', 10_000 * 5 * GIB - 1, 5 * GIB],
  ])('of %s', (_, bytes, wanted) => {
    expect(partBytesFor(bytes)).toBe(wanted);
  });

  it('keeps to all limits of S3 for every size up to 48.8 TiB, and takes no more than it must', () => {
    expect(MOST_OBJECT_BYTES / 2 ** 40).toBeCloseTo(48.8, 1);
    const aroundLimits = fc
      .tuple(fc.integer({ min: 1, max: 5120 }), fc.integer({ min: -2, max: 2 }))
      .map(([mib, off]) => Math.min(MOST_OBJECT_BYTES, mib * MIB * 10_000 + off));
    const anywhere = fc.maxSafeInteger().map((value) => Math.abs(value) % (MOST_OBJECT_BYTES + 1));
    fc.assert(
      fc.property(fc.oneof(aroundLimits, anywhere), (bytes) => {
        const partBytes = partBytesFor(bytes);
        expect(partBytes % MIB).toBe(0);
        expect(partBytes).toBeGreaterThanOrEqual(8 * MIB);
        expect(partBytes).toBeLessThanOrEqual(5 * GIB);
        expect(Math.ceil(bytes / partBytes)).toBeLessThanOrEqual(10_000);
        if (partBytes > 8 * MIB) expect(BigInt(partBytes - MIB) * 10_000n).toBeLessThan(BigInt(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([-1, 0.5, Number.NaN, MOST_OBJECT_BYTES + 1])('is refused for %s bytes', (bytes) => {
    expect(() => partBytesFor(bytes)).toThrow(RangeError);
  });
});

describe('the parts that are missing', () => {
  const parts = numbered([
    { bytes: 10, crc32: 1 },
    { bytes: 10, crc32: 2 },
    { bytes: 4, crc32: 0xffffffff },
  ]);
  const kept = parts.map(({ number, bytes, crc32 }) => ({ number, bytes, crc32: checksumText(crc32) }));

  it('begin where the one before ends', () => {
    expect(parts.map(({ number, offset }) => [number, offset])).toEqual([
      [1, 0],
      [2, 10],
      [3, 20],
    ]);
    expect(bytesOf(parts)).toBe(24);
  });

  it('are all of them at first and none at the end, in whatever order S3 lists', () => {
    expect(missingParts(parts, [])).toEqual(parts);
    expect(missingParts(parts, kept.toReversed())).toEqual([]);
  });

  it.each([
    ['another size', { bytes: 9 }],
    ['another checksum', { crc32: checksumText(7) }],
    ['no checksum', { crc32: undefined }],
  ])('are those with %s, and no others', (_, other) => {
    const changed = kept.map((part) => (part.number === 2 ? { ...part, ...other } : part));
    expect(missingParts(parts, changed).map(({ number }) => number)).toEqual([2]);
  });

  it('are not made fewer by parts that are beyond the file', () => {
    expect(missingParts(parts, [{ number: 4, bytes: 10, crc32: checksumText(1) }])).toEqual(parts);
  });
});

it('a checksum is written as S3 writes it', () => {
  // CRC32 of "123456789", the check value of the algorithm's definition.
  expect(checksumText(0xcbf43926)).toBe('y/Q5Jg==');
  expect(checksumText(0)).toBe('AAAAAA==');
});
