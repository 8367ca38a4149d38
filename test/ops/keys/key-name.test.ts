/** Names of keys in CloudFront: read back as the stack gives them. */
import { describe, expect, it } from 'vitest';
import { parseKeyName } from '../../../ops/keys/key-name.ts';

describe('a key’s name', () => {
  it.each([
    ['storytime-dev-2026-11-a-0123456789ab', 'storytime-dev', '2026-11-a'],
    ['storytime-dev-2026-11-a', 'storytime-dev', '2026-11-a'],
    ['storytime-dev-2026-10-a-2026-11-b-0123456789ab', 'storytime-dev-2026-10-a', '2026-11-b'],
  ])('says environment and generation: %s', (name, prefix, generation) => {
    expect(parseKeyName(name)).toEqual({ prefix, generation });
  });

  it.each([
    '',
    '2026-11-a',
    '-2026-11-a',
    'storytime-dev-2026-11-A',
    'storytime-dev-2026-11-a-0123456789abc',
    'storytime-dev-2026-11-a-0123456789AB',
    'storytime-dev-2026-11-a\n',
    'storytime-dev-viewers',
  ])('says nothing about a name of another form: %j', (name) => {
    expect(parseKeyName(name)).toBeNull();
  });
});
