import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fstatSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { fileStream } from '../../edge/file-stream.ts';

const CHUNK_BYTES = 256 * 1024;
const content = randomBytes(3 * CHUNK_BYTES + 17);
const folder = mkdtempSync(join(tmpdir(), 'file-stream-'));
const file = join(folder, 'segment.ts');
const whole = { start: 0, end: content.length - 1 };

beforeEach(() => writeFileSync(file, content));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a part of a file as a stream', () => {
  it('is exactly the bytes from start to end, wherever its chunks begin', async () => {
    const position = fc.integer({ min: 0, max: content.length - 1 });
    const near = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -1, max: 1 }))
      .map(([chunks, bytes]) => Math.max(0, chunks * CHUNK_BYTES + bytes));
    const either = fc.oneof(position, near);
    await fc.assert(
      fc.asyncProperty(either, either, async (one, other) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const read = await buffer(fileStream(openSync(file, 'r'), { start, end }));
        expect(read.equals(content.subarray(start, end + 1))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves this thread free while a chunk is read', async () => {
    const stream = fileStream(openSync(file, 'r'), whole);

    expect(stream.read()).toBeNull();
    await once(stream, 'readable');
    expect(stream.read()).toEqual(content.subarray(0, CHUNK_BYTES));
    stream.destroy();
    await once(stream, 'close');
  });

  it('fails when the file becomes shorter, so that nobody takes a part for the whole', async () => {
    const descriptor = openSync(file, 'r');
    truncateSync(file, CHUNK_BYTES);

    await expect(buffer(fileStream(descriptor, whole))).rejects.toThrow('the file became shorter');
    expect(() => fstatSync(descriptor)).toThrow('EBADF');
  });

  it('closes the file at its end', async () => {
    const descriptor = openSync(file, 'r');
    const stream = fileStream(descriptor, whole);
    const closed = once(stream, 'close');
    await buffer(stream);
    await closed;

    expect(() => fstatSync(descriptor)).toThrow('EBADF');
  });

  it.each([
    ['before anything was read', () => undefined],
    ['while a chunk is read', (stream: ReturnType<typeof fileStream>) => stream.read(0)],
  ])('closes the file when it is destroyed %s, and gives nothing afterwards', async (_when, begin) => {
    const descriptor = openSync(file, 'r');
    const stream = fileStream(descriptor, whole);
    const given: unknown[] = [];
    stream.on('readable', () => given.push(stream.read()));
    begin(stream);
    stream.destroy();
    await once(stream, 'close');

    expect(() => fstatSync(descriptor)).toThrow('EBADF');
    expect(given).toEqual([]);
  });
});
