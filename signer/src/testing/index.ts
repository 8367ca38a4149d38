/** `@storytime/signer/testing`: for the tests of backends that sign. */

export { type ExpectAllowedOptions, expectAllowed } from './expect-allowed.ts';
export { type TestKeySource, testKey } from './test-key.ts';
