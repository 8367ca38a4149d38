import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_OBJECT_BYTES } from '../../../aws/values/s3-limits.ts';
import { partsOf, refusalOf } from '../../../local/demo/upload-plan.ts';
import { bytesOf, partBytesFor } from '../../../ops/upload/parts.ts';

const rules = { uploadContentTypes: ['video/mp4'], uploadMaxBytes: 1000, longestMasterSeconds: 600 };
const file = { name: 'hare.mp4', contentType: 'video/mp4', bytes: 1000 };

describe('a file that is to be added', () => {
  it.each([
    ['of a kind that is not taken', { contentType: 'image/png' }, /image\/png.*export it as MP4/],
    ['of no kind', { contentType: '' }, /unknown.*export it as MP4/],
    ['that is empty', { bytes: 0 }, /empty: copy or export/],
    ['that is too large', { bytes: 1001 }, /larger than 1000 bytes: export it smaller/],
    [
      'that is too long',
      { durationSeconds: 600.1 },
      /^the video is too long: expected at most 600 s, got 600\.1 s; cut it into shorter videos$/,
    ],
  ])('is refused with its remedy when it is one %s', (_, fields, refusal) => {
    expect(refusalOf({ ...file, ...fields }, rules)).toMatch(refusal);
  });

  it('is taken up to the last byte and the last second of the limits', () => {
    expect(refusalOf(file, rules)).toBeNull();
    expect(refusalOf({ ...file, durationSeconds: 600 }, rules)).toBeNull();
  });
});

describe('the parts of a file', () => {
  it('are those that npm run upload would cut: whole, in order, with the checksums of the page', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: 1, max: 200 * 2 ** 20 }),
          fc.integer({ min: 1, max: 12 }).map((parts) => parts * 8 * 2 ** 20),
        ),
        (bytes) => {
          const partBytes = partBytesFor(bytes);
          const partCrc32s = Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => index);
          const parts = partsOf({ bytes, partCrc32s }) ?? [];

          expect(bytesOf(parts)).toBe(bytes);
          expect(parts.map(({ crc32 }) => crc32)).toEqual(partCrc32s);
          expect(parts.map(({ number }) => number)).toEqual(partCrc32s.map((index) => index + 1));
          expect(parts.map(({ offset }) => offset)).toEqual(partCrc32s.map((index) => index * partBytes));
          expect(parts.every((part) => part.bytes > 0 && part.bytes <= partBytes)).toBe(true);
        },
      ),
    );
  });

  it('are none where the page counted otherwise, or where there is nothing', () => {
    expect(partsOf({ bytes: 8 * 2 ** 20 + 1, partCrc32s: [1] })).toBeNull();
    expect(partsOf({ bytes: 8 * 2 ** 20, partCrc32s: [1, 2] })).toBeNull();
    expect(partsOf({ bytes: 0, partCrc32s: [0] })).toBeNull();
    expect(partsOf({ bytes: MOST_OBJECT_BYTES, partCrc32s: [1] })).toBeNull();
  });
});
