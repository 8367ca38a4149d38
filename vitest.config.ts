import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { packageSources } from './test/support/package-sources.ts';
import { propertySeed } from './test/support/property-seed.ts';

/** What a test file needs beyond Node, by the end of its name; one without such an end is a unit test. */
const NEEDS = ['cloud', 'terraform', 'browser'];
const filesThatNeed = (need: string) => `test/**/*.${need}.test.ts`;
/** A unit test sees an edit of our packages without a build. */
const packageAliases = [...packageSources()].map(([name, replacement]) => ({
  find: new RegExp(`^${name}$`),
  replacement,
}));

/** Not inherited from the root: what a project has of its own, --maxWorkers could not change. */
const everyProject = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  globalSetup: ['test/support/temporary-folder.ts'],
  setupFiles: ['test/support/setup.ts'],
  // Values in a test's name are shown whole: the end is often what tells two tests apart.
  chaiConfig: { truncateThreshold: 0 },
  env: {
    CHECKPOINT_DISABLE: '1',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    PROPERTY_SEED: propertySeed(process.env),
  },
};

/**
 * For Terraform and the provider, which are Go programs: reading the provider's whole schema makes 15 garbage collections
 * otherwise, and `terraform validate` takes 4.0 s of processor time instead of 3.2. The limit keeps each below 1 GB.
 *
 * @see https://go.dev/doc/gc-guide#GOGC
 */
const FEWER_COLLECTIONS = { GOGC: '800', GOMEMLIMIT: '768MiB' };

// Without isolation the files of a worker share their modules, which take longer to load than most files to run: a test puts
// back what it changes, and what lives longer than a test ends with its file.
export default defineConfig({
  test: {
    // Twice the two processors that the gate has: files wait for processes, the clock and pauses of the provider.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias: packageAliases },
        test: {
          ...everyProject,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...NEEDS.map(filesThatNeed)],
          isolate: false,
          setupFiles: [...everyProject.setupFiles, 'test/support/unit-setup.ts'],
        },
      },
      ...NEEDS.map((need) => ({
        test: {
          ...everyProject,
          // A command takes a second to start, and many of them on a busy machine.
          testTimeout: 60_000,
          name: need,
          include: [filesThatNeed(need)],
          env: { ...everyProject.env, ...FEWER_COLLECTIONS },
          globalSetup: [
            ...everyProject.globalSetup,
            'test/support/provider-source.ts',
            ...(need === 'terraform' ? ['test/support/find-provider.ts'] : []),
          ],
          isolate: need !== 'cloud',
        },
      })),
    ],
  },
});
