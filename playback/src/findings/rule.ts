/** What a rule is: a pure function of what one user did. */

import type { AccessEntry, Device } from '../store/store.ts';

export interface History {
  readonly userId: string;
  /** When the last access was, and what rules look back from. */
  readonly at: Date;
  /** The newest first; up to 1,000. */
  readonly accesses: readonly AccessEntry[];
  /** The registered ones. */
  readonly devices: readonly Device[];
}

export interface Observation {
  /** @default - it is about more than one lesson */
  readonly lessonId?: string | undefined;
  /** JSON of up to 4,096 bytes, for the person who looks at it. No secret, and no more about a person than it takes. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Rule {
  /** A name for the kind of finding: 1 to 256 bytes. */
  readonly activityType: string;
  /** How much of the user's history it needs. */
  readonly lookBackSeconds: number;
  /** @returns what is suspicious at `history.at`; undefined where nothing is */
  find(history: History): Observation | undefined;
}

/** The accesses of the last `seconds`, this moment included. */
export function accessesWithin({ accesses, at }: History, seconds: number): readonly AccessEntry[] {
  const from = at.getTime() - 1000 * seconds;
  return accesses.filter(({ accessedAt }) => accessedAt.getTime() > from && accessedAt <= at);
}
