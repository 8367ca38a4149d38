import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertySeed } from './property-seed.ts';

describe('the seed of properties', () => {
  it('is the one asked for', () => {
    expect(propertySeed({ PROPERTY_SEED: '-860719605', CI: 'true' })).toBe('-860719605');
  });

  it('is refused where it is no integer', () => {
    expect(() => propertySeed({ PROPERTY_SEED: '0x1' })).toThrow('PROPERTY_SEED');
  });

  it('is left to chance outside CI', () => {
    expect([propertySeed({}), propertySeed({ CI: '' })]).toEqual(['', '']);
  });

  it('reaches every property of a run that has one', () => {
    const { PROPERTY_SEED: seed } = process.env;
    expect(fc.readConfigureGlobal().seed).toBe(seed ? Number(seed) : undefined);
  });
});
