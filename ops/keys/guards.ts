/** What this environment would refuse now, asked of the guards that refuse. */
import { missingPrivateKey, refuseExampleKeys, refuseExampleValues } from '../terraform/guard.ts';
import { type Target, UsageError } from '../terraform/targets.ts';
import { generationOf, type Observation, versionAt } from './observation.ts';
import type { Guards } from './recommend.ts';

/** @throws UsageError where Terraform owns the secret's value: two writers would undo each other */
export function refuseTerraformOwned({ config }: Pick<Target, 'config'>): void {
  if (config.signingSecretValue === 'keys') return;
  const { environment } = config;
  throw new UsageError(
    `Terraform writes the signing key of "${environment}" (signingSecretValue: 'terraform'), so the next apply would undo what these ` +
      `commands write; set signingSecretValue to 'keys' in envs/${environment}.ts and apply that first`,
  );
}

/** @param env - of this process: against the local AWS API example keys may be applied */
export function guardsOf(target: Target, env: NodeJS.ProcessEnv, observation: Observation): Guards {
  const isWritten = generationOf(versionAt(observation, 'AWSCURRENT')) === observation.active;
  return {
    apply:
      refusalOf(() => refuseExampleKeys(target, env)) ??
      refusalOf(() => refuseExampleValues(target, env)) ??
      (isWritten ? null : missingPrivateKey(target, env)),
    keys: refusalOf(() => refuseTerraformOwned(target)),
  };
}

function refusalOf(guard: () => void): string | null {
  try {
    guard();
    return null;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}
