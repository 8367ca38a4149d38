/** What can be named on the command line: an environment, or the stack that makes its state bucket. */
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { environments, keysDirectory } from '../../envs/environments.ts';
import { exampleGenerations } from '../../envs/example-keys.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { stateStackName } from '../../envs/state.ts';
import { synthesize, synthesizeState } from '../../envs/synth.ts';

export interface Target {
  readonly name: string;
  readonly config: EnvironmentConfig;
  /** Writes the stack below `outdir` and returns its folder. */
  readonly synthesize: (outdir: string) => string;
  /** Generations that must not reach AWS, because nobody holds their private keys. */
  readonly exampleGenerations: () => readonly string[];
  /** The active generation and its public PEM; null for a stack without keys, and for a pair that KMS keeps. */
  readonly activeKey: () => { readonly generation: string; readonly publicKey: string } | null;
}

/** A mistake on the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  /** The option, variable or input that it is about, as its message names it: `--ip`, `the URL`; null for any other. */
  readonly option: string | null;

  constructor(message: string, { option, ...rest }: ErrorOptions & { readonly option?: string } = {}) {
    super(message, rest);
    this.option = option ?? null;
  }
}

/** @param text - what was expected and what was given, or the remedy */
export function optionError(option: string, text: string, rest: ErrorOptions = {}): UsageError {
  return new UsageError(`${option}: ${text}`, { ...rest, option });
}

/** @throws UsageError for a missing or unknown name, with the list of names */
export function targetNamed(name: string | undefined): Target {
  return namedIn(targets(), name);
}

/**
 * As `targetNamed`, for a command that works on environments only, or on some of them.
 *
 * @throws UsageError for a missing or unknown name, with the list of names
 */
export function environmentNamed(
  name: string | undefined,
  isWanted: (config: EnvironmentConfig) => boolean = () => true,
): Target {
  const wanted = [...environments.values()].filter(isWanted).map(environmentTarget);
  return namedIn(new Map(wanted.map((target) => [target.name, target])), name);
}

function namedIn(choices: ReadonlyMap<string, Target>, name: string | undefined): Target {
  const target = choices.get(name ?? '');
  if (target) return target;
  const wanted = `one of ${[...choices.keys()].join(', ')}`;
  throw new UsageError(
    name === undefined
      ? `no environment given: expected ${wanted}`
      : `unknown environment ${JSON.stringify(name)}: expected ${wanted}`,
  );
}

/** What may be named, in the order of `envs/environments.ts`. */
export function targetNames(): string[] {
  return [...targets().keys()];
}

/** Every environment in an account, and the stack of its state. */
export function accountTargets(): Target[] {
  return [...targets().values()].filter(({ config }) => config.localPorts === null);
}

function targets(): ReadonlyMap<string, Target> {
  const all = [...environments.values()].flatMap((config) => [
    environmentTarget(config),
    ...(config.state.kind === 's3' ? [stateTarget(config)] : []),
  ]);
  return new Map(all.map((target) => [target.name, target]));
}

function environmentTarget(config: EnvironmentConfig): Target {
  const keys = () => readTrustedKeys(keysDirectory(config.environment));
  return {
    name: config.environment,
    config,
    synthesize: (outdir) => synthesize({ config: parseEnvironment(config), keys: keys(), outdir }),
    exampleGenerations: () => exampleGenerations(keys()),
    activeKey: () => {
      const { active, generations } = keys();
      const publicKey = generations[active];
      return publicKey === undefined ? null : { generation: active, publicKey };
    },
  };
}

function stateTarget(config: EnvironmentConfig): Target {
  return {
    name: stateStackName(config),
    config,
    synthesize: (outdir) => synthesizeState({ config: parseEnvironment(config), outdir }),
    exampleGenerations: () => [],
    activeKey: () => null,
  };
}
