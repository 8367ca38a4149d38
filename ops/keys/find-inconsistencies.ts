/** Holds the files, CloudFront and the secret against each other: one table, a row for each kind of inconsistency. Pure. */
import type { Inconsistency, InconsistencyKind, Weight } from './inconsistencies.ts';
import {
  type CloudFrontKey,
  type CommittedKey,
  cloudFrontKeyOf,
  generationOf,
  isTrusted,
  type Observation,
  type SecretVersion,
  versionAt,
} from './observation.ts';
import { dropSafeAt } from './safe-times.ts';
import type { Timing } from './timing.ts';

/** What a row finds; its weight is the row's unless it says another. */
type Found = Omit<Inconsistency, 'kind' | 'weight'> & Partial<Pick<Inconsistency, 'weight'>>;

/** Names of the files of keys that are committed; null where git cannot tell. */
type FilesInGit = ReadonlySet<string> | null;

/** A row. The runbook's table is made of the first three (`npm run docs`). */
interface Row {
  readonly weight: Weight;
  /** Another weight that it may have, and when. @default - always the first */
  readonly or?: { readonly weight: Weight; readonly when: string };
  /** What it means, for somebody who has not seen it before. */
  readonly means: string;
  readonly find: (observation: Observation, timing: Timing, filesInGit: FilesInGit) => readonly Found[];
}

