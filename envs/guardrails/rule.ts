/** What a guardrail is, and what it is given to judge. */

import type { StackGraph } from '../../aws/stack/stack-graph.ts';
import { describeSafely } from '../config-error.ts';
import { nameOf, type Part } from './part.ts';

/** A synthesized stack and what it was synthesized for. */
export interface GuardedStack {
  /** `prod`, `state-prod`: what people type. */
  readonly name: string;
  readonly environment: string;
  /** An environment in an account, `local`, or the stack that makes an environment's state bucket. */
  readonly purpose: 'account' | 'local' | 'state';
  /** The active generation, from `envs/keys/<environment>`; null for a stack without keys. */
  readonly active: ActiveKey | null;
  /** Folder of the titles whose thumbnails the environment makes public; null where it makes none public. */
  readonly publicThumbnailsBelow: string | null;
  readonly graph: StackGraph;
}

interface ActiveKey {
  readonly generation: string;
  /** As `keyFingerprint` makes it of the public PEM. */
  readonly fingerprint: string;
}

/** One thing in one place that a rule does not accept. Texts never carry key material: see `show`. */
export interface Finding {
  /** `aws_s3_bucket.masters`, `provider.aws.us_east_1`, `terraform.backend.s3`, `output.x`, `variable.x`. */
  readonly address: string;
  /**
   * Which part of that it is about. Rule, address and part name a finding, whatever else is found or changes.
   * @default - the whole of it: the rule finds one thing there at most
   */
  readonly part?: Part;
  readonly found: string;
  /** Remedy included. */
  readonly wanted: string;
}

/** A finding with the rule that made it. */
export interface GuardrailViolation extends Finding {
  readonly rule: Rule;
}

/** One guardrail. `check` is pure: it sees the synthesized stack and nothing else. */
export interface Rule {
  /** Stable: suppressions and the README name it. */
  readonly id: string;
  /** What holds when nothing is found. */
  readonly title: string;
  /** What goes wrong otherwise. */
  readonly why: string;
  /**
   * Checkov's ids for the same demand.
   * @default - Checkov has none
   */
  readonly checkov?: readonly string[];
  readonly check: (stack: GuardedStack) => Finding[];
}

/** A finding whose address is known from where it was looked for. */
export type Judged = Omit<Finding, 'address'>[];

/** Nothing if it is fine. */
export function unless(fine: boolean, found: string, wanted: string, part: Part = {}): Judged {
  return fine ? [] : [{ part, found, wanted }];
}

/** Findings of one place, a part of a resource. The same one again, such as of an action that a statement names twice, is dropped. */
export function within(part: Part, judged: Judged): Judged {
  const named = judged.map((finding) => ({ ...finding, part: { ...part, ...finding.part } }));
  const written = named.map((finding) => JSON.stringify(finding));
  return named.filter((_finding, index) => written.indexOf(written[index] ?? '') === index);
}

/** Findings of one address. */
export function at(address: string, judged: Judged): Finding[] {
  return judged.map((finding) => ({ address, ...finding }));
}

/** The values of a condition key that are not ours, one finding each; one finding if there are no values. */
export function boundTo(
  key: string,
  values: readonly string[],
  isOurs: (value: string) => boolean,
): readonly { readonly part: Part; readonly found: string }[] {
  if (values.length === 0) return [{ part: { argument: key }, found: `any ${key}` }];
  return values
    .filter((value) => !isOurs(value))
    .map((value) => ({ part: { argument: key, value: nameOf(value) }, found: `${key} ${show(value)}` }));
}

/** A value in words: references and lists of them as they stand, the rest as `describeSafely` puts it. */
export function show(value: unknown): string {
  if (Array.isArray(value) && value.length <= 5) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'string' && /^\$\{[a-z0-9_.-]{1,120}\}(?:\/\*)?$/i.test(value)) return value;
  return describeSafely(value);
}

/** A reference as the stack has it. */
export function reference(path: string): string {
  return `\${${path}}`;
}
