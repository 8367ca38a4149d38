/** Runs before the tests of every file. */
import fc from 'fast-check';
import { beforeAll } from 'vitest';
import { refuseRepeatedNames } from './test-names.ts';

// biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that a hook wants from this pattern
beforeAll(({}, file) => refuseRepeatedNames(file));

const { PROPERTY_SEED: seed } = process.env;
if (seed) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
