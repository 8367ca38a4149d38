/** `@storytime/playback/testing`: for the tests of backends with a store of their own. */

export { type StoreSuiteOptions, storeSuite } from './store-suite.ts';
export type { RaceSize } from './suite-context.ts';