/** In the order in which they are to be looked at. */
export const INCONSISTENCIES: Readonly<Record<InconsistencyKind, Row>> = {
  'not-applied': {
    weight: 'wrong',
    means: 'the account has no key group, no distribution or no secret of this environment',
    find: ({ environment, secret, keyGroup, distribution }) => {
      const missing = [
        ...(keyGroup === null ? ['key group'] : []),
        ...(distribution === null ? ['distribution'] : []),
        ...(secret === null ? ['secret'] : []),
      ];
      return when(missing.length > 0, {
        generation: null,
        found: `the account has no ${missing.join(' and no ')} of this environment`,
        remedy: `npm run apply -- ${environment}, if it was never applied; else these credentials are of another account: aws sts get-caller-identity`,
      });
    },
  },
  deploying: {
    weight: 'passing',
    means: 'CloudFront is still rolling the last change out: edges differ in what they trust',
    find: ({ distribution }) =>
      when(distribution?.isDeployed === false, {
        generation: null,
        found: `distribution ${distribution?.id} is being deployed: edges differ in what they trust`,
        remedy: 'wait until CloudFront says Deployed',
      }),
  },
  'behaviour-elsewhere': {
    weight: 'stop',
    means:
      'a path of the distribution trusts something else than this key group: a rotation would not reach it',
    find: ({ environment, distribution }) =>
      when((distribution?.elsewhere ?? []).length > 0, {
        generation: null,
        found: `${distribution?.elsewhere.map((pattern) => `"${pattern}"`).join(', ')} of distribution ${distribution?.id} trusts something else than this key group`,
        remedy:
          `npm run plan -- ${environment} shows what was changed; npm run apply -- ${environment} puts it back, and only then a ` +
          'rotation reaches all paths',
      }),
  },
  'unknown-key-in-group': {
    weight: 'stop',
    means: 'somebody added a key to the key group by hand',
    find: ({ environment, publicKeys, keyGroup }) =>
      (keyGroup?.keyPairIds ?? [])
        .filter((id) => publicKeys.every((key) => key.id !== id))
        .map((id) => ({
          generation: null,
          found: `the key group trusts ${id}, which is no key of this environment`,
          remedy: `find out who added it; npm run apply -- ${environment} takes it out`,
        })),
  },
  'public-key-differs': {
    weight: 'stop',
    or: { weight: 'passing', when: 'nothing that the other key signed is valid any more' },
    means: 'the file of a generation was replaced: CloudFront trusts another key under its name',
    find: (observation, timing) =>
      inGroup(observation).flatMap((key) => {
        const file = fileOf(observation, key.generation);
        if (file === undefined || file.fingerprint === null || file.fingerprint === key.fingerprint)
          return [];
        const path = pathOf(observation, key.generation);
        const { isSafe } = safetyOf(observation, key.generation, timing);
        return [
          {
            generation: key.generation,
            found: `CloudFront trusts another key under the name of ${key.generation} than ${path} holds`,
            remedy: isSafe
              ? `npm run apply -- ${observation.environment} replaces it`
              : `git log ${path}: put the first one back; a new key is a new generation`,
            weight: isSafe ? 'passing' : 'stop',
          },
        ];
      }),
  },
  'in-group-not-in-git': {
    weight: 'stop',
    or: { weight: 'passing', when: 'nothing that it signed is valid any more: the next apply drops it' },
    means:
      'the file of a key is gone, and viewers may still hold what the key signed: an apply would refuse them',
    find: (observation, timing) =>
      inGroup(observation)
        .filter(({ generation }) => fileOf(observation, generation) === undefined)
        .map(({ generation }) => {
          const { environment } = observation;
          const path = pathOf(observation, generation);
          const { isSafe, until } = safetyOf(observation, generation, timing);
          return {
            generation,
            found: `CloudFront still trusts ${generation}, and ${path} is gone`,
            remedy: isSafe
              ? `npm run apply -- ${environment} takes it out of the group`
              : `viewers may hold its signatures${until}: git pull, or git restore ${path}; ` +
                `if it is to go whatever it costs, npm run keys -- revoke ${environment} ${generation}`,
            weight: isSafe ? 'passing' : 'stop',
          };
        }),
  },
  'key-left-over': {
    weight: 'passing',
    means: 'a key has left the group and was not deleted: an apply failed between the two',
    find: (observation) =>
      observation.publicKeys
        .filter(({ id }) => !isTrusted(observation, id))
        .filter(({ id }) =>
          observation.committed.every((file) => cloudFrontKeyOf(observation, file)?.id !== id),
        )
        .map(({ id, generation }) => ({
          generation,
          found: `the public key ${id} of ${generation} is in CloudFront, in no group and in no file`,
          remedy: `npm run apply -- ${observation.environment} deletes it; if Terraform does not know it, aws cloudfront delete-public-key --id ${id}`,
        })),
  },
  'example-key': {
    weight: 'wrong',
    means: 'the key that came with the repository, whose private key nobody holds',
    find: ({ environment, committed }) =>
      committed
        .filter(({ isExample }) => isExample)
        .map(({ generation }) => ({
          generation,
          found: `${generation} is the example that came with the repository: nobody holds its private half`,
          remedy: `put a public key of your own into envs/keys/${environment} first (docs/inject-the-key.md)`,
        })),
  },
  'kms-generation-without-key': {
    weight: 'passing',
    means: 'a key that is to be made in KMS waits for the next apply',
    find: (observation) =>
      untrustedFiles(observation, 'kms').map(({ generation }) => ({
        generation,
        found: `${generation} is to be made in KMS, and CloudFront has no key of it yet`,
        remedy: `npm run apply -- ${observation.environment}`,
      })),
  },
  'in-git-not-in-group': {
    weight: 'passing',
    means: 'a new key waits for the next apply',
    find: (observation, _timing, filesInGit) =>
      untrustedFiles(observation, 'pem').map(({ generation }) => ({
        generation,
        found: `${whereIs(observation, generation, filesInGit)}, and CloudFront does not trust it yet`,
        remedy: `npm run apply -- ${observation.environment}`,
      })),
  },
  'no-private-half': {
    weight: 'wrong',
    means: 'CloudFront trusts a new key, and nobody put its private key into the secret',
    find: (observation) =>
      trustedAfterCurrent(observation).map(({ generation }) => ({
        generation,
        found: `CloudFront trusts ${generation}, and its private half is in no version of the secret`,
        remedy: `npm run keys -- inject ${observation.environment} < its private key; or, if nobody has it, npm run keys -- revoke ${observation.environment} ${generation}`,
      })),
  },
  'no-current': {
    weight: 'wrong',
    means: 'the secret has no value that signers could read: nobody can sign',
    find: ({ environment, secret, active }) =>
      when(secret !== null && currentVersions(secret).length === 0, {
        generation: active,
        found: 'the secret has no current version: nobody can sign',
        remedy: `npm run keys -- inject ${environment} < the private key of ${active}`,
      }),
  },
  'two-current': {
    weight: 'stop',
    means: 'AWSCURRENT is on two versions of the secret: signers differ in what they get',
    find: ({ secret }) => {
      const current = currentVersions(secret);
      return when(current.length > 1, {
        generation: null,
        found: `AWSCURRENT is on ${current.length} versions (${current.map(({ versionId }) => versionId).join(', ')}): signers differ in what they get`,
        remedy: `aws secretsmanager update-secret-version-stage --secret-id ${secret?.arn} --version-stage AWSCURRENT --remove-from-version-id <the wrong one>`,
      });
    },
  },
  unreadable: {
    weight: 'stop',
    means: 'these credentials may not read the secret, or it holds no key',
    find: (observation) =>
      (['AWSCURRENT', 'AWSPENDING'] as const).flatMap((stage) => {
        const holds = versionAt(observation, stage)?.holds;
        if (holds?.kind !== 'unreadable') return [];
        const denied = holds.why === 'denied';
        return [
          {
            generation: null,
            found: denied
              ? `you may not read ${stage} of the secret`
              : `${stage} of the secret is neither { keyPairId, privateKey, generation } nor a private key`,
            remedy: denied
              ? 'as one of secretOperators, or with secretsmanager:GetSecretValue'
              : `npm run keys -- inject ${observation.environment} < the private key of ${observation.active}`,
          },
        ];
      }),
  },
  'current-not-in-git': {
    weight: 'stop',
    means: 'somebody promoted a key whose file is not in your checkout',
    find: (observation) => {
      const current = readCurrent(observation);
      return when(current !== null && current.file === undefined, {
        generation: current?.generation ?? null,
        found: `the secret signs with ${current?.generation ?? 'a key of no generation'}, which has no file in envs/keys/${observation.environment}`,
        remedy:
          'git pull: whoever promoted it has its file, and the next apply without that file would shut out every viewer',
      });
    },
  },
  'private-key-mismatch': {
    weight: 'stop',
    means:
      'the private key in the secret is not the one of the public key in its file: nothing it signs is accepted',
    find: (observation) => [...mismatchOfCurrent(observation), ...mismatchOfPending(observation)],
  },
  'secret-id-not-in-group': {
    weight: 'wrong',
    or: { weight: 'stop', when: 'an apply of the committed files does not bring it back' },
    means: 'signers send the id of a key that CloudFront does not trust: every new signature is denied',
    find: (observation) => {
      const { environment } = observation;
      const current = readCurrent(observation);
      if (current?.file === undefined || current.keyPairId === null) return [];
      if (isTrusted(observation, current.keyPairId)) return [];
      const key = cloudFrontKeyOf(observation, current.file);
      // An apply of the committed files is what brings it back, where there is one to be had.
      const applyHelps = key === undefined || !isTrusted(observation, key.id);
      return [
        {
          generation: current.generation,
          found: `signers send ${current.keyPairId}, which the key group does not hold: every new signature is denied`,
          remedy: applyHelps
            ? `npm run apply -- ${environment}`
            : `npm run keys -- rollback ${environment}; or npm run keys -- inject ${environment} < the private key of ${current.generation}`,
          weight: applyHelps ? 'wrong' : 'stop',
        },
      ];
    },
  },
  'secret-id-of-another-key': {
    weight: 'stop',
    means: 'signers send the id of one key with the signatures of another: nothing they sign is accepted',
    find: (observation) => {
      const current = readCurrent(observation);
      if (current?.file === undefined || current.keyPairId === null) return [];
      const { generation, keyPairId } = current;
      const key = cloudFrontKeyOf(observation, current.file);
      return when(isTrusted(observation, keyPairId) && key !== undefined && key.id !== keyPairId, {
        generation,
        found: `signers send ${keyPairId} with the key of ${generation}, which CloudFront knows as ${key?.id}: nothing they sign is accepted`,
        remedy: `npm run keys -- inject ${observation.environment} < the private key of ${generation}`,
      });
    },
  },
  'pending-left-over': {
    weight: 'passing',
    means: 'a promotion was stopped before it took AWSPENDING away',
    find: (observation) => {
      const pending = readPending(observation);
      return when(pending?.isCurrent === true, {
        generation: pending?.generation ?? null,
        found: `AWSPENDING still holds ${pending?.generation}, which is current already: a promotion was stopped`,
        remedy: `npm run keys -- promote ${observation.environment} ends it`,
      });
    },
  },
  'pending-without-file': {
    weight: 'passing',
    or: { weight: 'stop', when: 'it is a key of no generation' },
    means: 'a create was stopped before it wrote the file, or the file is not in your checkout',
    find: (observation) => {
      const pending = readPending(observation);
      if (pending === null || pending.isCurrent || pending.file !== undefined) return [];
      const { generation } = pending;
      return [
        {
          generation,
          found: `AWSPENDING holds ${generation ?? 'a key of no generation'}, which has no file: a create was stopped, or its file is not in your checkout`,
          remedy:
            generation === null
              ? `take AWSPENDING off that version, then look again: npm run keys -- status ${observation.environment}`
              : `git pull; if it is not there either, npm run keys -- create ${observation.environment} writes it`,
          weight: generation === null ? 'stop' : 'passing',
        },
      ];
    },
  },
  'active-behind': {
    weight: 'passing',
    means:
      'the secret signs with the next key already, and `envs/keys/<environment>/active` names the one before',
    find: (observation) => {
      const { active, environment } = observation;
      const current = otherThanActive(observation);
      return when(current !== null && wasPrevious(observation, active), {
        generation: active,
        found: `"active" names ${active}, and the secret signs with ${current} already`,
        remedy: `git pull; or, if a promotion was stopped, npm run keys -- promote ${environment} writes it`,
      });
    },
  },
  'active-ahead': {
    weight: 'wrong',
    means: 'somebody edited `envs/keys/<environment>/active`: that alone moves no signer',
    find: (observation) => {
      const { active, environment } = observation;
      const current = otherThanActive(observation);
      return when(current !== null && !wasPrevious(observation, active), {
        generation: active,
        found: `"active" names ${active}, and the secret signs with ${current}`,
        remedy: `npm run keys -- promote ${environment}: only that moves signers`,
      });
    },
  },
};

