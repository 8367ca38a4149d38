/** What every key command works with: one environment, its account, and the clock, all of them arguments. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { exampleGenerations } from '../../envs/example-keys.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { synthesize } from '../../envs/synth.ts';
import { askAtTerminal } from '../terraform/ask-at-terminal.ts';
import { refuseLocalOnAws } from '../terraform/guard.ts';
import type { Target } from '../terraform/targets.ts';
import { connect, type KeysAccount } from './account.ts';
import { type Assessment, assess } from './assess.ts';
import type { KeysEvent, TerraformReport } from './events.ts';
import { filesInGit } from './files-in-git.ts';
import { guardsOf } from './guards.ts';
import type { Observation } from './observation.ts';
import { observe } from './observe.ts';
import { type Timing, timingOf } from './timing.ts';

export interface KeysOptions {
  readonly config: EnvironmentConfig;
  /** `envs/keys/<environment>`: one file per generation, and `active`. */
  readonly keysDirectory: string;
  /** Where stacks are synthesized; a local state is below it. */
  readonly outdir: string;
  /** Gets an event right after what it tells of has happened. */
  readonly tell: (event: KeysEvent) => void;
  /** Aborting ends waits at once, and Terraform as `runTerraform` says. */
  readonly signal: AbortSignal;
  /**
   * Whether questions are answered with yes, those of Terraform too.
   * @default false
   */
  readonly yes?: boolean;
  /**
   * Where probes go instead of to CloudFront: the edge on this machine.
   * @default - `http://127.0.0.1:<localPorts.edgePort>` for `local`, else CloudFront
   */
  readonly edgeUrl?: string;
  /** Gets Terraform's report line by line. @default - Terraform prints its own output, and asks there */
  readonly onTerraform?: (report: TerraformReport) => void;
  /** @default - the system's clock */
  readonly now?: () => Date;
  /** Rejects when `signal` is aborted. @default - waits for real */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** @default - asks at the terminal; without one, refuses and names --yes */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** @default - clients by this process's AWS_* variables */
  readonly account?: KeysAccount;
}

export interface KeysContext
  extends Required<Omit<KeysOptions, 'edgeUrl' | 'onTerraform'>>,
    Pick<KeysOptions, 'onTerraform'> {
  readonly target: Target;
  readonly timing: Timing;
  readonly edgeUrl: string | null;
  /**
   * Asked right before each change to the secret, the files and CloudFront: somebody may have taken the lock over from a
   * run that was thought dead. Resolves at once where no lock is held.
   *
   * @throws UsageError when this run does not hold the lock any more
   */
  readonly requireLock: () => Promise<void>;
  /** What is now, and what it means. */
  readonly look: () => Promise<Look>;
}

export interface Look {
  readonly observation: Observation;
  readonly assessment: Assessment;
}

/**
 * @throws ConfigError for an invalid configuration; UsageError for `local` on AWS
 */
export function keysContext(options: KeysOptions): KeysContext {
  const config = parseEnvironment(options.config);
  const { keysDirectory, edgeUrl, yes = false } = options;
  const target = keysTarget(config, keysDirectory);
  refuseLocalOnAws(target, process.env);
  const account = options.account ?? connect(config);
  const now = options.now ?? (() => new Date());
  const timing = timingOf(config);
  const localEdge = config.localPorts === null ? null : `http://127.0.0.1:${config.localPorts.edgePort}`;
  return {
    ...options,
    config,
    yes,
    now,
    account,
    target,
    timing,
    edgeUrl: edgeUrl ?? localEdge,
    wait: options.wait ?? ((milliseconds, signal) => sleep(milliseconds, undefined, { signal })),
    requireLock: () => Promise.resolve(),
    confirm: options.confirm ?? (yes ? async () => true : askAtTerminal),
    look: async () => {
      const observation = await observe({ config, keysDirectory, account, now });
      const surroundings = {
        guards: guardsOf(target, process.env, observation),
        filesInGit: await filesInGit(keysDirectory),
      };
      return { observation, assessment: assess(observation, timing, surroundings) };
    },
  };
}

/** An environment with its keys wherever they are, as Terraform's commands take it. */
export function keysTarget(config: EnvironmentConfig, keysDirectory: string): Target {
  const keys = () => readTrustedKeys(keysDirectory);
  return {
    name: config.environment,
    config,
    synthesize: (outdir) => synthesize({ config, keys: keys(), outdir }),
    exampleGenerations: () => exampleGenerations(keys()),
    activeKey: () => {
      const { active, generations } = keys();
      const publicKey = generations[active];
      return publicKey === undefined ? null : { generation: active, publicKey };
    },
  };
}
