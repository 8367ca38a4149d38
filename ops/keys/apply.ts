/** Brings the key group to what the files say, by the same apply as a person's. */
import { apply } from '../terraform/commands.ts';
import { pendingApply } from './assess.ts';
import type { KeysContext, Look } from './context.ts';
import { KeysError } from './failures.ts';
import { dropSafeAt } from './safe-times.ts';
import { deployed, refuseWhenStopped, trustedGenerations } from './steps.ts';

/**
 * Plans, asks (or not, with `yes`), applies, and waits until it is deployed.
 *
 * @param options - `revoked` may leave the group whatever the clock says
 * @throws UsageError when the apply would drop a key that viewers' signatures still need; TerraformError when it fails
 *   or somebody holds the state's lock, which is named and never broken
 */
export async function applyKeys(context: KeysContext, { revoked }: { revoked?: string } = {}): Promise<Look> {
  const { config, target, outdir, signal, yes, onTerraform } = context;
  const before = await context.look();
  refuseUnsafeDrops(context, before, revoked);
  await context.requireLock();
  const say = (text: string) => context.tell({ event: 'note', text });
  const flags = yes ? ['--yes'] : [];
  await apply({ target, flags, outdir, say, signal, ...(onTerraform && { onEvent: onTerraform }) });
  const after = await deployed(context);
  const { adds, drops } = pendingApply(after.observation);
  if (adds.length > 0 || drops.length > 0) {
    const what = [...adds, ...drops].join(', ');
    throw new KeysError(
      `the apply has ended, but the key group differs from the files (${what}); npm run keys -- status ${config.environment} shows why`,
    );
  }
  context.tell({ event: 'applied', trusted: trustedGenerations(after.observation) });
  return after;
}

function refuseUnsafeDrops(
  { config, timing }: KeysContext,
  { observation, assessment }: Look,
  revoked: string | undefined,
): void {
  if (revoked === undefined) {
    refuseWhenStopped(config.environment, assessment);
    return;
  }
  const others = pendingApply(observation).drops.filter((generation) => {
    if (generation === revoked) return false;
    const safeAt = dropSafeAt(observation, generation, timing);
    return safeAt === 'never' || safeAt > observation.observedAt;
  });
  if (others.length > 0) refuseWhenStopped(config.environment, assessment);
}
