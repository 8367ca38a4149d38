/** Puts a private key from elsewhere into the secret, checked against the committed public one. */
import { optionError, UsageError } from '../terraform/targets.ts';
import type { KeysContext } from './context.ts';
import { refuseTerraformOwned } from './guards.ts';
import {
  cloudFrontKeyOf,
  generationOf,
  isTrusted,
  type Observation,
  type SecretVersion,
  versionAt,
} from './observation.ts';
import { makeCurrent, storePending } from './secret.ts';
import { type KeyPair, keyPairOf } from './secret-value.ts';
import { writerOf } from './steps.ts';

/** More than any PEM. */
const MOST_CHARACTERS = 65_536;

/**
 * Into AWSCURRENT when nothing signs yet, or to put the value of the current generation right; else into AWSPENDING,
 * from where `promote` takes it.
 *
 * @param pair - its private key is in no message
 * @throws UsageError for a pair whose public key is not committed
 */
export async function inject(context: KeysContext, pair: KeyPair): Promise<void> {
  refuseTerraformOwned(context);
  const { observation } = await context.look();
  const { environment } = context.config;
  const { secret, committed } = observation;
  const file = committed.find(({ fingerprint }) => fingerprint === pair.fingerprint);
  if (file === undefined) {
    const known = committed.map(({ generation }) => generation).join(', ');
    throw new UsageError(
      `the public key of this private key is not in envs/keys/${environment} (which has ${known}); commit it there and apply first`,
    );
  }
  const { generation } = file;
  const key = cloudFrontKeyOf(observation, file);
  if (secret === null || key === undefined || !isTrusted(observation, key.id)) {
    throw new UsageError(
      `CloudFront does not trust ${generation} yet, so the key has no id; run npm run apply -- ${environment}, then this command again`,
    );
  }
  const current = versionAt(observation, 'AWSCURRENT');
  if (holds(current, pair.fingerprint, key.id)) {
    context.tell({ event: 'already-stored', generation, stage: 'AWSCURRENT' });
    return;
  }
  if (goesToCurrent(observation, generation)) {
    await makeCurrent(
      writerOf(context),
      { kind: 'key', generation, keyPairId: key.id, pair },
      current?.versionId ?? null,
    );
    context.tell({ event: 'current-stored', generation, keyPairId: key.id });
    return;
  }
  if (current === undefined) {
    throw new UsageError(
      `nothing signs yet, and the first key in the secret must be the private key of ${observation.active}`,
    );
  }
  const pending = versionAt(observation, 'AWSPENDING');
  const other = generationOf(pending);
  if (other !== null && other !== generation) {
    throw new UsageError(`AWSPENDING holds ${other}; promote or revoke that key first`);
  }
  if (holds(pending, pair.fingerprint, null)) {
    context.tell({ event: 'already-stored', generation, stage: 'AWSPENDING' });
    return;
  }
  await storePending(writerOf(context), generation, pair);
  context.tell({ event: 'pending-stored', generation });
}

/**
 * Reads standard input to its end.
 *
 * @throws UsageError when it is a terminal, because a key is piped and not pasted, and for a text that is no private key
 */
export async function readKeyPair(input: NodeJS.ReadStream): Promise<KeyPair> {
  const pair = keyPairOf(await readPem(input));
  if (pair !== null) return pair;
  throw optionError('standard input', 'expected an unencrypted private key as PEM, got another text');
}

async function readPem(input: NodeJS.ReadStream): Promise<string> {
  if (input.isTTY)
    throw new UsageError(
      'inject reads the private key from standard input: npm run keys -- inject <environment> < key.pem',
    );
  let text = '';
  for await (const chunk of input.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MOST_CHARACTERS) throw optionError('standard input', 'longer than any private key');
  }
  return text;
}

/** Secrets Manager makes a secret's first version current, whatever stage it is put under. */
function goesToCurrent(observation: Observation, generation: string): boolean {
  const current = versionAt(observation, 'AWSCURRENT');
  if (current === undefined || current.holds.kind === 'unreadable') return observation.active === generation;
  return generationOf(current) === generation;
}

function holds(version: SecretVersion | undefined, fingerprint: string, keyPairId: string | null): boolean {
  if (version?.holds.kind !== 'key' || version.holds.fingerprint !== fingerprint) return false;
  return version.holds.keyPairId === keyPairId;
}
