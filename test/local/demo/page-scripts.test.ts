/** Scripts of the page that need no browser. */
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const page = new URL('../../../local/demo/page/', import.meta.url);
const { crc32 } = (await import(new URL('crc32.js', page).href)) as {
  crc32: (bytes: Uint8Array, before?: number) => number;
};
const { limiter } = (await import(new URL('limiter.js', page).href)) as {
  limiter: (most: number) => <T>(task: () => Promise<T>) => Promise<T>;
};

describe('the CRC-32 of the page', () => {
  it('is that of zlib, for bytes in pieces and at any place of their memory', () => {
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(bytes, bytes, fc.nat({ max: 20 }), (first, second, offset) => {
        const shifted = new Uint8Array(offset + second.length);
        shifted.set(second, offset);
        const whole = Buffer.concat([first, second]);

        expect(crc32(shifted.subarray(offset), crc32(first))).toBe(zlibCrc32(whole));
      }),
    );
  });

  it('is the check value of its definition', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });
});

describe('the limiter of the page', () => {
  it('runs so many at the same time and no more, in order, whichever fail', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ turns: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() }), {
          maxLength: 30,
        }),
        async (most, tasks) => {
          const place = limiter(most);
          const begun: number[] = [];
          let running = 0;
          let top = 0;
          const ended = await Promise.allSettled(
            tasks.map(({ turns, fails }, index) =>
              place(async () => {
                begun.push(index);
                running += 1;
                top = Math.max(top, running);
                for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
                running -= 1;
                if (fails) throw new Error('failed');
              }),
            ),
          );

          expect(begun).toEqual(tasks.map((_, index) => index));
          expect(top).toBe(Math.min(most, tasks.length));
          expect(ended.map(({ status }) => status === 'rejected')).toEqual(tasks.map(({ fails }) => fails));
        },
      ),
    );
  });
});
