import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesTokens, matchesWildcard, wildcardTokens } from '../../../aws/iam/wildcard.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', ':', '.', '\n'), maxLength: 10 });

describe('a wildcard', () => {
  it('covers what a regular expression with .* and . covers', () => {
    fc.assert(
      fc.property(text, text, (pattern, subject) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesWildcard(pattern, subject)).toBe(new RegExp(`^${source}$`, 's').test(subject));
      }),
      { numRuns: 5000 },
    );
  });

  it('is tried at most once for every pair of a token and a character', () => {
    let reads = 0;
    const pattern = new Proxy(wildcardTokens(`${'*a'.repeat(50)}b`), {
      get: (target, name, receiver) => {
        if (/^\d+$/.test(String(name))) reads += 1;
        return Reflect.get(target, name, receiver);
      },
    });
    const subject = 'a'.repeat(1000);
    expect(matchesTokens(pattern, subject)).toBe(false);
    expect(reads).toBeLessThan(4 * 101 * subject.length);
  });
});