/** Everything that is wrong, in the order in which it is to be looked at. */
export function findInconsistencies(
  observation: Observation,
  timing: Timing,
  filesInGit: FilesInGit,
): Inconsistency[] {
  return (Object.keys(INCONSISTENCIES) as InconsistencyKind[]).flatMap((kind) => {
    const { weight, find } = INCONSISTENCIES[kind];
    return find(observation, timing, filesInGit).map((found) => ({ kind, weight, ...found }));
  });
}

function when(is: boolean, found: Found): Found[] {
  return is ? [found] : [];
}

function fileOf({ committed }: Observation, generation: string | null): CommittedKey | undefined {
  return committed.find((file) => file.generation === generation);
}

function pathOf({ environment }: Observation, generation: string): string {
  return `envs/keys/${environment}/${generation}.pem`;
}

/** Only git knows whether a file is committed. */
function whereIs({ environment }: Observation, generation: string, filesInGit: FilesInGit): string {
  const file = `${generation}.pem`;
  if (filesInGit === null) return `envs/keys/${environment}/${file} exists`;
  return filesInGit.has(file)
    ? `${generation} is committed`
    : `envs/keys/${environment}/${file} exists but is not committed`;
}

/** The environment's keys in the group, in its order. */
function inGroup({ keyGroup, publicKeys }: Observation): CloudFrontKey[] {
  return (keyGroup?.keyPairIds ?? []).flatMap((id) => publicKeys.find((key) => key.id === id) ?? []);
}

