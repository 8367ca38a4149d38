/** `npm run upload` for a test: the same program, with outputs and a configuration that the test gives instead of Terraform's. */
import { type EnvironmentConfig, parseEnvironment } from '../../../envs/config.ts';
import { local } from '../../../envs/local.ts';
import { connectLibrary } from '../../../ops/library/account.ts';
import { interrupted, runProgram } from '../../../ops/terraform/command-line.ts';
import { uploadProgram } from '../../../ops/upload/program.ts';

const { TEST_OUTPUTS = '{}', TEST_CONFIG = '{}' } = process.env;
const changes: Partial<EnvironmentConfig> = JSON.parse(TEST_CONFIG);

await runProgram(
  uploadProgram({
    environmentNamed: () => ({
      config: parseEnvironment({ ...local, ...changes }),
      outputs: async () => JSON.parse(TEST_OUTPUTS),
    }),
    names: ['local'],
    connect: connectLibrary,
    output: process.stdout,
    env: process.env,
    signal: interrupted,
  }),
);
