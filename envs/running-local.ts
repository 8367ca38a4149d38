/** What `npm start` tells the commands of this repository about its run: its ports and its keys, in one variable. */
import { z } from 'zod';
import { type EnvironmentConfig, parseEnvironment } from './config.ts';
import { ConfigError } from './config-error.ts';

export const RUNNING_LOCAL = 'STORYTIME_LOCAL';

export interface RunningLocal {
  /** As the run has it; every command parses it as it does the files of this folder. */
  readonly config: EnvironmentConfig;
  /** Where the run's public keys are, instead of `envs/keys/local`. */
  readonly keysDirectory: string;
}

/** An environment in an account comes from its file alone, whatever a variable says. */
const schema = z.object({
  config: z.custom<EnvironmentConfig>(
    (value) =>
      z.object({ environment: z.literal('local'), localPorts: z.object({}) }).safeParse(value).success,
  ),
  keysDirectory: z.string(),
});

/** A variable of the shell and no file: one line says all. */
class RunningLocalError extends ConfigError {
  constructor() {
    const wanted = 'what npm start wrote for another terminal: source its file again, or unset the variable';
    super('environment "local"', [{ path: RUNNING_LOCAL, wanted, got: 'something else' }]);
    this.message = `${RUNNING_LOCAL}: expected ${wanted}`;
  }
}

/** The value of the variable. */
export function runningLocalText({ config, keysDirectory }: RunningLocal): string {
  return JSON.stringify({ config, keysDirectory });
}

/**
 * The run that this process belongs to; null where the variable is not set.
 *
 * @throws ConfigError for what `npm start` did not write
 */
export function runningLocal(env: NodeJS.ProcessEnv): RunningLocal | null {
  const text = env[RUNNING_LOCAL];
  if (!text) return null;
  const parsed = schema.safeParse(json(text));
  if (parsed.success && isEnvironment(parsed.data.config)) return parsed.data;
  throw new RunningLocalError();
}

function isEnvironment(config: EnvironmentConfig): boolean {
  try {
    parseEnvironment(config);
    return true;
  } catch {
    return false;
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