/** Whether nothing that the generation signed is valid any more, and else until when, in words. */
function safetyOf(observation: Observation, generation: string, timing: Timing) {
  const safeAt = dropSafeAt(observation, generation, timing);
  return {
    isSafe: safeAt !== 'never' && safeAt <= observation.observedAt,
    until: safeAt === 'never' ? '' : ` until ${safeAt.toISOString()}`,
  };
}

/** Files of that kind that CloudFront does not trust, where there is a group to be in. */
function untrustedFiles(observation: Observation, kind: CommittedKey['kind']): CommittedKey[] {
  if (observation.keyGroup === null) return [];
  return observation.committed.filter((file) => {
    const key = cloudFrontKeyOf(observation, file);
    return file.kind === kind && (key === undefined || !isTrusted(observation, key.id));
  });
}

/** Older ones have signed, and nobody needs their private key again. */
function trustedAfterCurrent(observation: Observation): CommittedKey[] {
  const current = versionAt(observation, 'AWSCURRENT');
  const stored = new Set((observation.secret?.versions ?? []).map((version) => generationOf(version)));
  return observation.committed.filter((file) => {
    const key = cloudFrontKeyOf(observation, file);
    return (
      file.kind === 'pem' &&
      key !== undefined &&
      isTrusted(observation, key.id) &&
      current !== undefined &&
      key.createdAt > current.createdAt &&
      !stored.has(file.generation)
    );
  });
}

