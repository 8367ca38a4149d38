/** The command line of `npm run keys`, over whichever environments it is given. */
import { type Command, InvalidArgumentError } from 'commander';
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { complain, newProgram } from '../terraform/command-line.ts';
import { requiredArgument } from '../terraform/required-argument.ts';
import { UsageError } from '../terraform/targets.ts';
import type { BackendOptions } from './backends.ts';
import { type KeysContext, keysContext } from './context.ts';
import { type CreateOptions, create, type KeyType } from './create.ts';
import { failureText } from './failures.ts';
import { refuseTerraformOwned } from './guards.ts';
import { inject, readPem } from './inject.ts';
import { type HeldLock, runUnderWay, withLock } from './lock.ts';
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
  readonly edge?: string;
  readonly takeOver?: boolean;
}

const KMS_BACKENDS = 'to or from a key in KMS: every backend is deployed for the new one';

interface RotateFlags extends CreateOptions, BackendOptions {
  /** False with `--no-wait`. */
  readonly wait: boolean;
  /** False with `--no-apply`. */
  readonly apply: boolean;
  readonly minAgeDays: number;
}

export function keysProgram(options: KeysProgramOptions): Command {
  const program = newProgram('npm run keys --').description(
    'Rotate an environment’s CloudFront signing key, without a viewer noticing',
  );

  command('status', 'every generation, what is wrong, and the next step that is safe')
    .option('--json', 'one JSON object')
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

  changing('create', 'make a pair: private half to AWSPENDING, public half to a file')
    .option('--type <type>', 'rsa (2048) or ec (P-256)', keyType, 'rsa')
    .option('--generation <name>', 'instead of the next free letter of this month')
    .option('--kms', 'KMS makes the pair at the next apply, and keeps it')
    .action((name: string | undefined, flags: CommonFlags & CreateOptions) =>
      withLockOn(name, 'create', flags, async (context) => {
        await create(context, flags);
      }),
    );

  changing('promote', 'signers move to the new key, if CloudFront accepts what it signs')
    .option('--kms-backends', KMS_BACKENDS)
    .action((name: string | undefined, flags: CommonFlags & BackendOptions) =>
      withLockOn(name, 'promote', flags, (context) => promote(context, flags)),
    );

  changing('retire', 'remove the file of a generation whose every signature has run out')
    .argument('[generation]', 'instead of the one that is due')
    .action((name: string | undefined, generation: string | undefined, flags: CommonFlags) =>
      withLockOn(name, generation === undefined ? 'retire' : `retire ${generation}`, flags, (context) =>
        retire(context, generation),
      ),
    );

  changing('rotate', 'all of it in order, or the rest of what was stopped')
    .option('--type <type>', 'of a new pair: rsa (2048) or ec (P-256)', keyType, 'rsa')
    .option('--generation <name>', 'of a new pair, instead of the next free letter of this month')
    .option('--kms', 'a new pair is made in KMS')
    .option('--kms-backends', KMS_BACKENDS)
    .option('--no-wait', 'end where only time would help, to be continued by another run')
    .option('--no-apply', 'end where an apply is next: what is merged is applied elsewhere')
    .option('--min-age-days <days>', 'begin only if the active key is at least so old', wholeDays, 0)
    .action((name: string | undefined, flags: CommonFlags & RotateFlags) =>
      withLockOn(name, 'rotate', flags, (context, lock) =>
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

  changing('rollback', 'signers go back to AWSPREVIOUS, while CloudFront trusts it')
    .option('--kms-backends', KMS_BACKENDS)
    .action((name: string | undefined, flags: CommonFlags & BackendOptions) =>
      withLockOn(name, 'rollback', flags, (context) => rollback(context, flags)),
    );

  changing('revoke', 'a leaked key: another one signs at once, this one opens nothing any more')
    .addArgument(requiredArgument('generation', 'the leaked one, as status names it'))
    .action((name: string | undefined, generation: string | undefined, flags: CommonFlags) => {
      if (generation === undefined)
        throw new UsageError('no generation named: revoke <environment> <generation>');
      return withLockOn(name, `revoke ${generation}`, flags, (context) => revoke(context, generation));
    });

  changing('inject', 'a private key from standard input, checked against the committed public one').action(
    async (name: string | undefined, flags: CommonFlags) => {
      options.environmentNamed(name);
      const pem = await readPem(process.stdin);
      await withLockOn(name, 'inject', flags, (context) => inject(context, pem));
    },
  );

  return program;

  function command(name: string, description: string): Command {
    return program
      .command(name)
      .description(description)
      .addArgument(requiredArgument('environment', `one of ${options.names.join(', ')}`));
  }

  function changing(name: string, description: string): Command {
    return command(name, description)
      .option('--yes', 'ask nothing, Terraform neither')
      .option('--edge <url>', 'where probes go: the edge of a laptop')
      .option('--take-over', 'the holder of the lock is dead: take it');
  }

  /** As they were typed, to be typed again. */
  function typedArgs(): string[] {
    const isPlain = (word: string) => /^[\w./:=@%+-]+$/.test(word);
    const quoted = (word: string) => (isPlain(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
    return program.args.filter((word) => word !== '--take-over').map(quoted);
  }

  async function withLockOn(
    name: string | undefined,
    what: string,
    flags: CommonFlags,
    run: (context: KeysContext, lock: HeldLock) => Promise<void>,
  ): Promise<void> {
    const takeOver = flags.takeOver ?? false;
    await withContext(name, flags, (context) => {
      // What is refused for good neither waits for a lock nor leaves one.
      refuseTerraformOwned(context);
      return withLock(context, { command: what, takeOver, args: typedArgs() }, (lock) =>
        run({ ...context, requireLock: lock.requireHeld }, lock),
      );
    });
  }

  async function withContext(
    name: string | undefined,
    { yes = false, edge }: CommonFlags,
    run: (context: KeysContext) => Promise<void>,
  ): Promise<void> {
    const { say, signal, outdir } = options;
    const edgeUrl = edge ?? process.env.STORYTIME_EDGE_URL;
    const context = keysContext({
      ...options.environmentNamed(name),
      outdir,
      say,
      signal,
      yes,
      ...(edgeUrl && { edgeUrl: requireLoopback(edgeUrl) }),
    });
    try {
      await run(context);
    } catch (error) {
      const text = failureText(error);
      if (text === null) throw error;
      complain(text);
      process.exitCode = 1;
    } finally {
      context.account.close();
    }
  }
}

function keyType(value: string): KeyType {
  if (value === 'rsa' || value === 'ec') return value;
  throw new InvalidArgumentError('wanted rsa or ec');
}

function wholeDays(value: string): number {
  if (/^\d{1,4}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('wanted whole days');
}

/** A signed URL is sent there: to nobody but this machine. */
function requireLoopback(url: string): string {
  if (URL.canParse(url) && isLoopbackHost(new URL(url).hostname)) return new URL(url).origin;
  throw new UsageError(
    '--edge, STORYTIME_EDGE_URL: wanted the address of an edge on this machine, http://127.0.0.1:<port>',
  );
}
