/** The command line of `npm run keys`, over whichever environments it is given. */
import { type Command, InvalidArgumentError } from 'commander';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { requireLocalEdge } from '../edge/local-edge-url.ts';
import { complain, newProgram } from '../terraform/command-line.ts';
import { requiredArgument } from '../terraform/required-argument.ts';
import { UsageError } from '../terraform/targets.ts';
import type { BackendOptions } from './backends.ts';
import { type KeysContext, keysContext } from './context.ts';
import { type CreateOptions, create, type KeyType, newGenerationName } from './create.ts';
import { jsonOf, type KeysEvent, sentenceOf, type TerraformReport } from './events.ts';
import { failureText, isInterruption } from './failures.ts';
import { refuseTerraformOwned } from './guards.ts';
import { inject, readKeyPair } from './inject.ts';
import { type HeldLock, type LockOptions, runUnderWay, withLock } from './lock.ts';
import { promote } from './promote.ts';
import { retire } from './retire.ts';
import { revoke } from './revoke.ts';
import { rollback } from './rollback.ts';
import { rotate } from './rotate.ts';
import { statusJson, statusText } from './status-table.ts';

export interface KeysProgramOptions {
  /** @throws UsageError for a missing or unknown name */
  readonly environmentNamed: (name: string | undefined) => {
    readonly config: EnvironmentConfig;
    readonly keysDirectory: string;
  };
  /** For help: `dev, prod, local` */
  readonly names: readonly string[];
  readonly outdir: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

interface CommonFlags {
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly edge?: string;
  readonly takeOver?: boolean;
}

const KMS_BACKENDS = 'confirms that every backend is deployed for the new key, when either key is in KMS';

interface RotateFlags extends CreateOptions, BackendOptions {
  /** False with `--no-wait`. */
  readonly wait: boolean;
  /** False with `--no-apply`. */
  readonly apply: boolean;
  readonly minAgeDays: number;
}

export function keysProgram(options: KeysProgramOptions): Command {
  const program = newProgram('npm run keys --').description(
    'Rotate an environment’s CloudFront signing key; viewers are unaffected',
  );

  command('status', 'show every key, what is wrong, and the next safe step')
    .option('--json', 'print one JSON object')
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      await withContext(name, {}, async (context) => {
        const { observation, assessment } = await context.look();
        const { environment } = context.config;
        options.say(
          json
            ? statusJson(environment, assessment)
            : statusText(environment, assessment, observation.observedAt, await runUnderWay(context)),
        );
      });
    });

  changing('create', 'make a key pair: the private key goes to AWSPENDING, the public key to a file')
    .option('--type <type>', 'type of the key: rsa (2048) or ec (P-256)', keyType, 'rsa')
    .option(
      '--generation <name>',
      'name of the key, yyyy-mm-letter (default: the next free letter of this month)',
      newGenerationName,
    )
    .option('--kms', 'let KMS make and keep the key pair, at the next apply')
    .action((name: string | undefined, flags: CommonFlags & CreateOptions) =>
      withLockOn(name, { command: 'create' }, flags, async (context) => {
        await create(context, flags);
      }),
    );

  changing('promote', 'make signers sign with the new key, after checking that CloudFront accepts it')
    .option('--kms-backends', KMS_BACKENDS)
    .action((name: string | undefined, flags: CommonFlags & BackendOptions) =>
      withLockOn(name, { command: 'promote' }, flags, (context) => promote(context, flags)),
    );

  changing('retire', 'remove the file of a key, once all signatures made with it have expired')
    .argument('[generation]', 'the key to retire (default: the one that is due)')
    .action((name: string | undefined, generation: string | undefined, flags: CommonFlags) =>
      withLockOn(name, { command: 'retire', generation }, flags, (context) => retire(context, generation)),
    );

  changing('rotate', 'do all steps of a rotation in order, or the rest of one that was interrupted')
    .option('--type <type>', 'type of a new key: rsa (2048) or ec (P-256)', keyType, 'rsa')
    .option(
      '--generation <name>',
      'name of a new key, yyyy-mm-letter (default: the next free letter of this month)',
      newGenerationName,
    )
    .option('--kms', 'let KMS make and keep a new key pair')
    .option('--kms-backends', KMS_BACKENDS)
    .option('--no-wait', 'stop instead of waiting; run rotate again later')
    .option('--no-apply', 'stop before an apply, for pipelines that apply what is merged')
    .option(
      '--min-age-days <days>',
      'start a rotation only if the active key is at least this many days old',
      wholeDays,
      0,
    )
    .action((name: string | undefined, flags: CommonFlags & RotateFlags) =>
      withLockOn(name, { command: 'rotate' }, flags, (context, lock) =>
        rotate(context, {
          create: flags,
          backends: flags,
          noWait: !flags.wait,
          noApply: !flags.apply,
          minAgeDays: flags.minAgeDays,
          lock,
        }),
      ),
    );

  changing('rollback', 'make signers sign with the previous key again, while CloudFront trusts it')
    .option('--kms-backends', KMS_BACKENDS)
    .action((name: string | undefined, flags: CommonFlags & BackendOptions) =>
      withLockOn(name, { command: 'rollback' }, flags, (context) => rollback(context, flags)),
    );

  changing('revoke', 'replace a leaked key at once: CloudFront denies everything that it signed')
    .addArgument(requiredArgument('generation', 'the leaked key, as status names it'))
    .action((name: string | undefined, generation: string | undefined, flags: CommonFlags) => {
      options.environmentNamed(name);
      if (generation === undefined)
        throw new UsageError('no generation given: npm run keys -- revoke <environment> <generation>');
      return withLockOn(name, { command: 'revoke', generation }, flags, (context) =>
        revoke(context, generation),
      );
    });

  changing(
    'inject',
    'store a private key from standard input, checked against the committed public key',
  ).action(async (name: string | undefined, flags: CommonFlags) => {
    options.environmentNamed(name);
    const pair = await readKeyPair(process.stdin);
    await withLockOn(name, { command: 'inject' }, flags, (context) => inject(context, pair));
  });

  return program;

  function command(name: string, description: string): Command {
    return program
      .command(name)
      .description(description)
      .addArgument(requiredArgument('environment', `one of ${options.names.join(', ')}`));
  }

  function changing(name: string, description: string): Command {
    return (
      command(name, description)
        // Each line is one event.
        .option('--json', 'print one JSON event per line; a command that asks also needs --yes')
        .option('--yes', 'answer all questions with yes, including Terraform’s')
        .option(
          '--edge <url>',
          'address of the edge on this machine, for the probe (default: CloudFront)',
          requireLocalEdge,
        )
        .option('--take-over', 'take over the lock of a run that has ended')
    );
  }

  /** The arguments as they were typed, for a line to copy. */
  function typedArgs(): string[] {
    const isPlain = (word: string) => /^[\w./:=@%+-]+$/.test(word);
    const quoted = (word: string) => (isPlain(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
    return program.args.filter((word) => word !== '--take-over').map(quoted);
  }

  async function withLockOn(
    name: string | undefined,
    what: Pick<LockOptions, 'command' | 'generation'>,
    flags: CommonFlags,
    run: (context: KeysContext, lock: HeldLock) => Promise<void>,
  ): Promise<void> {
    const takeOver = flags.takeOver ?? false;
    await withContext(name, flags, (context) => {
      // What is refused for good neither waits for a lock nor leaves one.
      refuseTerraformOwned(context);
      return withLock(context, { ...what, takeOver, args: typedArgs() }, (lock) =>
        run({ ...context, requireLock: lock.requireHeld }, lock),
      );
    });
  }

  async function withContext(
    name: string | undefined,
    { yes = false, json = false, edge }: CommonFlags,
    run: (context: KeysContext) => Promise<void>,
  ): Promise<void> {
    const { say, signal, outdir } = options;
    const environment = options.environmentNamed(name);
    const tell = (event: KeysEvent) => {
      const { config } = environment;
      say(json ? jsonOf(event, config.environment, new Date()) : sentenceOf(event, config.environment));
    };
    const edgeUrl = edge ?? edgeOfTerminal();
    const context = keysContext({
      ...environment,
      outdir,
      tell,
      signal,
      yes,
      ...(edgeUrl && { edgeUrl }),
      ...(json && {
        onTerraform: (report: TerraformReport) => tell({ event: 'terraform', ...report }),
        ...(!yes && { confirm: refuseQuestion }),
      }),
    });
    try {
      await run(context);
    } catch (error) {
      const text = failureText(error);
      if (json) tell(failureOf(error, text, signal.aborted));
      if (text === null) throw error;
      complain(text);
      process.exitCode = 1;
    } finally {
      context.account.close();
    }
  }
}

/** Nobody reads a question where a program reads the output. */
function refuseQuestion(): Promise<never> {
  return Promise.reject(new UsageError('--json asks no questions; add --yes'));
}

/** @param isAborted - Terraform says in its own words that it was interrupted */
function failureOf(error: unknown, text: string | null, isAborted: boolean): KeysEvent {
  const isEnded = isAborted || isInterruption(error);
  const code = isEnded ? 'interrupted' : error instanceof UsageError ? 'refused' : 'failed';
  return { event: 'failed', code, text: text ?? (error instanceof Error ? error.message : String(error)) };
}

function keyType(value: string): KeyType {
  if (value === 'rsa' || value === 'ec') return value;
  throw new InvalidArgumentError('expected rsa or ec');
}

function wholeDays(value: string): number {
  if (/^\d{1,4}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('expected a whole number of days');
}

/** What `npm start` gives to another terminal. */
function edgeOfTerminal(): string | undefined {
  const { STORYTIME_EDGE_URL: url } = process.env;
  return url ? requireLocalEdge(url) : undefined;
}
