/** Whose key is it that CloudFront does not trust here? Pure. */
import type { PublicKey } from '../../aws/account/trusted-keys.ts';
import type { BehaviourSummary } from '../../aws/cloudfront/distribution.ts';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import { parseKeyName } from '../keys/key-name.ts';
import { generationOf } from '../keys/observation.ts';
import { type Cause, causeMaker } from './causes.ts';
import { type Claim, isSignedBy, keyPairIdOf, shownId } from './claim.ts';
import type { KnownKey, Observation } from './observation.ts';

type Keys = Pick<Observation, 'publicKeys' | 'keyGroups'>;

/** A denial because of the key: unknown, or another than the id says. */
export function whoseKey(
  observation: Observation,
  behaviour: BehaviourSummary | null,
  claim: Claim,
  prefix: string,
): Cause {
  const { environment, knownKeys } = observation;
  const cause = causeMaker(environment, 'signature');
  const id = keyPairIdOf(claim) ?? '';
  const inAccount = publicKeysOf(observation).find((key) => key.id === id);
  if (inAccount !== undefined && !isTrustedBy(behaviour, observation, id)) {
    return ofAccount(observation, behaviour, inAccount, prefix);
  }
  const trusted = publicKeysOf(observation).find(
    (key) => isTrustedBy(behaviour, observation, key.id) && isSignedBy(claim, key.pem),
  );
  const signedBy = knownKeys.find(({ pem }) => isSignedBy(claim, pem));
  if (signedBy !== undefined && (trusted === undefined || signedBy.environment !== environment)) {
    const found = ofRepository(observation, signedBy, id);
    if (found !== null) return found;
  }
  if (trusted !== undefined) {
    return cause(
      'wrong-key-pair-id',
      `signed by ${generationNamed(trusted, prefix) ?? trusted.name}, which is ${trusted.id}, and sent with the id ${shownId(id)}`,
    );
  }
  return (
    bySecret(observation, { id, claim, isTrusted: inAccount !== undefined }) ??
    cause('unknown-key', `${shownId(id)} is no key of this account, of the repository or of the secret`)
  );
}

function ofAccount(
  observation: Observation,
  behaviour: BehaviourSummary | null,
  key: PublicKey,
  prefix: string,
): Cause {
  const { environment, knownKeys } = observation;
  const cause = causeMaker(environment, 'signature');
  const named = parseKeyName(key.name);
  if (named === null || named.prefix !== prefix) {
    const owner = named === null ? `named ${key.name}` : `the key ${named.generation} of ${named.prefix}`;
    return cause('other-environment-key', `${key.id} is ${owner}, not of ${prefix}`);
  }
  const groups = observation.keyGroups.seen ? observation.keyGroups.value : [];
  const group = groups.find(({ keyPairIds }) => keyPairIds.includes(key.id));
  if (group !== undefined) {
    return cause(
      'other-key-group',
      `${key.id} is in the key group ${group.name}, and the behaviour ${behaviour?.pathPattern ?? ''} trusts another`,
    );
  }
  const isCommitted = knownKeys.some(
    ({ environment: of, generation, removedAt }) =>
      of === environment && generation === named.generation && removedAt === null,
  );
  return isCommitted
    ? cause(
        'key-not-in-group',
        `${named.generation} (${key.id}) has a file in envs/keys and is in CloudFront, but not in the key group`,
      )
    : cause(
        'retired-key',
        `${named.generation} (${key.id}) has no file in envs/keys and is not in the key group`,
      );
}

/** Null for a key of this environment that is in git. */
function ofRepository({ environment }: Observation, key: KnownKey, id: string): Cause | null {
  const cause = causeMaker(environment, 'signature');
  if (key.environment !== environment) {
    return cause(
      'other-environment-key',
      `signed by ${key.generation} of ${key.environment} (${shownId(id)})`,
    );
  }
  if (key.removedAt !== null) {
    const at = key.removedAt.toISOString().slice(0, 10);
    return cause('retired-key', `signed by ${key.generation} (${shownId(id)}), which was retired on ${at}`);
  }
  return cause(
    'key-not-in-group',
    `signed by ${key.generation} (${shownId(id)}), which has a file in envs/keys but is not in the key group`,
  );
}

/** By what it signed; where that cannot be told, by its id, unless that is one that CloudFront trusts. */
function bySecret(
  { environment, secret }: Observation,
  { id, claim, isTrusted }: { id: string; claim: Claim; isTrusted: boolean },
): Cause | null {
  const cause = causeMaker(environment, 'signature');
  const versions = secret.seen ? secret.value : [];
  const signer = versions.find(({ holds }) => holds.kind === 'key' && isSignedBy(claim, holds.publicKeyPem));
  const named = versions.find(({ holds }) => holds.kind !== 'unreadable' && holds.keyPairId === id);
  const version = signer ?? (isTrusted ? undefined : named);
  if (version === undefined) return null;
  const what = `${generationOf(version) ?? 'a key'} (${shownId(id)})`;
  if (!version.stages.includes('AWSCURRENT')) {
    return cause(
      'retired-key',
      `${what} is the key that signers used before, and CloudFront no longer trusts it`,
    );
  }
  return isTrusted
    ? cause(
        'wrong-key-pair-id',
        `the secret’s current version has the id ${shownId(id)}, but the private key belongs to another key`,
      )
    : cause('key-not-in-group', `signers use ${what}, and CloudFront does not trust it`);
}

/** Key pair id to PEM, of the behaviour's groups. */
export function trustedKeysOf(
  observation: Keys,
  behaviour: BehaviourSummary | null,
): ReadonlyMap<string, string> {
  return new Map(
    publicKeysOf(observation)
      .filter(({ id }) => isTrustedBy(behaviour, observation, id))
      .map(({ id, pem }) => [id, pem]),
  );
}

/** The generation of one of this environment's CloudFront keys. */
export function generationNamed({ name }: Pick<PublicKey, 'name'>, prefix: string): string | null {
  const named = parseKeyName(name);
  return named?.prefix === prefix ? named.generation : null;
}

/** The committed generation with this very key, whatever its name says. */
export function committedAs(observation: Observation, pem: string): KnownKey | undefined {
  const fingerprint = keyFingerprint(pem);
  return observation.knownKeys.find((key) => keyFingerprint(key.pem) === fingerprint);
}

function isTrustedBy(behaviour: BehaviourSummary | null, { keyGroups }: Keys, id: string): boolean {
  if (!keyGroups.seen) return false;
  return keyGroups.value.some(
    (group) => behaviour?.keyGroupIds?.includes(group.id) && group.keyPairIds.includes(id),
  );
}

function publicKeysOf({ publicKeys }: Keys): readonly PublicKey[] {
  return publicKeys.seen ? publicKeys.value : [];
}
