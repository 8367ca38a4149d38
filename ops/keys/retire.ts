/** Lets a generation go whose every signature has run out. */
import { UsageError } from '../terraform/targets.ts';
import type { KeysContext } from './context.ts';
import { refuseTerraformOwned } from './guards.ts';
import { removeGeneration } from './key-files.ts';
import { generationOf, versionAt } from './observation.ts';
import { dropSafeAt } from './safe-times.ts';
import { span } from './status-table.ts';
import { confirmed, refuseForNext, refuseWhenStopped, tellChanged } from './steps.ts';

/**
 * Removes a generation's file; the next apply drops its key.
 *
 * @param generation - the one that is due longest when left out
 * @throws UsageError for the active one, always, and before its time
 */
export async function retire(context: KeysContext, generation?: string): Promise<void> {
  refuseTerraformOwned(context);
  const { observation, assessment } = await context.look();
  const { environment } = context.config;
  const chosen = generation ?? (assessment.next.step === 'retire' ? assessment.next.generation : undefined);
  if (chosen !== undefined) refuseActive(chosen, observation);
  refuseWhenStopped(environment, assessment);
  if (chosen === undefined) refuseForNext(context, 'nothing can be retired now', assessment);
  const row = assessment.generations.find((one) => one.generation === chosen);
  if (row === undefined) throw new UsageError(`"${environment}" knows no generation ${chosen}`);
  if (row.where.file === null) {
    refuseForNext(context, `${chosen} has no file any more`, assessment);
  }
  if (row.state !== 'retiring') {
    throw new UsageError(
      `${chosen} is ${row.state} and has never been active: if it is not wanted, npm run keys -- revoke ${environment} ${chosen}`,
    );
  }
  const safeAt = dropSafeAt(observation, chosen, context.timing);
  const now = context.now();
  if (safeAt === 'never' || safeAt > now) {
    const when =
      safeAt === 'never'
        ? 'while it may still sign'
        : `before ${safeAt.toISOString().slice(0, 19)}Z (in ${span(safeAt.getTime() - now.getTime())})`;
    throw new UsageError(`${chosen} cannot be retired ${when}: viewers may hold what it signed`);
  }
  await confirmed(
    context,
    `let ${chosen} go? Nothing that it signed is good since ${safeAt.toISOString().slice(0, 19)}Z`,
  );
  await removeGeneration(context, chosen);
  tellChanged(context, `the file of ${chosen} is gone: commit that; the next apply drops its key`);
}

function refuseActive(generation: string, observation: Parameters<typeof dropSafeAt>[0]): void {
  const isCurrent = generationOf(versionAt(observation, 'AWSCURRENT')) === generation;
  if (!isCurrent && observation.active !== generation) return;
  throw new UsageError(`${generation} is active: it cannot be retired, only succeeded (rotate) or revoked`);
}
