/** The command lines of `npm run withdraw` and `npm run restore`. */
import { type Command, Option } from 'commander';
import prettyBytes from 'pretty-bytes';
import { newProgram } from '../terraform/command-line.ts';
import { requiredArgument } from '../terraform/required-argument.ts';
import { UsageError } from '../terraform/targets.ts';
import { MASTER_FATES, type MasterFate } from './master.ts';
import { restore, TIERS } from './restore.ts';
import { jsonLine, type TakeDownSessionOptions, withTakeDown } from './session.ts';
import { planWithdrawal, type WithdrawalPlan, withdraw } from './withdraw.ts';

export interface TakeDownProgramOptions extends TakeDownSessionOptions {
  /** For help: `dev, prod, local` */
  readonly names: readonly string[];
}

/** A master is being restored from its archive: the same command goes on later. */
export const EXIT_RESTORING = 3;

interface WithdrawFlags {
  readonly master?: MasterFate;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function withdrawProgram(options: TakeDownProgramOptions): Command {
  return newProgram('npm run withdraw --')
    .description(
      'Take a title off the air: catalogue, files, CloudFront’s caches. Stopped anywhere, the same command continues',
    )
    .usage('<environment> <id> [options]')
    .addArgument(requiredArgument('environment', `one of ${options.names.join(', ')}`))
    .addArgument(requiredArgument('id', 'the title’s id, as npm run titles shows it'))
    .addOption(
      new Option('--master <what>', 'what becomes of the master (default: keep)').choices(MASTER_FATES),
    )
    .option('--dry-run', 'show what would be done, and change nothing')
    .option('--json', 'print one JSON object for each event')
    .action((name: string | undefined, id: string | undefined, flags: WithdrawFlags) =>
      withTakeDown(options, { name, json: flags.json ?? false }, async (context) => {
        const title = requireId(id, context.config.environment, 'withdraw');
        const asked = { id: title, ...(flags.master && { master: flags.master }) };
        if (!flags.dryRun) return withdraw(context, asked);
        const plan = await planWithdrawal(context, asked);
        const message = planText(plan);
        options.say(flags.json ? jsonLine({ event: 'planned', ...plan, message }) : message);
      }),
    );
}

interface RestoreFlags {
  readonly tier: (typeof TIERS)[number];
  readonly json?: boolean;
}

export function restoreProgram(options: TakeDownProgramOptions): Command {
  return newProgram('npm run restore --')
    .description(
      'Put a withdrawn title back on the air: encode its master again, as a new version. Exit code 3 while an archived master is being restored: run the same command again then',
    )
    .usage('<environment> <id> [options]')
    .addArgument(requiredArgument('environment', `one of ${options.names.join(', ')}`))
    .addArgument(requiredArgument('id', 'the title’s id, as npm run titles shows it'))
    .addOption(tierOption())
    .option('--json', 'print one JSON object for each event')
    .action((name: string | undefined, id: string | undefined, { tier, json = false }: RestoreFlags) =>
      withTakeDown(options, { name, json }, async (context) => {
        const title = requireId(id, context.config.environment, 'restore');
        if ((await restore(context, { id: title, tier })) === null) process.exitCode = EXIT_RESTORING;
      }),
    );
}

/** How fast an archived master is wanted. */
export function tierOption(): Option {
  return new Option('--tier <tier>', 'how fast S3 restores an archived master; the faster, the dearer')
    .choices(TIERS)
    .default('Standard');
}

function requireId(id: string | undefined, environment: string, command: string): string {
  if (id !== undefined) return id;
  throw new UsageError(`no id given: npm run ${command} -- ${environment} <id>`);
}

function planText(plan: WithdrawalPlan): string {
  const { title, folder, outputs, path, signaturesUntil } = plan;
  const size = prettyBytes(outputs.bytes, { nonBreakingSpace: false });
  return [
    `dry run: nothing was changed. ${JSON.stringify(title.id)} (${title.title}) is ${title.state}`,
    `  files        ${outputs.versions} versions below ${folder} would be deleted (${size})`,
    `  caches       ${path} would be invalidated`,
    `  master       ${masterText(plan)}`,
    `  signatures   those that viewers have stay valid until ${signaturesUntil.toISOString()} at the latest; they would open nothing of this title`,
  ].join('\n');
}

const FATES = { keep: 'kept', archive: 'archived', delete: 'deleted in every version' } as const;

function masterText({ master, fate, sharedWith }: WithdrawalPlan): string {
  if (master === null) return 'no record says which object it is: it would be left alone';
  const { key } = master;
  if (sharedWith.length === 0) return `${key} would be ${FATES[fate]}`;
  return `${key} would be kept, because other titles are made of it: ${sharedWith.join(', ')}`;
}
