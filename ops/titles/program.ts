/** The command line of `npm run titles`. */
import type { Command } from 'commander';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { printableJson } from '../../envs/printable.ts';
import { connectLibrary, type LibraryAccount } from '../library/account.ts';
import type { EnvironmentNamed } from '../library/applied-environment.ts';
import type { BrokenRecordError } from '../library/broken-record.ts';
import { createCatalogue } from '../library/catalogue.ts';
import { libraryFailureText } from '../library/failures.ts';
import { libraryOutputs } from '../library/outputs.ts';
import { recordStore } from '../library/record-store.ts';
import { EXIT_RESTORING, tierOption } from '../take-down/program.ts';
import { prune } from '../take-down/prune.ts';
import { encodeAgain, type RestoreOptions } from '../take-down/restore.ts';
import { withTakeDown } from '../take-down/session.ts';
import { askAtTerminal } from '../terraform/ask-at-terminal.ts';
import { complain, newProgram } from '../terraform/command-line.ts';
import { requiredArgument } from '../terraform/required-argument.ts';
import { UsageError } from '../terraform/targets.ts';
import { type AdoptionContext, adoptTitles, planAdoption } from './adopt.ts';
import {
  adoptedText,
  adoptionText,
  brokenIn,
  brokenText,
  catalogueJson,
  catalogueText,
  prunedJson,
  prunedText,
} from './catalogue-text.ts';
import { readRenaming, renameTitle } from './rename.ts';

interface EncodeFlags extends Pick<RestoreOptions, 'tier'> {
  readonly json?: boolean;
}

export interface TitlesProgramOptions {
  readonly environmentNamed: EnvironmentNamed;
  /** For help: `dev, prod, local` */
  readonly names: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** @default - clients by this process's AWS_* variables */
  readonly connect?: (config: EnvironmentConfig) => LibraryAccount;
  /** Of this process. */
  readonly env: NodeJS.ProcessEnv;
  /** @default - asks at the terminal; without one, nobody is asked and nothing is written */
  readonly confirm?: (question: string) => Promise<boolean>;
}

export function titlesProgram(options: TitlesProgramOptions): Command {
  const { say, env } = options;
  const session = { ...options, env, connect: options.connect ?? connectLibrary };
  const program = newProgram('npm run titles --')
    .description(
      'List an environment’s titles, make records of those that are not in the catalogue, rename one, encode one again',
    )
    .usage('<environment> [--json]\n       npm run titles -- <command> <environment> [arguments]');

  command('list', 'list the titles: the command when none is named', true)
    .option('--json', 'print one JSON object')
    .allowExcessArguments()
    .action((name: string | undefined, { json }: { json?: boolean }, { args }: Command) => {
      if (args.length > 1) throw new UsageError(unknownText(args));
      return withContext(name, async ({ config, records }) => {
        const entries = await createCatalogue({ records }).read();
        say(json ? printableJson(catalogueJson(entries), 2) : catalogueText(entries, config.environment));
        complainOf(brokenIn(entries), json);
      });
    });

  command('adopt', 'make records of titles that are in the outputs bucket and not in the catalogue')
    .option('--yes', 'answer all questions with yes; without it and without a terminal, nothing is written')
    .action((name: string | undefined, { yes = false }: { yes?: boolean }) =>
      withContext(name, async (context) => {
        const plan = await planAdoption(context);
        say(adoptionText(plan, context.config.environment));
        const { adoptable } = plan;
        if (adoptable.length === 0) return;
        const confirm = options.confirm ?? (process.stdin.isTTY ? askAtTerminal : null);
        if (!yes && confirm === null) {
          say('dry run: nothing was written; add --yes to write these records');
          return;
        }
        if (!yes && !(await confirm?.(`Write ${adoptable.length} records?`))) {
          say('nothing was written');
          return;
        }
        say(adoptedText(await adoptTitles(context.records, adoptable), adoptable.length));
      }),
    );

  command('rename', 'change what people call a title; its id and its addresses stay as they are')
    .addArgument(requiredArgument('id', 'the title’s id, as the list shows it'))
    .addArgument(requiredArgument('title', 'the new title'))
    .action(async (name: string | undefined, id: string | undefined, title: string | undefined) => {
      const { environment } = options.environmentNamed(name).config;
      const renaming = readRenaming({ environment, id, title });
      await withContext(name, async ({ records }) => {
        const { before, after } = await renameTitle(records, renaming);
        say(`renamed ${id}: ${JSON.stringify(before)} is now ${JSON.stringify(after)}`);
      });
    });

  command('encode', 'encode a live title again, as a new version; viewers keep the one that they play')
    .addArgument(requiredArgument('id', 'the title’s id, as the list shows it'))
    .addOption(tierOption())
    .option('--json', 'print one JSON object for each event')
    .action((name: string | undefined, id: string | undefined, { tier, json = false }: EncodeFlags) =>
      withTakeDown(session, { name, json }, async (context) => {
        const { environment } = context.config;
        if (id === undefined) {
          throw new UsageError(`no id given: npm run titles -- encode ${environment} <id>`);
        }
        if ((await encodeAgain(context, { id, tier })) === null) process.exitCode = EXIT_RESTORING;
      }),
    );

  command('prune', 'delete the files of earlier versions that no viewer can be playing any more')
    .option('--json', 'print one JSON object')
    .action((name: string | undefined, { json = false }: { json?: boolean }) =>
      withTakeDown(session, { name, json }, async (context) => {
        const done = await prune(context);
        say(json ? printableJson(prunedJson(done), 2) : prunedText(done));
        complainOf(done.broken, json);
      }),
    );

  return program;

  /** `list` is the command where none is named, and so it is what a mistyped one leads to. */
  function unknownText([first = '']: readonly string[]): string {
    const known = program.commands.map((one) => one.name()).join(', ');
    return `expected one environment, or a command before it (${known}), got ${JSON.stringify(first)} and more`;
  }

  function command(name: string, description: string, isDefault = false): Command {
    return program
      .command(name, { isDefault })
      .description(description)
      .addArgument(requiredArgument('environment', `one of ${options.names.join(', ')}`));
  }

  async function withContext(
    name: string | undefined,
    run: (context: AdoptionContext) => Promise<void>,
  ): Promise<void> {
    const { signal } = options;
    const environment = options.environmentNamed(name);
    const config = parseEnvironment(environment.config);
    const outputs = libraryOutputs(config, await environment.outputs());
    const account = (options.connect ?? connectLibrary)(config);
    try {
      const { s3 } = account;
      const records = recordStore({ s3, bucket: outputs.master_uploads_bucket_name, signal });
      await run({ config, outputs, s3, records, signal });
    } catch (error) {
      const text = libraryFailureText(error);
      if (text === null) throw error;
      complain(text);
      process.exitCode = 1;
    } finally {
      account.close();
    }
  }
}

/** With `--json` they are in the object. */
function complainOf(broken: readonly BrokenRecordError[], json = false): void {
  const lines = brokenText(broken);
  if (lines === null) return;
  if (!json) complain(lines);
  process.exitCode = 1;
}
