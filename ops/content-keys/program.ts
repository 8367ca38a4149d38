/** The command line of `npm run content-keys`. */
import type { Command } from 'commander';
import { requireTitle } from '../library/change-title.ts';
import { EXIT_RESTORING, tierOption } from '../take-down/program.ts';
import { encodeAgain, type RestoreOptions } from '../take-down/restore.ts';
import { type TakeDownSessionOptions, withTakeDown } from '../take-down/session.ts';
import { newProgram } from '../terraform/command-line.ts';
import { requiredArgument } from '../terraform/required-argument.ts';
import { UsageError } from '../terraform/targets.ts';

export interface ContentKeysProgramOptions extends TakeDownSessionOptions {
  /** For help: `dev, prod, local` */
  readonly names: readonly string[];
}

interface RotateFlags extends Pick<RestoreOptions, 'tier'> {
  readonly json?: boolean;
}

export function contentKeysProgram(options: ContentKeysProgramOptions): Command {
  const program = newProgram('npm run content-keys --')
    .description('The content keys of encrypted titles')
    .usage('<command> <environment> <id>');
  program
    .command('rotate')
    .description(
      'Encode an encrypted title again with a new key, as a new version, and switch to it. Viewers keep the version that they play; npm run titles -- prune deletes it with its key later. Stopped anywhere, the same command continues',
    )
    .addArgument(requiredArgument('environment', `one of ${options.names.join(', ')}`))
    .addArgument(requiredArgument('id', 'the title’s id, as npm run titles shows it'))
    .addOption(tierOption())
    .option('--json', 'print one JSON object for each event')
    .action((name: string | undefined, id: string | undefined, { tier, json = false }: RotateFlags) =>
      withTakeDown(options, { name, json }, async (context) => {
        const { environment } = context.config;
        if (id === undefined) {
          throw new UsageError(`no id given: npm run content-keys -- rotate ${environment} <id>`);
        }
        if ((await requireTitle(context, id)).encrypted !== true) {
          throw new UsageError(
            `${JSON.stringify(id)} is not encrypted, so it has no key: send its master again with npm run upload -- ${environment} <file> --encrypt, as a title of its own`,
          );
        }
        if ((await encodeAgain(context, { id, tier })) === null) process.exitCode = EXIT_RESTORING;
      }),
    );
  return program;
}
