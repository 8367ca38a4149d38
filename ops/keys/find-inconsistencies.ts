/** Holds the files, CloudFront and the secret against each other. Pure. */
import type { Inconsistency } from './inconsistencies.ts';
import {
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

type Finder = (observation: Observation, timing: Timing) => readonly Inconsistency[];

const FINDERS: readonly Finder[] = [
  notApplied,
  cloudFront,
  keyGroup,
  leftOver,
  committed,
  stages,
  values,
  activeFile,
];

/** Everything that is wrong, in the order in which it is to be looked at. */
export function findInconsistencies(observation: Observation, timing: Timing): Inconsistency[] {
  return FINDERS.flatMap((find) => find(observation, timing));
}

function notApplied({ environment, secret, keyGroup, distribution }: Observation): Inconsistency[] {
  const missing = [
    ...(keyGroup === null ? ['key group'] : []),
    ...(distribution === null ? ['distribution'] : []),
    ...(secret === null ? ['secret'] : []),
  ];
  if (missing.length === 0) return [];
  return [
    {
      kind: 'not-applied',
      generation: null,
      found: `the account has no ${missing.join(' and no ')} of this environment`,
      remedy: `npm run apply -- ${environment}, if it was never applied; else these credentials are of another account: aws sts get-caller-identity`,
      weight: 'wrong',
    },
  ];
}

function cloudFront({ distribution }: Observation): Inconsistency[] {
  if (distribution === null) return [];
  const { id, isDeployed, elsewhere } = distribution;
  return [
    ...(isDeployed
      ? []
      : [
          {
            kind: 'deploying' as const,
            generation: null,
            found: `distribution ${id} is being deployed: edges differ in what they trust`,
            remedy: 'wait until CloudFront says Deployed',
            weight: 'passing' as const,
          },
        ]),
    ...(elsewhere.length === 0
      ? []
      : [
          {
            kind: 'behaviour-elsewhere' as const,
            generation: null,
            found: `${elsewhere.map((pattern) => `"${pattern}"`).join(', ')} of distribution ${id} trusts something else than this key group`,
            remedy:
              'npm run plan shows who changed it; apply puts it back, and only then a rotation reaches all paths',
            weight: 'stop' as const,
          },
        ]),
  ];
}

/** What CloudFront has and the files do not. */
function keyGroup(observation: Observation, timing: Timing): Inconsistency[] {
  const { environment, publicKeys, observedAt } = observation;
  return (observation.keyGroup?.keyPairIds ?? []).flatMap((id): Inconsistency[] => {
    const key = publicKeys.find((one) => one.id === id);
    if (key === undefined) {
      return [
        {
          kind: 'unknown-key-in-group',
          generation: null,
          found: `the key group trusts ${id}, which is no key of this environment`,
          remedy: `find out who added it; npm run apply -- ${environment} takes it out`,
          weight: 'stop',
        },
      ];
    }
    const file = observation.committed.find(({ generation }) => generation === key.generation);
    const safeAt = dropSafeAt(observation, key.generation, timing);
    const isSafe = safeAt !== 'never' && safeAt <= observedAt;
    const path = `envs/keys/${environment}/${key.generation}.pem`;
    if (file !== undefined && file.fingerprint !== null && file.fingerprint !== key.fingerprint) {
      return [
        {
          kind: 'public-key-differs',
          generation: key.generation,
          found: `CloudFront trusts another key under the name of ${key.generation} than ${path} holds`,
          remedy: isSafe
            ? `npm run apply -- ${environment} replaces it`
            : `git log ${path}: put the first one back; a new key is a new generation`,
          weight: isSafe ? 'passing' : 'stop',
        },
      ];
    }
    if (file !== undefined) return [];
    return [
      {
        kind: 'in-group-not-in-git',
        generation: key.generation,
        found: `CloudFront still trusts ${key.generation}, and ${path} is gone`,
        remedy: isSafe
          ? `npm run apply -- ${environment} takes it out of the group`
          : `viewers may hold its signatures${safeAt === 'never' ? '' : ` until ${safeAt.toISOString()}`}: git pull, or git restore ${path}; ` +
            `if it is to go whatever it costs, npm run keys -- revoke ${environment} ${key.generation}`,
        weight: isSafe ? 'passing' : 'stop',
      },
    ];
  });
}

/** Keys that have left the group and were not deleted: an apply failed between the two. */
function leftOver(observation: Observation): Inconsistency[] {
  const { environment, publicKeys, committed } = observation;
  return publicKeys
    .filter(({ id }) => !isTrusted(observation, id))
    .filter(({ id }) => committed.every((file) => cloudFrontKeyOf(observation, file)?.id !== id))
    .map(({ id, generation }) => ({
      kind: 'key-left-over',
      generation,
      found: `the public key ${id} of ${generation} is in CloudFront, in no group and in no file`,
      remedy: `npm run apply -- ${environment} deletes it; if Terraform does not know it, aws cloudfront delete-public-key --id ${id}`,
      weight: 'passing',
    }));
}

/** What the files have and CloudFront does not. */
function committed(observation: Observation): Inconsistency[] {
  const { environment } = observation;
  const current = versionAt(observation, 'AWSCURRENT');
  const stored = new Set((observation.secret?.versions ?? []).map((version) => generationOf(version)));
  return observation.committed.flatMap((file): Inconsistency[] => {
    const { generation } = file;
    const key = cloudFrontKeyOf(observation, file);
    const trusted = key !== undefined && isTrusted(observation, key.id);
    return [
      ...(file.isExample ? [exampleKey(environment, generation)] : []),
      ...(trusted || observation.keyGroup === null ? [] : [notTrusted(environment, file)]),
      // Older ones have minted, and nobody needs their private half again.
      ...(file.kind === 'pem' &&
      trusted &&
      current !== undefined &&
      key.createdAt > current.createdAt &&
      !stored.has(generation)
        ? [noPrivateHalf(environment, generation)]
        : []),
    ];
  });
}

function exampleKey(environment: string, generation: string): Inconsistency {
  return {
    kind: 'example-key',
    generation,
    found: `${generation} is the example that came with the repository: nobody holds its private half`,
    remedy: `docs/inject-the-key.md; apply refuses it against AWS, envs/keys/${environment} needs one of your own`,
    weight: 'wrong',
  };
}

function notTrusted(environment: string, { generation, kind }: CommittedKey): Inconsistency {
  const remedy = `npm run apply -- ${environment}`;
  return kind === 'kms'
    ? {
        kind: 'kms-generation-without-key',
        generation,
        found: `${generation} is to be made in KMS, and CloudFront has no key of it yet`,
        remedy,
        weight: 'passing',
      }
    : {
        kind: 'in-git-not-in-group',
        generation,
        found: `${generation} is committed and CloudFront does not trust it yet`,
        remedy,
        weight: 'passing',
      };
}

function noPrivateHalf(environment: string, generation: string): Inconsistency {
  return {
    kind: 'no-private-half',
    generation,
    found: `CloudFront trusts ${generation}, and its private half is in no version of the secret`,
    remedy: `npm run keys -- inject ${environment} < its private key; or, if nobody has it, npm run keys -- revoke ${environment} ${generation}`,
    weight: 'wrong',
  };
}

/** Which versions the stages are on. */
function stages({ environment, secret, active }: Observation): Inconsistency[] {
  if (secret === null) return [];
  const current = secret.versions.filter(({ stages }) => stages.includes('AWSCURRENT'));
  if (current.length === 0) {
    return [
      {
        kind: 'no-current',
        generation: active,
        found: 'the secret has no current version: nobody can sign',
        remedy: `npm run keys -- inject ${environment} < the private key of ${active}`,
        weight: 'wrong',
      },
    ];
  }
  if (current.length === 1) return [];
  return [
    {
      kind: 'two-current',
      generation: null,
      found: `AWSCURRENT is on ${current.length} versions (${current.map(({ versionId }) => versionId).join(', ')}): signers differ in what they get`,
      remedy: `aws secretsmanager update-secret-version-stage --secret-id ${secret.arn} --version-stage AWSCURRENT --remove-from-version-id <the wrong one>`,
      weight: 'stop',
    },
  ];
}

/** What the versions hold. */
function values(observation: Observation): Inconsistency[] {
  const current = versionAt(observation, 'AWSCURRENT');
  const pending = versionAt(observation, 'AWSPENDING');
  return [
    ...(current ? [...unreadable('AWSCURRENT', current), ...currentValue(observation, current)] : []),
    ...(pending ? [...unreadable('AWSPENDING', pending), ...pendingValue(observation, pending)] : []),
  ];
}

function unreadable(stage: string, { holds }: SecretVersion): Inconsistency[] {
  if (holds.kind !== 'unreadable') return [];
  return [
    {
      kind: 'unreadable',
      generation: null,
      found:
        holds.why === 'denied'
          ? `you may not read ${stage} of the secret`
          : `${stage} of the secret is neither { keyPairId, privateKey, generation } nor a private key`,
      remedy:
        holds.why === 'denied'
          ? 'as one of secretOperators, or with secretsmanager:GetSecretValue'
          : 'npm run keys -- inject puts the right value in',
      weight: 'stop',
    },
  ];
}

function currentValue(observation: Observation, { holds }: SecretVersion): Inconsistency[] {
  if (holds.kind === 'unreadable' || observation.keyGroup === null) return [];
  const { environment } = observation;
  const { generation, keyPairId } = holds;
  const file = observation.committed.find((key) => key.generation === generation);
  if (generation === null || file === undefined) {
    return [
      {
        kind: 'current-not-in-git',
        generation,
        found: `the secret signs with ${generation ?? 'a key of no generation'}, which has no file in envs/keys/${environment}`,
        remedy:
          'git pull: whoever promoted it has its file, and the next apply without that file would shut out every viewer',
        weight: 'stop',
      },
    ];
  }
  const key = cloudFrontKeyOf(observation, file);
  const mismatch =
    holds.kind === 'key' && file.fingerprint !== null && holds.fingerprint !== file.fingerprint;
  const found: Inconsistency[] = [];
  if (mismatch) {
    found.push({
      kind: 'private-key-mismatch',
      generation,
      found: `the private key in the secret is not that of envs/keys/${environment}/${generation}.pem: nothing it signs is accepted`,
      remedy: `npm run keys -- inject ${environment} < the private key of ${generation}; or npm run keys -- rollback ${environment}`,
      weight: 'stop',
    });
  }
  if (keyPairId !== null && !isTrusted(observation, keyPairId)) {
    found.push({
      kind: 'secret-id-not-in-group',
      generation,
      found: `signers send ${keyPairId}, which the key group does not hold: every new signature is denied`,
      remedy:
        key === undefined || !isTrusted(observation, key.id)
          ? `npm run apply -- ${environment}`
          : `npm run keys -- rollback ${environment}, or inject the key of ${generation} again`,
      // An apply of the committed files is what brings it back, where there is one to be had.
      weight: key === undefined || !isTrusted(observation, key.id) ? 'wrong' : 'stop',
    });
  } else if (keyPairId !== null && key !== undefined && key.id !== keyPairId) {
    found.push({
      kind: 'secret-id-of-another-key',
      generation,
      found: `signers send ${keyPairId} with the key of ${generation}, which CloudFront knows as ${key.id}: nothing they sign is accepted`,
      remedy: `npm run keys -- inject ${environment} < the private key of ${generation}`,
      weight: 'stop',
    });
  }
  return found;
}

function pendingValue(observation: Observation, { holds }: SecretVersion): Inconsistency[] {
  if (holds.kind === 'unreadable') return [];
  const { environment } = observation;
  const { generation } = holds;
  if (generation !== null && generation === generationOf(versionAt(observation, 'AWSCURRENT'))) {
    return [
      {
        kind: 'pending-left-over',
        generation,
        found: `AWSPENDING still holds ${generation}, which is current already: a promotion was stopped`,
        remedy: `npm run keys -- promote ${environment} ends it`,
        weight: 'passing',
      },
    ];
  }
  const file = observation.committed.find((key) => key.generation === generation);
  if (file === undefined) {
    return [
      {
        kind: 'pending-without-file',
        generation,
        found: `AWSPENDING holds ${generation ?? 'a key of no generation'}, which has no file: a create was stopped, or its file is not in your checkout`,
        remedy:
          generation === null
            ? 'take AWSPENDING off that version; keys create makes a new pair'
            : `git pull; if it is not there either, npm run keys -- create ${environment} writes it`,
        weight: generation === null ? 'stop' : 'passing',
      },
    ];
  }
  if (holds.kind !== 'key' || file.fingerprint === null || file.fingerprint === holds.fingerprint) return [];
  return [
    {
      kind: 'private-key-mismatch',
      generation,
      found: `the private key in AWSPENDING is not that of envs/keys/${environment}/${generation}.pem`,
      remedy: `npm run keys -- inject ${environment} < the private key of ${generation}; or npm run keys -- revoke ${environment} ${generation}`,
      weight: 'stop',
    },
  ];
}

/** The file that says who mints, and the secret that decides it. */
function activeFile(observation: Observation): Inconsistency[] {
  const { active, environment } = observation;
  const current = generationOf(versionAt(observation, 'AWSCURRENT'));
  if (current === null || current === active) return [];
  const wasPrevious = generationOf(versionAt(observation, 'AWSPREVIOUS')) === active;
  return [
    wasPrevious
      ? {
          kind: 'active-behind',
          generation: active,
          found: `"active" names ${active}, and the secret signs with ${current} already`,
          remedy: `git pull; or, if a promotion was stopped, npm run keys -- promote ${environment} writes it`,
          weight: 'passing',
        }
      : {
          kind: 'active-ahead',
          generation: active,
          found: `"active" names ${active}, and the secret signs with ${current}`,
          remedy: `npm run keys -- promote ${environment}: only that moves signers`,
          weight: 'wrong',
        },
  ];
}
