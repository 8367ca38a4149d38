/** A key has leaked: another one signs at once, and this one opens nothing any more, whatever that costs. */
import { UsageError } from '../terraform/targets.ts';
import { applyKeys } from './apply.ts';
import { candidateOf, pendingApply } from './assess.ts';
import type { KeysContext, Look } from './context.ts';
import { create } from './create.ts';
import { refuseTerraformOwned } from './guards.ts';
import { removeGeneration } from './key-files.ts';
import { generationOf, type Observation, versionAt } from './observation.ts';
import { finishPromotion, promoteCandidate } from './promote.ts';
import { endPending } from './secret.ts';
import { span } from './status-table.ts';
import { confirmed, deployed, refuseForNext, tellChanged, trustedGenerations, writerOf } from './steps.ts';

/**
 * Without any wait for signatures to run out. Stopped anywhere, the same command goes on.
 *
 * @throws UsageError for a generation that nobody knows; what Terraform and AWS throw, and then it is not done
 */
export async function revoke(context: KeysContext, generation: string): Promise<void> {
  refuseTerraformOwned(context);
  const { environment } = context.config;
  const look = await context.look();
  if (!look.assessment.generations.some((row) => row.generation === generation)) {
    throw new UsageError(
      `"${environment}" has no generation ${generation}: ${look.assessment.generations.map((row) => row.generation).join(', ')}`,
    );
  }
  const lines = consequences(context, look.observation, generation);
  for (const line of lines) context.say(line);
  await confirmed(context, `revoke ${generation} of "${environment}" now?`);
  const startedAt = context.now();
  await succeed(context, generation);
  await dropPending(context, generation);
  await dropFile(context, generation);
  const { observation } = await dropKey(context, generation);
  const at = context.now();
  context.say(
    `done: ${generation} is out of the group and deployed at ${at.toISOString().slice(0, 19)}Z, ${span(at.getTime() - startedAt.getTime())} after the beginning; ` +
      `CloudFront trusts ${trustedGenerations(observation)}`,
  );
  context.say(
    versionAt(look.observation, 'AWSCURRENT')?.holds.kind === 'kms'
      ? 'deploy backends so that they read the secret: those that sign by KMS sign on with the key among their settings, and that is denied'
      : 'restart signers, or have them call refreshNow(): what they still sign with it is denied',
  );
}

/** Which mints die and what their viewers see. */
function consequences(context: KeysContext, observation: Observation, generation: string): string[] {
  const version = versionAt(observation, 'AWSCURRENT');
  if (generationOf(version) !== generation) {
    return [
      `dies: every URL and cookie that ${generation} signed and that has not run out by itself`,
      'those viewers: 403 InvalidKey at their next playlist or segment, until the page mints anew',
    ];
  }
  const since = version?.createdAt.toISOString().slice(0, 19);
  return [
    `dies: every URL and cookie that ${generation} signed since its promotion at ${since}Z and that has not run out by itself`,
    'those viewers: 403 InvalidKey at their next playlist or segment, until the page mints anew',
    `signers go on minting with it for up to ${span(context.timing.signerCacheSeconds * 1000)} if they are not restarted: those mints die too`,
  ];
}

/** Another key becomes the one that mints: the one that is ready, or a new one. */
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
    refuseForNext(context, 'there is no other key that could sign', look.assessment);
  }
  if (pendingApply(look.observation).adds.includes(candidate)) await applyKeys(context);
  await promoteCandidate(context, await deployed(context));
}

async function dropPending(context: KeysContext, generation: string): Promise<void> {
  const pending = versionAt((await context.look()).observation, 'AWSPENDING');
  if (pending === undefined || generationOf(pending) !== generation) return;
  await endPending(writerOf(context), pending.versionId);
  tellChanged(context, `AWSPENDING holds ${generation} no more`);
}

async function dropFile(context: KeysContext, generation: string): Promise<void> {
  const { observation } = await context.look();
  if (!observation.committed.some((key) => key.generation === generation)) return;
  await removeGeneration(context, generation);
  tellChanged(context, `the file of ${generation} is gone: commit that`);
}

async function dropKey(context: KeysContext, generation: string): Promise<Look> {
  const look = await context.look();
  if (!pendingApply(look.observation).drops.includes(generation)) return deployed(context);
  return applyKeys(context, { revoked: generation });
}
