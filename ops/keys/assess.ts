/** From what is to what it means: the state of each generation, what is wrong, and the one step that is safe next. Pure. */
import { type Finding, findInconsistencies } from './find-inconsistencies.ts';
import type { Inconsistency } from './inconsistencies.ts';
import {
  type CommittedKey,
  cloudFrontKeyOf,
  generationOf,
  isTrusted,
  type Observation,
  versionAt,
} from './observation.ts';
import { type Guards, NO_GUARDS, permitted, type Refusal, refusalIn, untilNextIsDue } from './recommend.ts';
import { dropSafeAt } from './safe-times.ts';
import { later, type Timing } from './timing.ts';

type GenerationState = 'created' | 'trusted' | 'active' | 'retiring' | 'retired';

export interface GenerationRow {
  readonly generation: string;
  readonly state: GenerationState;
  /** Hex SHA-256 of the public key; null while only KMS knows it. */
  readonly fingerprint: string | null;
  readonly keyPairId: string | null;
  /** When CloudFront got the public key, or the secret the private key; null where neither has it. */
  readonly createdAt: Date | null;
  /** Where the public and the private key are: the file, CloudFront's group, the stages of the secret, KMS. */
  readonly where: {
    readonly file: 'pem' | 'kms' | null;
    readonly group: boolean;
    readonly secret: readonly string[];
    readonly kms: boolean;
  };
  /** What comes next for this generation; null when nothing does. */
  readonly next: string | null;
  /** Before this it is not safe; null when it is safe at once, or when that depends on something else. */
  readonly notBefore: Date | null;
}

/** The one thing to do next. `notBefore` is null when it may be done at once. */
export type NextStep =
  | { readonly step: 'none' }
  | { readonly step: 'create'; readonly generation: string }
  | { readonly step: 'inject'; readonly generation: string }
  | { readonly step: 'apply'; readonly adds: readonly string[]; readonly drops: readonly string[] }
  | { readonly step: 'deployment' }
  | { readonly step: 'promote'; readonly generation: string; readonly notBefore: Date | null }
  /** What a promotion that was stopped left: AWSPENDING to take away, `active` to write. */
  | { readonly step: 'finish'; readonly generation: string }
  | { readonly step: 'retire'; readonly generation: string; readonly notBefore: Date | null }
  | { readonly step: 'person'; readonly reasons: readonly Inconsistency[] };

export interface Assessment {
  /** By name, which is by age. */
  readonly generations: readonly GenerationRow[];
  readonly inconsistencies: readonly Inconsistency[];
  readonly next: NextStep;
  /** Whether a rotation has begun and is not done; a new one begins only when not. */
  readonly isUnderWay: boolean;
  /** Why a command would be refused now. */
  readonly refusal: Refusal;
}

/** What the account does not tell. */
export interface Surroundings {
  /** What the environment refuses. @default - nothing */
  readonly guards?: Guards;
  /** Names of the files of keys that are committed; null where git cannot tell. @default null */
  readonly filesInGit?: ReadonlySet<string> | null;
}

/** What an observation means, at its own instant. */
export function assess(
  observation: Observation,
  timing: Timing,
  { guards = NO_GUARDS, filesInGit = null }: Surroundings = {},
): Assessment {
  const found = findInconsistencies(observation, timing, filesInGit);
  const step = nextStep(observation, found, timing);
  const refusal = refusalIn(observation, step, guards);
  const refusalNow: Refusal = (command) => refusal(command) ?? untilNextIsDue(command, step);
  const inconsistencies = found.map((one) => ({ ...one, remedy: permitted(one.remedy, refusalNow) }));
  const next: NextStep =
    step.step === 'person'
      ? { step: 'person', reasons: inconsistencies.filter(({ weight }) => weight === 'stop') }
      : step;
  return {
    generations: rows(observation, next, timing),
    inconsistencies,
    next,
    isUnderWay: next.step !== 'none',
    refusal,
  };
}

/**
 * What an apply would do: generations that a file asks for and the group lacks, and keys that no file asks for, in the
 * group or, after an apply that failed halfway, out of it already and not deleted.
 */
export function pendingApply(observation: Observation): { adds: string[]; drops: string[] } {
  const { committed, publicKeys, keyGroup } = observation;
  const wanted = committed.map((key) => cloudFrontKeyOf(observation, key)?.id);
  const unknown = (keyGroup?.keyPairIds ?? []).filter((id) => !publicKeys.some((key) => key.id === id));
  return {
    adds: committed
      .filter((key) => {
        const id = cloudFrontKeyOf(observation, key)?.id;
        return id === undefined || !isTrusted(observation, id);
      })
      .map(({ generation }) => generation),
    drops: [
      ...publicKeys.filter(({ id }) => !wanted.includes(id)).map(({ generation }) => generation),
      ...unknown,
    ],
  };
}

/**
 * The generation that is to become active: of AWSPENDING, else a pair in KMS that CloudFront got since the promotion.
 */
export function candidateOf(observation: Observation): CommittedKey | undefined {
  const { committed } = observation;
  const pending = generationOf(versionAt(observation, 'AWSPENDING'));
  const current = versionAt(observation, 'AWSCURRENT');
  const currentGeneration = generationOf(current);
  if (pending !== null && pending !== currentGeneration) {
    return committed.find(({ generation }) => generation === pending);
  }
  const previous = generationOf(versionAt(observation, 'AWSPREVIOUS'));
  return committed.find((key) => {
    if (key.kind !== 'kms' || key.generation === currentGeneration || key.generation === previous)
      return false;
    const inCloudFront = cloudFrontKeyOf(observation, key);
    return inCloudFront === undefined || current === undefined || inCloudFront.createdAt > current.createdAt;
  });
}

