/** Everything that can be wrong between the files, CloudFront and the secret, and what a person does about each. */

export type InconsistencyKind =
  | 'not-applied'
  | 'deploying'
  | 'behaviour-elsewhere'
  | 'in-group-not-in-git'
  | 'in-git-not-in-group'
  | 'unknown-key-in-group'
  | 'public-key-differs'
  | 'key-left-over'
  | 'kms-generation-without-key'
  | 'example-key'
  | 'two-current'
  | 'no-current'
  | 'unreadable'
  | 'current-not-in-git'
  | 'secret-id-not-in-group'
  | 'secret-id-of-another-key'
  | 'private-key-mismatch'
  | 'pending-without-file'
  | 'pending-left-over'
  | 'no-private-key'
  | 'active-behind'
  | 'active-ahead';

export interface Inconsistency {
  readonly kind: InconsistencyKind;
  /** Null for what is about no single one. */
  readonly generation: string | null;
  /** What was found: one sentence without its full stop. */
  readonly found: string;
  /** What to do about it. */
  readonly remedy: string;
  readonly weight: Weight;
}

/**
 * `passing`: part of every rotation, the next step ends it. `wrong`: not so, but no step is unsafe.
 * `stop`: no step is safe until a person has decided.
 */
export type Weight = 'passing' | 'wrong' | 'stop';

/** The word that a line of the status begins with. */
export function weightWord(weight: Weight): string {
  return weight === 'passing' ? 'note' : weight;
}
