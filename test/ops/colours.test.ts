import { describe, expect, it } from 'vitest';
import { hasColours } from '../../ops/terraform/colours.ts';

describe('colours', () => {
  it.each<[boolean, string, boolean, NodeJS.ProcessEnv]>([
    [true, 'a terminal', true, {}],
    [true, 'a terminal with empty variables', true, { NO_COLOR: '', CI: '' }],
    [true, 'a terminal outside CI', true, { CI: 'false' }],
    [false, 'a pipe', false, {}],
    [false, 'CI', true, { CI: 'true' }],
    [false, 'a person who wants none', true, { NO_COLOR: '1' }],
  ])('are %s for %s', (expected, _, isTTY, env) => {
    expect(hasColours({ isTTY }, env)).toBe(expected);
  });
});
