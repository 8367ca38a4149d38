import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeFully } from '../../signer/src/policy/percent-encoding.ts';

/** Layer by layer, as a chain of decoders would: the slow and obvious way. */
function decodeByLayers(text: string): string | null {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let decoded = text;
  for (;;) {
    let next: string;
    try {
      next = decoded.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
        utf8.decode(Buffer.from(run.replaceAll('%', ''), 'hex')),
      );
    } catch {
      return null;
    }
    if (next === decoded) return decoded;
    decoded = next;
  }
}

describe('decodeFully', () => {
  it.each([
    ['nothing encoded', '/books/42', '/books/42'],
    ['an escape', '%2F', '/'],
    ['an escape of an escape', '%252F', '/'],
    ['one whose digits are encoded', '%25%32%46', '/'],
    ['one hundred layers', `%${'25'.repeat(100)}2F`, '/'],
    ['a character of several bytes', '%C3%A9', 'é'],
    ['one in two layers', '%25C3%25A9', 'é'],
    ['a byte order mark, which is a character', '%EF%BB%BF', '\uFEFF'],
    ['a lone percent sign', '100%25', '100%'],
    ['a lone percent sign in front of an escape', '100%25%252F', '100%/'],
    ['a percent sign that starts no escape', '%25zz%252F', '%zz/'],
  ])('reads %s', (_, text, decoded) => {
    expect(decodeFully(text)).toBe(decoded);
  });

  it.each([
    ['a byte that begins nothing', '%ff'],
    ['a byte that begins nothing, two layers deep', '%25ff'],
    ['a character cut short', '%C3'],
    ['a continuation without beginning', '%A9'],
    ['a dot in two bytes', '%C0%AE'],
    ['a surrogate', '%ED%A0%80'],
    ['a character whose bytes are in two layers', '%C3%25A9'],
    ['the same, one layer deeper', '%25C3%2525A9'],
  ])('gives nothing for %s', (_, text) => {
    expect(decodeFully(text)).toBeNull();
  });

  it('gives what decoding layer by layer gives, for any text', () => {
    const unit = fc.constantFrom(
      ...['%', '25', '%25', '2F', '%2f', '2', 'f', 'C3', 'A9', '%C3', '%A9', '%25C3', '%ff', 'z', '/', '.'],
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 24 }), (text) => {
        expect(decodeFully(text)).toBe(decodeByLayers(text));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('decoding the longest path there can be', () => {
  afterEach(() => vi.restoreAllMocks());

  it('reads each character once, however many layers there are', () => {
    const text = `%${'25'.repeat(4_000)}41`;
    const reads = vi.spyOn(String.prototype, 'charCodeAt');
    const layers = vi.spyOn(globalThis, 'decodeURIComponent');
    const decoded = decodeFully(text);
    const counts = [reads.mock.calls.length, layers.mock.calls.length];
    vi.restoreAllMocks();
    expect(decoded).toBe('A');
    expect(counts).toEqual([text.length, 0]);
  });
});
