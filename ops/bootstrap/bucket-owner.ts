/** Who makes a state bucket that several environments name. */
import type { EnvironmentConfig } from '../../envs/config.ts';

/** The first environment that keeps its state in the bucket; the others find it there. Undefined when none does. */
export function bucketOwner(
  bucket: string,
  environments: Iterable<Pick<EnvironmentConfig, 'environment' | 'state'>>,
): string | undefined {
  for (const { environment, state } of environments) {
    if (state.kind === 's3' && state.bucket === bucket) return environment;
  }
  return undefined;
}
