/** Environment variables as people write them. */

import { SignerError } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A value that is not text counts as not set. */
export function textOf(env: Environment, name: string): string | undefined {
  const value: unknown = env[name];
  return typeof value === 'string' ? value : undefined;
}

/** The variable that holds the lost line `name=…`, if there is one. */
export function swallowerOf(env: Environment, name: string): string | undefined {
  return Object.keys(env).find((other) => other !== name && textOf(env, other)?.includes(`${name}=`));
}

export function runTogether(holder: string, swallowed: string): SignerError {
  return new SignerError(
    'ERR_ENV_RUN_TOGETHER',
    `the value of ${holder} also holds "${swallowed}="; a line break is missing before ${swallowed}`,
  );
}
