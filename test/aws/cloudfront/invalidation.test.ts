/** Which cached objects a path to invalidate names, by the pages of the CloudFront Developer Guide. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invalidationMatcher, isInvalidationPath, isWildcard } from '../../../aws/cloudfront/invalidation.ts';

const names = (path: string, target: string) => {
  const [cached = '', query = ''] = target.split(/\?(.*)/s);
  return invalidationMatcher([path])({ path: cached, query });
};

describe('a path to invalidate', () => {
  it.each([
    ['/books/42/index.m3u8', '/books/42/index.m3u8'],
    ['/books/42/*', '/books/42/index.m3u8'],
    ['/books/42/*', '/books/42/v2/index_360p_00001.ts'],
    ['/books/42/*', '/books/42/'],
    ['/books/42*', '/books/42/index.m3u8'],
    ['/books/42*', '/books/421/index.m3u8'],
    ['/books/42/index*', '/books/42/index_360p_00001.ts'],
    ['/*', '/anything'],
    ['/books/42/index.m3u8*', '/books/42/index.m3u8?parameter1=a'],
    ['/books/42/index.m3u8?parameter1=a', '/books/42/index.m3u8?parameter1=a'],
    ['/books/42/index.m3u8?parameter1=*', '/books/42/index.m3u8?parameter1=b'],
    ['/books/42/caf%C3%A9.ts', '/books/42/caf%c3%a9.ts'],
    ['/books/42/caf%c3%a9.ts', '/books/42/caf%C3%A9.ts'],
    ['/books/42/a%20b.ts', '/books/42/a%20b.ts'],
    // What a viewer encodes without need is the same object to S3.
    ['/books/42/*', '/books/%342/index.m3u8'],
    ['/books/42/*', '/books%2F42/index.m3u8'],
    ['/books/42/a&b.ts', '/books/42/a%26b.ts'],
    ['/books/42/a*b.ts', '/books/42/a%2Ab.ts'],
    ['/books/42/*', '/books/42/a~b.ts'],
  ])('%s names %s', (path, target) => {
    expect(names(path, target)).toBe(true);
  });

  it.each([
    ['/books/42/index.m3u8', '/books/42/index.m3u8?parameter1=a'],
    ['/books/42/index.m3u8?parameter1=a', '/books/42/index.m3u8'],
    ['/books/42/index.m3u8?parameter1=a', '/books/42/index.m3u8?parameter1=b'],
    ['/books/42/Index.m3u8', '/books/42/index.m3u8'],
    ['/Books/*', '/books/42/index.m3u8'],
    ['/books/42/*', '/books/421/index.m3u8'],
    ['/books/42', '/books/42/'],
    ['/books/42/', '/books/42'],
    ['/books/*/index.m3u8', '/books/42/index.m3u8'],
    // A question mark within the path is no query.
    ['/a?b', '/a%3Fb'],
    // "Do not URL-encode any other characters", and a tilde is supported in no spelling.
    ['/books/42/%69ndex.m3u8', '/books/42/index.m3u8'],
    ['/books/42/a%7Eb.ts', '/books/42/a~b.ts'],
    ['/a?x=1&y=2', '/a?x=1%26y=2'],
  ])('%s does not name %s', (path, target) => {
    expect(names(path, target)).toBe(false);
  });

  it('names what any of several names', () => {
    const matches = invalidationMatcher(['/a', '/b/*']);
    const found = ['/a', '/b/c', '/c'].map((path) => matches({ path, query: '' }));
    expect(found).toEqual([true, true, false]);
  });

  it('names an object however a viewer encodes it, and its directory with a wildcard does', () => {
    const plain = fc.array(fc.constantFrom(...'abcXYZ019-_.!$&()+,;=:@'), { minLength: 1, maxLength: 8 });
    const encoded = plain.chain((characters) =>
      fc.tuple(
        fc.constant(characters.join('')),
        fc
          .array(fc.boolean(), { minLength: characters.length, maxLength: characters.length })
          .map((escapes) =>
            characters
              .map((each, index) => (escapes[index] ? `%${each.charCodeAt(0).toString(16)}` : each))
              .join(''),
          ),
      ),
    );
    fc.assert(
      fc.property(encoded, ([name, sent]) => {
        expect(names(`/books/42/${name}`, `/books/42/${sent}`)).toBe(true);
        expect(names('/books/42/*', `/books/42/${sent}`)).toBe(true);
        expect(names('/books/43/*', `/books/42/${sent}`)).toBe(false);
      }),
    );
  });
});

describe('what CloudFront takes as a path', () => {
  it.each(['/', '/*', '/a', '/a?b=c', '/a%20b', `/${'a'.repeat(3999)}`, "/it's(1),$&+;=:@!-_."])(
    '%s',
    (path) => {
      expect(isInvalidationPath(path)).toBe(true);
    },
  );

  it.each([
    '',
    '*',
    'books/42/*',
    'https://d111111abcdef8.cloudfront.net/books/42/*',
    '/a b',
    '/café',
    '/a~b',
    '/a"b',
    '/a<b>',
    '/a\\b',
    '/a[b]',
    '/a{b}',
    '/a^b',
    '/a|b',
    '/a`b',
    '/a#b',
    '/a%2',
    '/100%',
    '/a\nb',
    `/${'a'.repeat(4000)}`,
  ])('not %j', (path) => {
    expect(isInvalidationPath(path)).toBe(false);
  });

  it('with an asterisk at its end alone is a wildcard', () => {
    expect(['/a*', '/*', '/a*b', '/a'].map(isWildcard)).toEqual([true, true, false, false]);
  });
});
