/** The command line of `npm run doctor`. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { masterUploadsBucketName, resourcePrefix } from '../../envs/names.ts';
import { edgeOf } from '../edge/local-edge-url.ts';
import { awsFailureText } from '../terraform/aws-failure.ts';
import { callersFile } from '../terraform/callers-file.ts';
import { complain, newProgram } from '../terraform/command-line.ts';
import { requiredArgument } from '../terraform/required-argument.ts';
import { optionError } from '../terraform/targets.ts';
import { connect, type DoctorAccount } from './account.ts';
import { diagnose } from './diagnose.ts';
import { environmentsByHost } from './environment-hosts.ts';
import { evidenceOf } from './evidence.ts';
import { observeEnvironment, observeSubject } from './observe.ts';
import { parsePasted } from './pasted.ts';
import { diagnosisJson, diagnosisText, exitCodeOf } from './report.ts';
import { subjectOf } from './subject.ts';
import { type ViewerFlags, viewerFrom } from './viewer.ts';

export interface DoctorProgramOptions {
  /** @throws UsageError for a missing or unknown name */
  readonly environmentNamed: (name: string | undefined) => EnvironmentConfig;
  /** `envs/keys/<environment>`, of every environment. */
  readonly keysDirectories: ReadonlyMap<string, string>;
  /** For help: `dev, prod, local` */
  readonly names: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** @default - clients by this process's AWS_* variables */
  readonly connect?: (config: EnvironmentConfig) => DoctorAccount;
}

interface Flags extends Omit<ViewerFlags, 'url'> {
  readonly cookiesFrom?: string;
  readonly edge?: string;
  /** False with `--no-secret`. */
  readonly secret: boolean;
  readonly json?: boolean;
}

export function doctorProgram(options: DoctorProgramOptions): Command {
  return newProgram('npm run --silent doctor --')
    .description(
      'Explain why a viewer gets 403: the cause and the fix first, then what was checked. Exit code: 0 allowed, 1 denied, 3 inconclusive',
    )
    .addArgument(requiredArgument('environment', `one of ${options.names.join(', ')}`))
    .argument(
      '[url]',
      'address of the playlist or segment, in single quotes; not needed if --cookies-from has it',
    )
    .option(
      '--cookies-from <file>',
      'file with the viewer’s request: a Cookie header, Set-Cookie lines, a curl command or a HAR; - reads standard input. Other users of this machine cannot see it',
    )
    .option(
      '--cookie <cookie>',
      'a Cookie header or one cookie, may be repeated; other users of this machine can see it',
      collect,
    )
    .option('--ip <address>', 'the viewer’s IP address')
    .option('--country <code>', 'the viewer’s country, such as DE')
    .option('--origin <origin>', 'origin of the page that plays the video')
    .option('--method <method>', 'the viewer’s request method (default: GET)')
    .option(
      '--no-secret',
      'skip the signing secret; use this if you may not read it, because a denied read raises an alarm',
    )
    .option('--edge <url>', 'address of the edge on this machine (environment "local" only)')
    .option('--json', 'print one JSON object')
    .action(async (name: string | undefined, url: string | undefined, flags: Flags) => {
      const config = parseEnvironment(options.environmentNamed(name));
      if (flags.edge !== undefined && config.localPorts === null) {
        throw optionError(
          '--edge',
          `only "local" has an edge on this machine; "${config.environment}" is asked at CloudFront`,
        );
      }
      const edgeUrl = edgeOf(config, {
        ...process.env,
        ...(flags.edge !== undefined && { STORYTIME_EDGE_URL: flags.edge }),
      });
      const pasted = flags.cookiesFrom === undefined ? null : parsePasted(await read(flags.cookiesFrom));
      const viewer = viewerFrom({ ...flags, url }, pasted);
      const account = (options.connect ?? connect)(config);
      const troubles = troublesOf(account);
      try {
        const { keysDirectories, signal } = options;
        const environment = await observeEnvironment({
          config,
          keysDirectories,
          otherEnvironments: otherEnvironments(options, config),
          account,
          readsSecret: flags.secret,
          viewer,
          edgeUrl,
          now: () => new Date(),
        });
        const subject = subjectOf(environment, { edgeHttpPort: config.localPorts?.edgeHttpPort ?? null });
        const observation = await observeSubject(environment, subject, {
          ...{ account, edgeUrl, signal },
          mastersBucket: masterUploadsBucketName(config),
        });
        const prefix = resourcePrefix(config);
        const diagnosis = diagnose(observation, subject, { prefix });
        const evidence = evidenceOf(observation, diagnosis, { prefix });
        options.say(flags.json ? diagnosisJson(diagnosis, evidence) : diagnosisText(diagnosis, evidence));
        for (const trouble of troubles) complain(`warning: ${trouble}`);
        process.exitCode = exitCodeOf(diagnosis);
      } finally {
        account.close();
      }
    });
}

/**
 * Why the account cannot be read at all, each reason once. The diagnosis continues without it, because an address and its
 * cookies may be enough.
 */
function troublesOf({ cloudFront, s3, secrets, kms }: DoctorAccount): ReadonlySet<string> {
  const troubles = new Set<string>();
  for (const client of [cloudFront, s3, secrets, kms]) {
    // One signature for all, since only errors are read.
    (client as typeof cloudFront).middlewareStack.add(
      (next) => (args) =>
        next(args).catch((error: unknown) => {
          const text = awsFailureText(error, process.env);
          if (text !== null) troubles.add(text);
          throw error;
        }),
      { step: 'initialize', name: 'storytimeHearsTroubles', priority: 'high' },
    );
  }
  return troubles;
}

/** By their own domain names: where their accounts are others, nothing else tells whose host it is. */
function otherEnvironments(
  { names, environmentNamed }: DoctorProgramOptions,
  { environment }: EnvironmentConfig,
): ReadonlyMap<string, string> {
  const others = names.filter((name) => name !== environment);
  return environmentsByHost(others.map(environmentNamed));
}

/** @throws UsageError for a file that cannot be read */
async function read(name: string): Promise<string> {
  if (name === '-') return text(process.stdin);
  const file = callersFile(name, process.env);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = isMissing(cause) ? 'does not exist' : 'cannot be read';
    throw optionError('--cookies-from', `${file} ${why}; - reads standard input`, { cause });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
