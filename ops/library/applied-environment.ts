/** An environment by its name, with what Terraform made of it: what the library's commands begin with. */
import type { EnvironmentConfig } from '../../envs/config.ts';
import { readOutputs } from '../env/read-outputs.ts';
import { interrupted, outdir } from '../terraform/command-line.ts';
import { environmentNamed } from '../terraform/targets.ts';

interface AppliedEnvironment {
  readonly config: EnvironmentConfig;
  /** Of Terraform. */
  readonly outputs: () => Promise<Readonly<Record<string, unknown>>>;
}

/** @throws UsageError for a missing or unknown name */
export type EnvironmentNamed = (name: string | undefined) => AppliedEnvironment;

export const appliedEnvironment: EnvironmentNamed = (name) => {
  const target = environmentNamed(name);
  return {
    config: target.config,
    outputs: () => readOutputs(target, { outdir, signal: interrupted }),
  };
};
