import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGlob, matchResource } from '../../../signer/src/verify/match-resource.ts';
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
