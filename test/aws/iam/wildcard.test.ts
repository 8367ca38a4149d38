import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  matchesTokens,
  matchesWildcard,
  matchesWithinParts,
  wildcardTokens,
} from '../../../aws/iam/wildcard.ts';

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

describe('a pattern whose wildcards keep to the parts of an ARN', () => {
  const pattern = fc
    .array(fc.constantFrom('*', '?', ':', 'a', 'b'), { maxLength: 8 })
    .map((all) => all.join(''));
  const text = fc.array(fc.constantFrom(':', 'a', 'b'), { maxLength: 10 }).map((all) => all.join(''));

  it('matches as a regular expression that says so', () => {
    fc.assert(
      fc.property(pattern, text, (written, given) => {
        const source = written
          .replaceAll(/\*(?!$|:)/g, '[^:]<')
          .replaceAll('*', '.<')
          .replaceAll('?', '[^:]')
          .replaceAll('<', '*');
        expect(matchesWithinParts(wildcardTokens(written), given)).toBe(
          new RegExp(`^${source}$`).test(given),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('never matches what the pattern does not', () => {
    fc.assert(
      fc.property(pattern, text, (written, given) => {
        if (matchesWithinParts(wildcardTokens(written), given))
          expect(matchesWildcard(written, given)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
