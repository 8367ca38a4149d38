/** The command line of `npm run keys`, over whichever environments it is given. */
import type { Command } from 'commander';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { newProgram } from '../terraform/command-line.ts';
import { type KeysContext, keysContext } from './context.ts';
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
            : statusText(environment, assessment, observation.observedAt),
        );
      });
    });

  return program;

  function command(name: string, description: string): Command {
    return program
      .command(name)
      .description(description)
      .argument('[environment]', `one of ${options.names.join(', ')}`);
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
      ...(edgeUrl && { edgeUrl }),
    });
    try {
      await run(context);
    } finally {
      context.account.close();
    }
  }
}
