/** Whether a scheduled rotation has anything to do, by what may be read without the signing key. Pure. */

export interface Seen {
  readonly now: Date;
  /** Generations that have a file, on the commit that is looked at. */
  readonly committed: readonly string[];
  /** Those of them whose pair KMS keeps. */
  readonly inKms: readonly string[];
  /** The secret's versions, without their values. */
  readonly versions: readonly SeenVersion[];
  /** Address of the pull request that the last run opened; null when none is open. */
  readonly pullRequest: string | null;
}

export interface SeenVersion {
  readonly stages: readonly string[];
  readonly createdAt: Date;
}

export interface Schedule {
  /** A new rotation begins when the active key has been so for this many days. */
  readonly minAgeDays: number;
  /** From a promotion until nothing signed with the key before is good any more. */
  readonly retirementSeconds: number;
}

export interface Answer {
  readonly isDue: boolean;
  /** Half a sentence, for people. */
  readonly why: string;
}

const DAY_MS = 86_400_000;

/**
 * What it says of a rotation is `rotate`'s own to do or to refuse: this only spares the question on all the days on
 * which nothing but time would help, or a person has to merge first.
 */
export function due(seen: Seen, { minAgeDays, retirementSeconds }: Schedule): Answer {
  const { now, committed, inKms, versions, pullRequest } = seen;
  const at = (stage: string) => versions.find(({ stages }) => stages.includes(stage));
  const current = at('AWSCURRENT');
  if (inKms.length > 0) return not(`${inKms.join(', ')} is in KMS: people rotate to and from such keys`);
  if (pullRequest !== null) return not(`${pullRequest} waits to be merged`);
  if (current === undefined) return not('nothing signs yet: keys inject, or docs/first-deploy.md');
  if (at('AWSPENDING') !== undefined) return { isDue: true, why: 'a new key waits in AWSPENDING' };
  const since = now.getTime() - current.createdAt.getTime();
  if (committed.length > 1) {
    const left = retirementSeconds * 1000 - since;
    return left > 0
      ? not(`signatures of the key before are good until ${instant(now.getTime() + left)}`)
      : { isDue: true, why: 'the key before has signed nothing that is still good' };
  }
  const days = Math.floor(since / DAY_MS);
  const age = `the active key is ${days} days old, of ${minAgeDays}`;
  return since < minAgeDays * DAY_MS ? not(age) : { isDue: true, why: age };
}

/** The one that the last run opened: a fork's branch may bear the same name, and holds nothing up. */
export function proposal(
  pulls: readonly { readonly url: string; readonly isCrossRepository: boolean }[],
): string | null {
  return pulls.find(({ isCrossRepository }) => !isCrossRepository)?.url ?? null;
}

function not(why: string): Answer {
  return { isDue: false, why };
}

function instant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
