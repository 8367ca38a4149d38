/** Signers go back to the key before, while CloudFront still trusts it. */
import { UsageError } from '../terraform/targets.ts';
import { type BackendOptions, requireBackends } from './backends.ts';
import type { KeysContext } from './context.ts';
import { refuseTerraformOwned } from './guards.ts';
import { writeActive } from './key-files.ts';
import { cloudFrontKeyOf, generationOf, isTrusted, type Observation, versionAt } from './observation.ts';
import { finishPromotion, requireAccepted } from './promote.ts';
import { type CurrentValue, makeCurrent, readVersion } from './secret.ts';
import { confirmed, countDown, writerOf } from './steps.ts';
import { later } from './timing.ts';

/**
 * Writes the value of AWSPREVIOUS as a new current version, so that its creation is again the moment of the move. The
 * generation left becomes AWSPREVIOUS: a second rollback is the way forward again.
 *
 * @throws UsageError when there is none before, CloudFront does not trust it any more, or backends are not
 *   deployed for it
 */
export async function rollback(context: KeysContext, backends: BackendOptions = {}): Promise<void> {
  refuseTerraformOwned(context);
  const { observation, assessment } = await context.look();
  if (assessment.next.step === 'finish') {
    context.tell({ event: 'promotion-resumed' });
    await finishPromotion(context, observation);
    return;
  }
  const current = versionAt(observation, 'AWSCURRENT');
  const value = await previousValue(context, observation);
  requireBackends(context, current, { ...value, kind: value.kind === 'kms' ? 'kms' : 'pem' }, backends);
  const from = generationOf(current) ?? 'a key that cannot be read';
  await confirmed(context, `make signers sign with ${value.generation} again, instead of ${from}?`);
  await requireAccepted(context, observation, value);
  await makeCurrent(writerOf(context), value, current?.versionId ?? null);
  context.tell({ event: 'current-stored', generation: value.generation, keyPairId: value.keyPairId });
  if (observation.active !== value.generation) {
    await writeActive(context, value.generation);
    context.tell({ event: 'active-written', generation: value.generation });
  }
  const { signerCacheSeconds } = context.timing;
  await countDown(context, later(context.now(), signerCacheSeconds), {
    awaits: 'signers',
    generation: value.generation,
  });
}

async function previousValue(context: KeysContext, observation: Observation): Promise<CurrentValue> {
  const version = versionAt(observation, 'AWSPREVIOUS');
  const generation = generationOf(version);
  if (version === undefined || generation === null) {
    throw new UsageError('the secret has no readable AWSPREVIOUS, so there is no key to roll back to');
  }
  const file = observation.committed.find((key) => key.generation === generation);
  const key = file && cloudFrontKeyOf(observation, file);
  if (file === undefined || key === undefined || !isTrusted(observation, key.id)) {
    throw new UsageError(
      `CloudFront does not trust ${generation} any more, because it was retired or revoked; rotate to a new key instead`,
    );
  }
  if (!observation.distribution?.isDeployed) {
    throw new UsageError(
      'CloudFront is deploying, so edges differ in which keys they trust; wait, then run this again',
    );
  }
  const value = await readVersion(writerOf(context), version.versionId);
  if (value.kind === 'kms') return { ...value, keyPairId: key.id };
  if (value.fingerprint !== file.fingerprint) {
    throw new UsageError(
      `AWSPREVIOUS does not hold the private key of ${generation}, so it cannot sign for it`,
    );
  }
  return { kind: 'key', generation, keyPairId: key.id, pair: value };
}
