import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGlob, matchingPrefixes, matchResource } from '../../../signer/src/verify/match-resource.ts';
import { parseRequest } from '../../../signer/src/verify/request.ts';

interface Row {
  readonly resource: string;
  readonly url: string;
  readonly matches: boolean;
}

const vectors = new URL('../../vectors/resource-matching.json', import.meta.url);
const rows: readonly Row[] = JSON.parse(readFileSync(vectors, 'utf8')).rows;

describe('matchResource', () => {
  it.each(rows)('says $matches of $resource for $url', ({ resource, url, matches }) => {
    const parsed = parseRequest(url, undefined);
    expect(parsed && matchResource(resource, parsed.url)).toBe(matches);
  });
});

describe('a pattern of many question marks', () => {
  const URL_UNIT = fc.constantFrom('a', 'b', '/', '=');

  it('matches when any of them can be the one that begins the query string', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '=', '*', '?'), maxLength: 9 });
    const text = fc.string({ unit: URL_UNIT, maxLength: 6 });
    fc.assert(
      fc.property(pattern, text, text, (glob, path, query) => {
        const url = { protocol: 'https', host: 'h', path: `/${path}`, query };
        const whole = `/${glob}`;
        const marks = [...whole].flatMap((character, index) => (character === '?' ? [index] : []));
        const wanted =
          (matchGlob(whole, url.path) && (query === '' || whole.endsWith('*'))) ||
          marks.some(
            (at) => matchGlob(whole.slice(0, at), url.path) && matchGlob(whole.slice(at + 1), query),
          );
        expect(matchResource(`https://h${whole}`, url)).toBe(wanted);
      }),
      { numRuns: 10_000 },
    );
  });

  it('says of every beginning at once what matchGlob says of each', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, input) => {
        const each = Array.from({ length: glob.length + 1 }, (_, end) =>
          Number(matchGlob(glob.slice(0, end), input)),
        );
        expect([...matchingPrefixes(glob, input)]).toEqual(each);
      }),
      { numRuns: 2_000 },
    );
  });

  it('comes to an end, however many there are', () => {
    const url = {
      protocol: 'https',
      host: 'h',
      path: `/${'a'.repeat(4_000)}`,
      query: `${'a'.repeat(4_000)}b`,
    };
    expect(matchResource(`https://h/${'*?'.repeat(2_000)}c`, url)).toBe(false);
  });
});

describe('matchGlob', () => {
  it('agrees with the regular expression that says the same', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (glob, input) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchGlob(glob, input)).toBe(expression.test(input));
      }),
      { numRuns: 2_000 },
    );
  });

  it('comes to an end on a pattern made to backtrack', () => {
    expect(matchGlob(`${'a*'.repeat(200)}b`, 'a'.repeat(4_000))).toBe(false);
  });
});
