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
import { type Clause, command } from './recommend.ts';
import { dropSafeAt } from './safe-times.ts';
import type { Timing } from './timing.ts';

/** What a row finds; its weight is the row's unless it says another. */
type Found = Omit<Inconsistency, 'kind' | 'weight' | 'remedy'> &
  Partial<Pick<Inconsistency, 'weight'>> & { readonly remedy: readonly Clause[] };

/** An inconsistency before the environment's guards have spoken. */
export type Finding = Found & Pick<Inconsistency, 'kind' | 'weight'>;

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
        remedy: [
          command('apply', environment, { after: ', if this environment was never applied' }),
          { text: 'otherwise these credentials belong to another account (aws sts get-caller-identity)' },
        ],
      });
    },
  },
  deploying: {
    weight: 'passing',
    means: 'CloudFront is still deploying the last change, so edges differ in which keys they trust',
    find: ({ distribution }) =>
      when(distribution?.isDeployed === false, {
        generation: null,
        found: `distribution ${distribution?.id} is being deployed, so edges differ in which keys they trust`,
        remedy: [{ text: 'wait until CloudFront reports it as Deployed' }],
      }),
  },
  'behaviour-elsewhere': {
    weight: 'stop',
    means: 'a path of the distribution does not trust this key group alone, so a rotation would not reach it',
    find: ({ environment, distribution }) =>
      when((distribution?.elsewhere ?? []).length > 0, {
        generation: null,
        found: `${distribution?.elsewhere.map((pattern) => `"${pattern}"`).join(', ')} of distribution ${distribution?.id} does not trust this key group alone`,
        remedy: [
          { text: `npm run plan -- ${environment} shows what was changed` },
          command('apply', environment, {
            after: ' restores it; until then a rotation does not reach all paths',
          }),
        ],
      }),
  },
  'unknown-key-in-group': {
    weight: 'stop',
    means: 'the key group holds a key that is not in the repository: somebody added it by hand',
    find: ({ environment, publicKeys, keyGroup }) =>
      (keyGroup?.keyPairIds ?? [])
        .filter((id) => publicKeys.every((key) => key.id !== id))
        .map((id) => ({
          generation: null,
          found: `the key group trusts ${id}, which is not a key of this environment`,
          remedy: [
            { text: 'find out who added it' },
            command('apply', environment, { after: ' removes it' }),
          ],
        })),
  },
  'public-key-differs': {
    weight: 'stop',
    or: { weight: 'passing', when: 'everything signed with the other key has expired' },
    means: 'the file of a generation was replaced, so CloudFront trusts another key under that name',
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
            found: `CloudFront trusts a key named ${key.generation} that is not the key in ${path}`,
            remedy: isSafe
              ? [command('apply', observation.environment, { after: ' replaces it' })]
              : [
                  { text: `restore the first version of ${path} (git log shows it)` },
                  { text: 'a new key needs a new generation' },
                ],
            weight: isSafe ? 'passing' : 'stop',
          },
        ];
      }),
  },
  'in-group-not-in-git': {
    weight: 'stop',
    or: { weight: 'passing', when: 'everything signed with it has expired; the next apply removes it' },
    means:
      'the file of a key is missing, and viewers may hold unexpired cookies or URLs signed with it, which an apply would invalidate',
    find: (observation, timing) =>
      inGroup(observation)
        .filter(({ generation }) => fileOf(observation, generation) === undefined)
        .map(({ generation }) => {
          const { environment } = observation;
          const path = pathOf(observation, generation);
          const { isSafe, until } = safetyOf(observation, generation, timing);
          return {
            generation,
            found: `CloudFront still trusts ${generation}, but ${path} is missing`,
            remedy: isSafe
              ? [command('apply', environment, { after: ' removes it from the key group' })]
              : [
                  {
                    text: `git pull, or git restore ${path}, because viewers may hold its signatures${until}`,
                  },
                  command('revoke', environment, {
                    before: 'if it must be removed at once: ',
                    after: ` ${generation}`,
                  }),
                ],
            weight: isSafe ? 'passing' : 'stop',
          };
        }),
  },
  'key-left-over': {
    weight: 'passing',
    means: 'a key was removed from the key group and not deleted, because an apply failed in between',
    find: (observation) =>
      observation.publicKeys
        .filter(({ id }) => !isTrusted(observation, id))
        .filter(({ id }) =>
          observation.committed.every((file) => cloudFrontKeyOf(observation, file)?.id !== id),
        )
        .map(({ id, generation }) => ({
          generation,
          found: `CloudFront has the public key ${id} of ${generation}, but no key group and no file has it`,
          remedy: [
            command('apply', observation.environment, { after: ' deletes it' }),
            { text: `if Terraform does not manage it: aws cloudfront delete-public-key --id ${id}` },
          ],
        })),
  },
  'example-key': {
    weight: 'wrong',
    means: 'the key is the example from the repository, whose private key nobody has',
    find: ({ environment, committed }) =>
      committed
        .filter(({ isExample }) => isExample)
        .map(({ generation }) => ({
          generation,
          found: `${generation} is the example from the repository, and nobody has its private key`,
          remedy: [
            { text: `put your own public key into envs/keys/${environment} first (docs/inject-the-key.md)` },
          ],
        })),
  },
  'kms-generation-without-key': {
    weight: 'passing',
    means: 'the next apply makes a key in KMS',
    find: (observation) =>
      untrustedFiles(observation, 'kms').map(({ generation }) => ({
        generation,
        found: `the key pair of ${generation} is not made in KMS yet`,
        remedy: [command('apply', observation.environment)],
      })),
  },
  'in-git-not-in-group': {
    weight: 'passing',
    means: 'the next apply makes CloudFront trust a new key',
    find: (observation, _timing, filesInGit) =>
      untrustedFiles(observation, 'pem').map(({ generation }) => ({
        generation,
        found: `${whereIs(observation, generation, filesInGit)}, and CloudFront does not trust it yet`,
        remedy: [command('apply', observation.environment)],
      })),
  },
  'no-private-key': {
    weight: 'wrong',
    means: 'CloudFront trusts a new key, but its private key is not in the secret',
    find: (observation) =>
      trustedAfterCurrent(observation).map(({ generation }) => ({
        generation,
        found: `CloudFront trusts ${generation}, but no version of the secret has its private key`,
        remedy: [
          command('inject', observation.environment, { after: ' < its private key' }),
          command('revoke', observation.environment, {
            before: 'if nobody has it: ',
            after: ` ${generation}`,
          }),
        ],
      })),
  },
  'no-current': {
    weight: 'wrong',
    means: 'the secret has no current value, so nobody can sign',
    find: ({ environment, secret, active }) =>
      when(secret !== null && currentVersions(secret).length === 0, {
        generation: active,
        found: 'the secret has no current version, so nobody can sign',
        remedy: [command('inject', environment, { after: ` < the private key of ${active}` })],
      }),
  },
  'two-current': {
    weight: 'stop',
    means: 'two versions of the secret are AWSCURRENT, so signers differ in which key they get',
    find: ({ secret }) => {
      const current = currentVersions(secret);
      return when(current.length > 1, {
        generation: null,
        found: `AWSCURRENT is on ${current.length} versions (${current.map(({ versionId }) => versionId).join(', ')}), so signers differ in which key they get`,
        remedy: [
          {
            text: `aws secretsmanager update-secret-version-stage --secret-id ${secret?.arn} --version-stage AWSCURRENT --remove-from-version-id <the wrong one>`,
          },
        ],
      });
    },
  },
  unreadable: {
    weight: 'stop',
    means: 'these credentials may not read the secret, or the secret does not hold a key',
    find: (observation) =>
      (['AWSCURRENT', 'AWSPENDING'] as const).flatMap((stage) => {
        const holds = versionAt(observation, stage)?.holds;
        if (holds?.kind !== 'unreadable') return [];
        const denied = holds.why === 'denied';
        return [
          {
            generation: null,
            found: denied
              ? `these credentials may not read ${stage} of the secret`
              : `${stage} of the secret is neither { keyPairId, privateKey, generation } nor a private key`,
            remedy: denied
              ? [{ text: 'use a role from secretOperators that has secretsmanager:GetSecretValue' }]
              : [
                  command('inject', observation.environment, {
                    after: ` < the private key of ${observation.active}`,
                  }),
                ],
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
        found: `the secret holds ${current?.generation ?? 'a key without a generation'}, which has no file in envs/keys/${observation.environment}`,
        remedy: [
          { text: 'git pull: the file is in the repository of the person who promoted the key' },
          { text: 'an apply without that file would deny every viewer' },
        ],
      });
    },
  },
  'private-key-mismatch': {
    weight: 'stop',
    means:
      'the private key in the secret does not belong to the public key in its file, so CloudFront denies what it signs',
    find: (observation) => [...mismatchOfCurrent(observation), ...mismatchOfPending(observation)],
  },
  'secret-id-not-in-group': {
    weight: 'wrong',
    or: { weight: 'stop', when: 'an apply of the committed files does not restore the key' },
    means: 'signers send the id of a key that CloudFront does not trust, so it denies every new signature',
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
          found: `signers send the key id ${current.keyPairId}, which is not in the key group, so CloudFront denies every new signature`,
          remedy: applyHelps
            ? [command('apply', environment)]
            : [
                command('rollback', environment),
                command('inject', environment, {
                  before: 'or ',
                  after: ` < the private key of ${current.generation}`,
                }),
              ],
          weight: applyHelps ? 'wrong' : 'stop',
        },
      ];
    },
  },
  'secret-id-of-another-key': {
    weight: 'stop',
    means: 'signers send the id of one key with signatures of another, so CloudFront denies what they sign',
    find: (observation) => {
      const current = readCurrent(observation);
      if (current?.file === undefined || current.keyPairId === null) return [];
      const { generation, keyPairId } = current;
      const key = cloudFrontKeyOf(observation, current.file);
      return when(isTrusted(observation, keyPairId) && key !== undefined && key.id !== keyPairId, {
        generation,
        found: `signers send the key id ${keyPairId} with signatures of ${generation}, whose id is ${key?.id}, so CloudFront denies what they sign`,
        remedy: [
          command('inject', observation.environment, { after: ` < the private key of ${generation}` }),
        ],
      });
    },
  },
  'pending-left-over': {
    weight: 'passing',
    means: 'a promotion was stopped before it removed AWSPENDING',
    find: (observation) => {
      const pending = readPending(observation);
      return when(pending?.isCurrent === true, {
        generation: pending?.generation ?? null,
        found: `AWSPENDING still holds ${pending?.generation}, which is current already, because a promotion was stopped`,
        remedy: [command('promote', observation.environment, { after: ' finishes it' })],
      });
    },
  },
  'pending-without-file': {
    weight: 'passing',
    or: { weight: 'stop', when: 'the key has no generation' },
    means: '`create` was stopped before it wrote the file, or the file is not in your checkout',
    find: (observation) => {
      const pending = readPending(observation);
      if (pending === null || pending.isCurrent || pending.file !== undefined) return [];
      const { generation } = pending;
      return [
        {
          generation,
          found: `AWSPENDING holds ${generation ?? 'a key without a generation'}, which has no file, because create was stopped or the file is not in your checkout`,
          remedy:
            generation === null
              ? [
                  { text: 'remove AWSPENDING from that version' },
                  command('status', observation.environment, { before: 'then ' }),
                ]
              : [
                  { text: 'git pull' },
                  command('create', observation.environment, {
                    before: 'if the file is not in the repository either: ',
                    after: ' writes it',
                  }),
                ],
          weight: generation === null ? 'stop' : 'passing',
        },
      ];
    },
  },
  'active-behind': {
    weight: 'passing',
    means:
      'the secret already holds the next key, but `envs/keys/<environment>/active` names the previous one',
    find: (observation) => {
      const { active, environment } = observation;
      const current = otherThanActive(observation);
      return when(current !== null && wasPrevious(observation, active), {
        generation: active,
        found: `"active" names ${active}, but the secret already holds ${current}`,
        remedy: [
          { text: 'git pull' },
          command('promote', environment, { before: 'if a promotion was stopped: ', after: ' writes it' }),
        ],
      });
    },
  },
  'active-ahead': {
    weight: 'wrong',
    means: 'somebody edited `envs/keys/<environment>/active`, which alone does not change what signers use',
    find: (observation) => {
      const { active, environment } = observation;
      const current = otherThanActive(observation);
      return when(current !== null && !wasPrevious(observation, active), {
        generation: active,
        found: `"active" names ${active}, but the secret holds ${current}`,
        remedy: [command('promote', environment, { after: '; only that makes signers use it' })],
      });
    },
  },
};

/** Everything that is wrong, in the order in which it is to be looked at. */
export function findInconsistencies(
  observation: Observation,
  timing: Timing,
  filesInGit: FilesInGit,
): Finding[] {
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
    found: `the private key in the secret does not belong to envs/keys/${environment}/${generation}.pem, so CloudFront denies what it signs`,
    remedy: [
      command('inject', environment, { after: ` < the private key of ${generation}` }),
      command('rollback', environment, { before: 'or ' }),
    ],
  });
}

function mismatchOfPending(observation: Observation): Found[] {
  const { environment } = observation;
  const pending = readPending(observation);
  if (pending === null || pending.isCurrent || pending.file === undefined) return [];
  const { generation, holds, file } = pending;
  return when(holds.kind === 'key' && file.fingerprint !== null && holds.fingerprint !== file.fingerprint, {
    generation,
    found: `the private key in AWSPENDING does not belong to envs/keys/${environment}/${generation}.pem`,
    remedy: [
      command('inject', environment, { after: ` < the private key of ${generation}` }),
      command('revoke', environment, { before: 'or ', after: ` ${generation}` }),
    ],
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
