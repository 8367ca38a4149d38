import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { packageSources } from './test/support/package-sources.ts';

/** What a test file needs beyond Node, by the end of its name; one without such an end is a unit test. */
const NEEDS = ['cloud', 'terraform', 'browser'];
const filesThatNeed = (need: string) => `test/**/*.${need}.test.ts`;
/** A unit test sees an edit of our packages without a build. */
const packageAliases = [...packageSources()].map(([name, replacement]) => ({
  find: new RegExp(`^${name}$`),
  replacement,
}));

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    env: { CHECKPOINT_DISABLE: '1', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      {
        extends: true,
        resolve: { alias: packageAliases },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...NEEDS.map(filesThatNeed)],
          // They start nothing and change nothing for good, and loading the modules takes longer than most of them.
          isolate: false,
          setupFiles: ['test/support/unit-setup.ts'],
        },
      },
      ...NEEDS.map((need) => ({
        extends: true as const,
        test: {
          name: need,
          include: [filesThatNeed(need)],
          globalSetup: [
            'test/support/provider-source.ts',
            ...(need === 'terraform' ? ['test/support/find-provider.ts'] : []),
          ],
        },
      })),
    ],
  },
});
