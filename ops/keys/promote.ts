/** Moves signers to the next key, once CloudFront has shown that it accepts what the key signs. */
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { UsageError } from '../terraform/targets.ts';
import { candidateOf } from './assess.ts';
import { type BackendOptions, kmsAlias, requireBackends } from './backends.ts';
import type { KeysContext, Look } from './context.ts';
import { KeysError } from './failures.ts';
import { refuseTerraformOwned } from './guards.ts';
import { writeActive } from './key-files.ts';
import { cloudFrontKeyOf, generationOf, isTrusted, type Observation, versionAt } from './observation.ts';
import { type ProbeKey, probe } from './probe.ts';
import { type CurrentValue, endPending, makeCurrent, readVersion } from './secret.ts';
import { confirmed, countDown, refuseForNext, refuseWhenStopped, writerOf } from './steps.ts';
import { later } from './timing.ts';

/** A probe that was not judged is repeated: an edge may be slow or throttle. */
const PROBES = 3;
const PROBE_PAUSE_MS = 2000;

/**
 * AWSCURRENT first, since it decides; then AWSPENDING goes and `active` follows; then signers have their cache's time.
 *
 * @throws UsageError when the key is not deployed, too fresh, not what backends are deployed for, or CloudFront denies
 *   what it signs
 */
export async function promote(context: KeysContext, backends: BackendOptions = {}): Promise<void> {
  refuseTerraformOwned(context);
  const look = await context.look();
  const { next } = look.assessment;
  refuseWhenStopped(context.config.environment, look.assessment);
  if (next.step === 'finish') {
    await finishPromotion(context, look.observation);
    return;
  }
  if (next.step !== 'promote') refuseForNext(context, 'no key can be promoted now', look.assessment);
  if (next.notBefore !== null) {
    refuseForNext(
      context,
      `the edges are still learning of ${next.generation}; run this again in some minutes`,
      look.assessment,
    );
  }
  const current = versionAt(look.observation, 'AWSCURRENT');
  const candidate = candidateOf(look.observation);
  if (candidate !== undefined) {
    const keyPairId = cloudFrontKeyOf(look.observation, candidate)?.id ?? '';
    requireBackends(context, current, { ...candidate, keyPairId }, backends);
  }
  const from = generationOf(current);
  await confirmed(context, `make signers sign with ${next.generation} instead of ${from}?`);
  await promoteCandidate(context, look);
  const { signerCacheSeconds } = context.timing;
  await countDown(context, later(context.now(), signerCacheSeconds), {
    awaits: 'signers',
    generation: next.generation,
  });
  context.tell({ event: 'signers-updated', generation: next.generation });
}

/** Without the questions and the waiting: what a revocation needs as well. */
export async function promoteCandidate(context: KeysContext, { observation }: Look): Promise<void> {
  const value = await valueOfCandidate(context, observation);
  await requireAccepted(context, observation, value);
  const current = versionAt(observation, 'AWSCURRENT');
  await makeCurrent(writerOf(context), value, current?.versionId ?? null);
  context.tell({ event: 'current-stored', generation: value.generation, keyPairId: value.keyPairId });
  await finishPromotion(context, (await context.look()).observation);
}

/** What is left after AWSCURRENT has moved; safe to repeat. */
export async function finishPromotion(context: KeysContext, observation: Observation): Promise<void> {
  const current = generationOf(versionAt(observation, 'AWSCURRENT'));
  const pending = versionAt(observation, 'AWSPENDING');
  if (current === null) throw new KeysError('AWSCURRENT cannot be read; run npm run keys -- status');
  if (pending !== undefined && generationOf(pending) === current) {
    await endPending(writerOf(context), pending.versionId);
    context.tell({ event: 'pending-removed', generation: current });
  }
  if (observation.active === current) return;
  await writeActive(context, current);
  context.tell({ event: 'active-written', generation: current });
}

/** @throws UsageError for a denial; KeysError when nothing has judged the probe */
export async function requireAccepted(
  { account, config, edgeUrl, signal, wait, tell }: KeysContext,
  { distribution }: Observation,
  value: CurrentValue,
): Promise<void> {
  const key: ProbeKey =
    value.kind === 'key'
      ? { kind: 'key', keyPairId: value.keyPairId, privateKey: value.pair.privateKey }
      : { kind: 'kms', keyPairId: value.keyPairId, kmsKeyArn: value.kmsKeyArn };
  const { pathPrefix } = config;
  const domain = config.domainName ?? distribution?.domainName ?? '';
  for (let attempt = 1; ; attempt += 1) {
    const result = await probe({ domain, pathPrefix, edgeUrl, key, kms: account.kms, signal });
    if (result.verdict === 'accepted') {
      tell({ event: 'probe-accepted', generation: value.generation, status: result.status });
      return;
    }
    if (result.verdict === 'denied') {
      throw new UsageError(
        `CloudFront denies signatures made with ${value.generation} (${result.code}); nothing was changed. ` +
          'InvalidKey: an edge does not know the key yet, so run this again in some minutes. ' +
          'AccessDenied: the private key does not belong to the public key, so run npm run keys -- status',
      );
    }
    if (attempt === PROBES)
      throw new KeysError(`the probe was inconclusive: ${result.why}; nothing was changed`);
    await wait(PROBE_PAUSE_MS, signal);
  }
}

async function valueOfCandidate(context: KeysContext, observation: Observation): Promise<CurrentValue> {
  const candidate = candidateOf(observation);
  const key = candidate && cloudFrontKeyOf(observation, candidate);
  if (candidate === undefined || key === undefined || !isTrusted(observation, key.id)) {
    throw new KeysError(
      'the key to promote was removed while this run was working; run npm run keys -- status',
    );
  }
  const { generation } = candidate;
  if (candidate.kind === 'kms') {
    return { kind: 'kms', generation, keyPairId: key.id, kmsKeyArn: await kmsKeyArn(context, generation) };
  }
  const pending = versionAt(observation, 'AWSPENDING');
  const value = pending && (await readVersion(writerOf(context), pending.versionId));
  if (value?.kind !== 'key' || value.fingerprint !== candidate.fingerprint) {
    throw new KeysError(
      `AWSPENDING no longer holds the private key of ${generation}; run npm run keys -- status`,
    );
  }
  return { kind: 'key', generation, keyPairId: key.id, pair: value };
}

async function kmsKeyArn({ account, config }: KeysContext, generation: string): Promise<string> {
  const alias = kmsAlias(config, generation);
  const { KeyMetadata } = await account.kms.send(new DescribeKeyCommand({ KeyId: alias }));
  if (KeyMetadata?.Arn === undefined)
    throw new KeysError(`KMS has no key with the alias ${alias}; apply the environment first`);
  return KeyMetadata.Arn;
}
