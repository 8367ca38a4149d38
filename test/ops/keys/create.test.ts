import { describe, expect, it } from 'vitest';
import { newGenerationName } from '../../../ops/keys/create.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';

describe('the name of a new generation', () => {
  it.each(['foo', '2026-13-a', '2026-11-ab', '../active', ''])('has one form alone: %j', (name) => {
    const refused = () => newGenerationName(name);

    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(expect.objectContaining({ option: '--generation' }));
    expect(refused).toThrow(`--generation: expected a name like "2026-11-a", got "${name}"`);
  });

  it('is taken as it is', () => {
    expect(newGenerationName('2026-11-a')).toBe('2026-11-a');
  });
});
