import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableInColour, printableJson, printableLine } from '../../envs/printable.ts';
import { humanLine, jsonLine } from '../../ops/edge/log.ts';

/** Written out by number, not by property: what the code asks Unicode for is asked here of the standard's table. */
const OBEYED = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0001, 0xe0001],
  [0xe0020, 0xe007f],
] as const;
const isObeyed = (text: string) =>
  [...text].some((one) =>
    OBEYED.some(([from, to]) => (one.codePointAt(0) ?? 0) >= from && (one.codePointAt(0) ?? 0) <= to),
  );

const stranger = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'aé視🎬"\\ '),
    fc
      .constantFrom(...OBEYED)
      .chain(([from, to]) => fc.integer({ min: from, max: to }).map((one) => String.fromCodePoint(one))),
  ),
});

describe('what is shown on a terminal', () => {
  it('has nothing that a terminal obeys, on one line or on several', () => {
    fc.assert(
      fc.property(stranger, (text) => {
        expect(isObeyed(printableLine(text))).toBe(false);
        expect(isObeyed(printable(text).replaceAll('\n', ''))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps everything else as it is', () => {
    expect(printable('Ada’s 視頻 🎬\nnext')).toBe('Ada’s 視頻 🎬\nnext');
    expect(printableLine('a\nfix: b')).toBe('a\\u000afix: b');
  });

  it('is the same value again once it is parsed as JSON, names of members included', () => {
    fc.assert(
      fc.property(
        fc.dictionary(stranger, fc.array(stranger)),
        fc.constantFrom(undefined, 2),
        (value, space) => {
          const json = printableJson(value, space);
          expect(isObeyed(json.replaceAll('\n', ''))).toBe(false);
          expect(JSON.stringify(JSON.parse(json))).toBe(JSON.stringify(value));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('keeps colours where a line is coloured, and no other sequence', () => {
    expect(printableInColour('\u001b[31mError\u001b[0m \u001b[2J\u001b]0;x\u0007\u009b1m')).toBe(
      '\u001b[31mError\u001b[0m \\u001b[2J\\u001b]0;x\\u0007\\u009b1m',
    );
  });
});

describe('the log of the edge', () => {
  const entry = {
    at: new Date('2026-11-20T12:00:00Z'),
    method: 'GET\u009b2J',
    path: '/books/\u202e\u009b31m/x',
    status: 403,
    durationMs: 1,
    verdict: 'expired',
    hint: '\u2066a',
    cache: 'none',
  } as unknown as Parameters<typeof humanLine>[0];

  it('shows no character of a request that a terminal obeys, as text and as JSON', () => {
    expect(isObeyed(humanLine(entry, { colour: false }))).toBe(false);
    expect(isObeyed(jsonLine(entry))).toBe(false);
    expect(JSON.parse(jsonLine(entry))).toMatchObject({ path: entry.path, method: entry.method });
  });
});