function currentVersions(secret: Observation['secret']): SecretVersion[] {
  return (secret?.versions ?? []).filter(({ stages }) => stages.includes('AWSCURRENT'));
}

/** What signers read, and its file; null where it cannot be read, or where there is no group to hold it against. */
function readCurrent(observation: Observation) {
  const holds = versionAt(observation, 'AWSCURRENT')?.holds;
  if (holds === undefined || holds.kind === 'unreadable' || observation.keyGroup === null) return null;
  const { generation, keyPairId } = holds;
  return {
    holds,
    generation,
    keyPairId,
    file: generation === null ? undefined : fileOf(observation, generation),
  };
}

function readPending(observation: Observation) {
  const holds = versionAt(observation, 'AWSPENDING')?.holds;
  if (holds === undefined || holds.kind === 'unreadable') return null;
  const { generation } = holds;
  const isCurrent = generation !== null && generation === generationOf(versionAt(observation, 'AWSCURRENT'));
  return { holds, generation, isCurrent, file: fileOf(observation, generation) };
}

function mismatchOfCurrent(observation: Observation): Found[] {
  const { environment } = observation;
  const current = readCurrent(observation);
  if (current?.file === undefined) return [];
  const { generation, holds, file } = current;
  return when(holds.kind === 'key' && file.fingerprint !== null && holds.fingerprint !== file.fingerprint, {
    generation,
    found: `the private key in the secret is not that of envs/keys/${environment}/${generation}.pem: nothing it signs is accepted`,
    remedy: `npm run keys -- inject ${environment} < the private key of ${generation}; or npm run keys -- rollback ${environment}`,
  });
}

function mismatchOfPending(observation: Observation): Found[] {
  const { environment } = observation;
  const pending = readPending(observation);
  if (pending === null || pending.isCurrent || pending.file === undefined) return [];
  const { generation, holds, file } = pending;
  return when(holds.kind === 'key' && file.fingerprint !== null && holds.fingerprint !== file.fingerprint, {
    generation,
    found: `the private key in AWSPENDING is not that of envs/keys/${environment}/${generation}.pem`,
    remedy: `npm run keys -- inject ${environment} < the private key of ${generation}; or npm run keys -- revoke ${environment} ${generation}`,
  });
}

/** The generation that the secret signs with, where the file "active" names another one. */
function otherThanActive(observation: Observation): string | null {
  const current = generationOf(versionAt(observation, 'AWSCURRENT'));
  return current === observation.active ? null : current;
}

function wasPrevious(observation: Observation, generation: string): boolean {
  return generationOf(versionAt(observation, 'AWSPREVIOUS')) === generation;
}
