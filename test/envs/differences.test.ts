import { describe, expect, it } from 'vitest';
import { type Marks, marksOf } from '../../envs/config/field.ts';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { environmentSchema } from '../../envs/config-schema.ts';
import { dev } from '../../envs/dev.ts';
import { environments } from '../../envs/environments.ts';
import { prod } from '../../envs/prod.ts';

type Key = keyof EnvironmentConfig;

const keys = Object.keys(environmentSchema.shape) as Key[];
const differing = keys.filter((key) => JSON.stringify(dev[key]) !== JSON.stringify(prod[key]));

/** The keys whose field is marked so in the schema. */
function marked(devAndProd: Marks<never>['devAndProd']): Key[] {
  return keys.filter((key) => marksOf(environmentSchema.shape[key]).devAndProd === devAndProd);
}

describe('the environments that are shipped', () => {
  it.each([...environments.values()])('parses $environment without a violation', (config) => {
    expect(parseEnvironment(config)).toEqual(config);
  });

  it.each([...environments.values()])(
    'have the same keys in the same order, so that a diff of two files is their whole difference: $environment',
    (config) => {
      expect(Object.keys(config)).toEqual(keys);
    },
  );

  it('are the same in dev and prod in every field that is marked so: what works in dev works in prod', () => {
    expect(differing.filter((key) => marked('same').includes(key))).toEqual([]);
  });

  it('have names of their own in dev and prod', () => {
    expect(differing).toEqual(expect.arrayContaining(marked('differ')));
  });
});
