/** Removes a generation once every signature made with it has expired. */
import { UsageError } from '../terraform/targets.ts';
import { span } from '../text/span.ts';
import type { KeysContext } from './context.ts';
import { refuseTerraformOwned } from './guards.ts';
import { removeGeneration } from './key-files.ts';
import { generationOf, versionAt } from './observation.ts';
import { dropSafeAt } from './safe-times.ts';
import { confirmed, refuseForNext, refuseWhenStopped } from './steps.ts';

/**
 * Removes a generation's file; the next apply drops its key.
 *
 * @param generation - @default - the one that has been due for longest
 * @throws UsageError for the active one, always, and before its time
 */
export async function retire(context: KeysContext, generation?: string): Promise<void> {
  refuseTerraformOwned(context);
  const { observation, assessment } = await context.look();
  const { environment } = context.config;
  const chosen = generation ?? (assessment.next.step === 'retire' ? assessment.next.generation : undefined);
  if (chosen !== undefined) refuseActive(chosen, observation);
  refuseWhenStopped(environment, assessment);
  if (chosen === undefined) refuseForNext(context, 'no key can be retired now', assessment);
  const row = assessment.generations.find((one) => one.generation === chosen);
  if (row === undefined) throw new UsageError(`"${environment}" has no generation ${chosen}`);
  if (row.where.file === null) {
    refuseForNext(context, `the file of ${chosen} is removed already`, assessment);
  }
  if (row.state !== 'retiring') {
    throw new UsageError(
      `${chosen} is ${row.state} and has never been active; to discard it, run npm run keys -- revoke ${environment} ${chosen}`,
    );
  }
  const safeAt = dropSafeAt(observation, chosen, context.timing);
  const now = context.now();
  if (safeAt === 'never' || safeAt > now) {
    const when =
      safeAt === 'never'
        ? 'while it may still sign'
        : `before ${safeAt.toISOString().slice(0, 19)}Z (in ${span(safeAt.getTime() - now.getTime())})`;
    throw new UsageError(
      `${chosen} cannot be retired ${when}: viewers may hold unexpired cookies or URLs signed with it`,
    );
  }
  await confirmed(
    context,
    `retire ${chosen}? Everything signed with it expired at ${safeAt.toISOString().slice(0, 19)}Z`,
  );
  await removeGeneration(context, chosen);
  context.tell({ event: 'file-removed', generation: chosen });
}

function refuseActive(generation: string, observation: Parameters<typeof dropSafeAt>[0]): void {
  const isCurrent = generationOf(versionAt(observation, 'AWSCURRENT')) === generation;
  if (!isCurrent && observation.active !== generation) return;
  throw new UsageError(`${generation} is active, so it cannot be retired; replace it (rotate) or revoke it`);
}
