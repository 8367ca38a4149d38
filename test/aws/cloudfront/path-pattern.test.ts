import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchPathPattern, normalisePath } from '../../../aws/cloudfront/path-pattern.ts';

describe('a path pattern', () => {
  it.each([
    ['books/*.m3u8', '/books/42/index.m3u8', true],
    ['/books/*.m3u8', '/books/42/index.m3u8', true],
    ['books/*', '/books/', true],
    ['books/*', '/books', false],
    ['books/*', '/Books/42', false],
    ['books/*', '/x/books/42', false],
    ['books/4?/a', '/books/42/a', true],
    ['books/4?/a', '/books/4/a', false],
    ['books/4?/a', '/books/422/a', false],
    ['*.ts', '/books/42/a.ts', true],
    ['*', '/', true],
    ['a.b', '/axb', false],
    ['books/*/a*c', '/books/1/2/abac', true],
    ['books/*/a*c', '/books/1/2/abab', false],
  ])('%s on %s: %s', (pattern, path, matches) => {
    // A pattern that starts with a star has no leading slash to add: it covers the path's own.
    expect(matchPathPattern(pattern, path)).toBe(matches);
  });

  it('agrees with the same pattern written as a regular expression', () => {
    const text = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 8 });
    fc.assert(
      fc.property(text('ab/*?'), text('ab/'), (pattern, path) => {
        const expression = `^/${pattern.replace(/^\//, '').replace(/\*/g, '.*').replace(/\?/g, '.')}$`;
        fc.pre(!pattern.startsWith('*'));
        expect(matchPathPattern(pattern, `/${path}`)).toBe(new RegExp(expression).test(`/${path}`));
      }),
    );
  });

  it('takes linear time for a pattern of many stars', () => {
    expect(matchPathPattern('*a'.repeat(30), `/${'a'.repeat(20_000)}b`)).toBe(false);
  });
});

describe('the path that behaviours see', () => {
  it.each([
    ['/books/42/index.m3u8', '/books/42/index.m3u8'],
    ['/open/../books/42/a', '/books/42/a'],
    ['/open/%2e%2E/books/42/a', '/books/42/a'],
    ['/books//42/./a', '/books/42/a'],
    ['/../../books/a', '/books/a'],
    ['/%62ooks/a', '/books/a'],
    ['/books/a%2fb', '/books/a%2Fb'],
    ['/books/42/', '/books/42/'],
    ['/books/42/..', '/books/'],
    ['/', '/'],
  ])('%s is %s', (raw, normalised) => {
    expect(normalisePath(raw)).toBe(normalised);
  });
});