function nextStep(
  observation: Observation,
  findings: readonly Finding[],
  timing: Timing,
): Exclude<NextStep, { step: 'person' }> | { readonly step: 'person' } {
  const { active, committed, keyGroup, distribution, secret } = observation;
  if (findings.some(({ weight }) => weight === 'stop')) return { step: 'person' };
  const { adds, drops } = pendingApply(observation);
  if (keyGroup === null || distribution === null || secret === null) return { step: 'apply', adds, drops };

  const current = generationOf(versionAt(observation, 'AWSCURRENT'));
  const pending = generationOf(versionAt(observation, 'AWSPENDING'));
  if (current === null) {
    return adds.includes(active)
      ? { step: 'apply', adds, drops }
      : { step: 'inject', generation: pending ?? active };
  }
  if (adds.includes(current)) return { step: 'apply', adds, drops };
  if (pending === current || (active !== current && active !== pending)) {
    return { step: 'finish', generation: current };
  }
  if (pending !== null && !committed.some(({ generation }) => generation === pending)) {
    return { step: 'create', generation: pending };
  }
  if (adds.length > 0 || drops.length > 0) return { step: 'apply', adds, drops };
  const candidate = candidateOf(observation);
  if (candidate !== undefined) {
    if (!distribution.isDeployed) return { step: 'deployment' };
    const settledAt = later(keyGroup.modifiedAt, timing.settleSeconds);
    return { step: 'promote', generation: candidate.generation, notBefore: ahead(settledAt, observation) };
  }
  const [oldest] = committed
    .filter(({ generation }) => stateOf(observation, generation) === 'retiring')
    .map(({ generation }) => ({ generation, at: dropSafeAt(observation, generation, timing) }))
    .filter(({ at }) => at !== 'never')
    .sort((one, other) => Number(one.at) - Number(other.at) || (one.generation < other.generation ? -1 : 1));
  if (oldest !== undefined && oldest.at !== 'never') {
    return { step: 'retire', generation: oldest.generation, notBefore: ahead(oldest.at, observation) };
  }
  return distribution.isDeployed ? { step: 'none' } : { step: 'deployment' };
}

function rows(observation: Observation, next: NextStep, timing: Timing): GenerationRow[] {
  const { committed, publicKeys, secret } = observation;
  const held = (secret?.versions ?? []).flatMap((version) => generationOf(version) ?? []);
  const names = [...committed, ...publicKeys].map(({ generation }) => generation);
  return [...new Set([...names, ...held])].sort().map((generation) => {
    const file = committed.find((key) => key.generation === generation);
    const inCloudFront = file
      ? cloudFrontKeyOf(observation, file)
      : publicKeys.find((key) => key.generation === generation);
    const versions = (secret?.versions ?? []).filter((version) => generationOf(version) === generation);
    const [version] = versions;
    const state = stateOf(observation, generation);
    return {
      generation,
      state,
      fingerprint:
        file?.fingerprint ??
        inCloudFront?.fingerprint ??
        (version?.holds.kind === 'key' ? version.holds.fingerprint : null),
      keyPairId: inCloudFront?.id ?? null,
      createdAt: inCloudFront?.createdAt ?? version?.createdAt ?? null,
      where: {
        file: file?.kind ?? null,
        group: inCloudFront !== undefined && isTrusted(observation, inCloudFront.id),
        secret: versions.flatMap(({ stages }) => stages).sort(),
        kms: file?.kind === 'kms' || versions.some(({ holds }) => holds.kind === 'kms'),
      },
      ...nextOf(observation, generation, state, next, timing),
    };
  });
}

function nextOf(
  observation: Observation,
  generation: string,
  state: GenerationState,
  next: NextStep,
  timing: Timing,
): Pick<GenerationRow, 'next' | 'notBefore'> {
  if (next.step === 'person') return { next: 'see below', notBefore: null };
  if (next.step === 'apply' && [...next.adds, ...next.drops].includes(generation)) {
    return { next: 'apply', notBefore: null };
  }
  if ('generation' in next && next.generation === generation) {
    return { next: next.step, notBefore: 'notBefore' in next ? next.notBefore : null };
  }
  if (state === 'retiring') {
    const at = dropSafeAt(observation, generation, timing);
    return { next: 'retire', notBefore: at === 'never' ? null : ahead(at, observation) };
  }
  if (state === 'created' || state === 'trusted') return { next: 'promote', notBefore: null };
  return { next: null, notBefore: null };
}

/** In the life of a key: created → trusted → active → retiring → retired. */
function stateOf(observation: Observation, generation: string): GenerationState {
  const { committed, publicKeys } = observation;
  const current = generationOf(versionAt(observation, 'AWSCURRENT'));
  if (generation === current) return 'active';
  const file = committed.find((key) => key.generation === generation);
  const isPending = generationOf(versionAt(observation, 'AWSPENDING')) === generation;
  if (file === undefined && !isPending) return 'retired';
  const inCloudFront = file
    ? cloudFrontKeyOf(observation, file)
    : publicKeys.find((key) => key.generation === generation);
  if (inCloudFront === undefined || !isTrusted(observation, inCloudFront.id)) return 'created';
  const version = versionAt(observation, 'AWSCURRENT');
  const isNew = version === undefined || inCloudFront.createdAt > version.createdAt;
  const wasPrevious = generationOf(versionAt(observation, 'AWSPREVIOUS')) === generation;
  return isPending || (isNew && !wasPrevious) ? 'trusted' : 'retiring';
}

/** Null for an instant that has come. */
function ahead(at: Date, { observedAt }: Observation): Date | null {
  return at > observedAt ? at : null;
}
