/** For a leaked key: signers change to another key at once, and CloudFront stops trusting this one. */
import { UsageError } from '../terraform/targets.ts';
import { applyKeys } from './apply.ts';
import { candidateOf, pendingApply } from './assess.ts';
import type { KeysContext, Look } from './context.ts';
import { create } from './create.ts';
import type { KeysEvent } from './events.ts';
import { refuseTerraformOwned } from './guards.ts';
import { removeGeneration } from './key-files.ts';
import { generationOf, type Observation, versionAt } from './observation.ts';
import { finishPromotion, promoteCandidate } from './promote.ts';
import { endPending } from './secret.ts';
import { confirmed, deployed, refuseForNext, trustedGenerations, writerOf } from './steps.ts';

/**
 * Waits for no signature to expire. After an interruption the same command continues.
 *
 * @throws UsageError for an unknown generation; what Terraform and AWS throw, and then the key is not revoked yet
 */
export async function revoke(context: KeysContext, generation: string): Promise<void> {
  refuseTerraformOwned(context);
  const { environment } = context.config;
  const look = await context.look();
  if (!look.assessment.generations.some((row) => row.generation === generation)) {
    throw new UsageError(
      `"${environment}" has no generation ${generation}; it has ${look.assessment.generations.map((row) => row.generation).join(', ')}`,
    );
  }
  const announced = consequences(context, look.observation, generation);
  context.tell(announced);
  await confirmed(context, `revoke ${generation} of "${environment}" now?`);
  const startedAt = context.now();
  await succeed(context, generation);
  await dropPending(context, generation);
  await dropFile(context, generation);
  const { observation } = await dropKey(context, generation);
  const at = context.now();
  context.tell({
    event: 'revoked',
    generation,
    deployedAt: at.toISOString(),
    afterSeconds: Math.round((at.getTime() - startedAt.getTime()) / 1000),
    trusted: trustedGenerations(observation),
  });
  const signBy = versionAt(look.observation, 'AWSCURRENT')?.holds.kind === 'kms' ? 'kms' : 'secret';
  context.tell({ event: 'backends-to-update', signBy });
}

/** What is invalidated, told before anything is changed. */
function consequences(context: KeysContext, observation: Observation, generation: string): KeysEvent {
  const version = versionAt(observation, 'AWSCURRENT');
  const signsSince = generationOf(version) === generation ? version?.createdAt.toISOString() : undefined;
  return {
    event: 'revocation-announced',
    generation,
    signsSince: signsSince ?? null,
    signerCacheSeconds: context.timing.signerCacheSeconds,
  };
}

/** Makes another key the active one: the one that is ready, or a new one. */
async function succeed(context: KeysContext, generation: string): Promise<void> {
  let look = await context.look();
  if (look.assessment.next.step === 'finish') {
    await finishPromotion(context, look.observation);
    look = await context.look();
  }
  if (generationOf(versionAt(look.observation, 'AWSCURRENT')) !== generation) return;
  if (look.assessment.next.step === 'create' || candidateOf(look.observation) === undefined) {
    await create(context);
    look = await context.look();
  }
  const candidate = candidateOf(look.observation)?.generation;
  if (candidate === undefined || candidate === generation) {
    refuseForNext(context, 'there is no other key to sign with', look.assessment);
  }
  if (pendingApply(look.observation).adds.includes(candidate)) await applyKeys(context);
  await promoteCandidate(context, await deployed(context));
}

async function dropPending(context: KeysContext, generation: string): Promise<void> {
  const pending = versionAt((await context.look()).observation, 'AWSPENDING');
  if (pending === undefined || generationOf(pending) !== generation) return;
  await endPending(writerOf(context), pending.versionId);
  context.tell({ event: 'pending-removed', generation });
}

async function dropFile(context: KeysContext, generation: string): Promise<void> {
  const { observation } = await context.look();
  if (!observation.committed.some((key) => key.generation === generation)) return;
  await removeGeneration(context, generation);
  context.tell({ event: 'file-removed', generation });
}

async function dropKey(context: KeysContext, generation: string): Promise<Look> {
  const look = await context.look();
  if (!pendingApply(look.observation).drops.includes(generation)) return deployed(context);
  return applyKeys(context, { revoked: generation });
}
