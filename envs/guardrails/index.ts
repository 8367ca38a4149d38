/** Rules over the synthesized stack, run at every synth. README.md lists them. */

import { StackGraph } from '../../aws/stack/stack-graph.ts';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import type { TrustedKeys } from '../keys.ts';
import { GuardrailError, type GuardrailReport } from './report.ts';
import type { GuardedStack } from './rule.ts';
import { rules } from './rules/index.ts';
import { judgeSuppressions } from './suppressed.ts';
import { isExpired, suppressions as ours, type Suppression } from './suppressions.ts';

export { expiredText, type GuardrailReport } from './report.ts';

export interface InspectOptions {
  /** The stack's name, `prod` or `state-prod`. */
  readonly name: string;
  readonly environment: string;
  readonly purpose: GuardedStack['purpose'];
  /**
   * The keys that the stack was synthesized with.
   * @default - a stack without keys
   */
  readonly keys?: TrustedKeys;
  /**
   * Folder of the titles whose thumbnails need no signature, as the environment says.
   * @default - every path needs one
   */
  readonly publicThumbnailsBelow?: string;
  /** @default - `suppressions.ts` */
  readonly suppressions?: readonly Suppression[];
  /** What counts as today for expiry dates. */
  readonly now: Date;
}

/** Every rule over one parsed `cdk.tf.json`. */
export function inspectStack(json: unknown, options: InspectOptions): GuardrailReport {
  const { name, environment, purpose, keys, publicThumbnailsBelow, suppressions = ours, now } = options;
  const stack: GuardedStack = {
    name,
    environment,
    purpose,
    active: activeKey(keys),
    publicThumbnailsBelow: publicThumbnailsBelow ?? null,
    graph: new StackGraph(json),
  };
  const all = rules.flatMap((rule) => rule.check(stack).map((finding) => ({ rule, ...finding })));
  const ruleIds = rules.map(({ id }) => id);
  const { held, faults } = judgeSuppressions(suppressions, {
    stack: name,
    graph: stack.graph,
    ruleIds,
    violations: all,
  });
  return {
    stack: name,
    violations: all.filter((violation) => !held.has(violation)),
    suppressed: [...held].map(([violation, by]) => ({ violation, by })),
    faults,
    expired: [...held.values()].filter((by) => isExpired(by, now)),
  };
}

/**
 * Refuses stacks that must not be planned or applied: for what a rule does not accept, and for a suppression that does not
 * name exactly one finding.
 *
 * An expired suppression still holds, so that a date never blocks a change during an incident: `npm run check` fails on it.
 *
 * @throws GuardrailError with every violation and refused suppression of every stack at once
 */
export function refuseViolations(reports: readonly GuardrailReport[]): void {
  const bad = reports.filter(isRefused);
  if (bad.length > 0) throw new GuardrailError(bad);
}

/** Whether a stack must not be planned or applied. */
export function isRefused({ violations, faults }: GuardrailReport): boolean {
  return violations.length > 0 || faults.length > 0;
}

function activeKey(keys: TrustedKeys | undefined): GuardedStack['active'] {
  if (keys === undefined) return null;
  const pem = keys.generations[keys.active];
  // A key that only KMS knows before the apply has no fingerprint here: the generation is judged alone.
  return { generation: keys.active, fingerprint: pem === undefined ? '' : keyFingerprint(pem) };
}
