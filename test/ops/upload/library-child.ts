/**
 * `npm run upload`, `titles`, `withdraw`, `restore` and `content-keys` for a test: the same programs, with outputs and a configuration that the test gives
 * instead of Terraform's. The first argument says which.
 */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type EnvironmentConfig, parseEnvironment } from '../../../envs/config.ts';
import { local } from '../../../envs/local.ts';
import { contentKeysProgram } from '../../../ops/content-keys/program.ts';
import { connectLibrary } from '../../../ops/library/account.ts';
import { restoreProgram, withdrawProgram } from '../../../ops/take-down/program.ts';
import { interrupted, runProgram, say } from '../../../ops/terraform/command-line.ts';
import { titlesProgram } from '../../../ops/titles/program.ts';
import { uploadProgram } from '../../../ops/upload/program.ts';

const { TEST_OUTPUTS = '{}', TEST_CONFIG = '{}', TEST_MEMORY } = process.env;
const changes: Partial<EnvironmentConfig> = JSON.parse(TEST_CONFIG);
const common = {
  environmentNamed: () => ({
    config: parseEnvironment({ ...local, ...changes }),
    outputs: async () => JSON.parse(TEST_OUTPUTS),
  }),
  names: ['local'],
  connect: connectLibrary,
  signal: interrupted,
};

// Of this process alone: ffmpeg and ffprobe are others.
if (TEST_MEMORY) {
  process.once('exit', () => writeFileSync(TEST_MEMORY, String(process.resourceUsage().maxRSS)));
}

const [command = ''] = process.argv.splice(2, 1);
const { env, stdout: output } = process;
const programs: Readonly<Record<string, () => Command>> = {
  upload: () => uploadProgram({ ...common, output, env }),
  titles: () => titlesProgram({ ...common, say, env }),
  withdraw: () => withdrawProgram({ ...common, say, env }),
  restore: () => restoreProgram({ ...common, say, env }),
  'content-keys': () => contentKeysProgram({ ...common, say, env }),
};
const program = programs[command];
if (program === undefined) throw new Error(`no program ${JSON.stringify(command)}`);
await runProgram(program());
