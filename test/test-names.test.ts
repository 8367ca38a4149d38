import { describe, expect, it } from 'vitest';
import { refuseRepeatedNames, repeatedNames } from './support/test-names.ts';

const named = (name: string, ...tasks: { name: string }[]) => (tasks.length > 0 ? { name, tasks } : { name });

describe('the names of the tests of a file', () => {
  it('may be the same below different describes', () => {
    const file = named(
      'a.test.ts',
      named('a URL', named('is refused')),
      named('a cookie', named('is refused')),
    );

    expect(repeatedNames(file)).toEqual([]);
    expect(() => refuseRepeatedNames(file)).not.toThrow();
  });

  it('are refused when one describe, or two of the same name, has one twice', () => {
    const file = named(
      'a.test.ts',
      named('a URL', named('is refused'), named('is refused'), named('is refused')),
      named('a cookie', named('is cut')),
      named('a cookie', named('is cut')),
      named('begins'),
    );

    expect(repeatedNames(file)).toEqual(['a URL > is refused', 'a cookie > is cut']);
    expect(() => refuseRepeatedNames(file)).toThrow('a URL > is refused\n  a cookie > is cut');
  });

  it.each([{ long: `${'0123456789'.repeat(6)} and its end` }])('show the value $long whole', ({ long }) => {
    expect(expect.getState().currentTestName).toContain(long);
  });
});
