/** Rules over the synthesized stack, run at every synth. README.md lists them. */

import { StackGraph } from '../../aws/stack/stack-graph.ts';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import type { TrustedKeys } from '../keys.ts';
import { GuardrailError, type GuardrailReport, type GuardrailViolation } from './report.ts';
import type { GuardedStack } from './rule.ts';
import { rules } from './rules/index.ts';
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
  /** @default - `suppressions.ts` */
  readonly suppressions?: readonly Suppression[];
  /** What counts as today for expiry dates. */
  readonly now: Date;
}

/** Every rule over one parsed `cdk.tf.json`. */
export function inspectStack(json: unknown, options: InspectOptions): GuardrailReport {
  const { name, environment, purpose, keys, suppressions = ours, now } = options;
  const stack: GuardedStack = {
    name,
    environment,
    purpose,
    active: activeKey(keys),
    graph: new StackGraph(json),
  };
  const all = rules.flatMap((rule) => rule.check(stack).map((finding) => ({ rule, ...finding })));
  const matched = all.map((violation) => ({ violation, by: suppressionOf(violation, name, suppressions) }));
  const suppressed = matched.flatMap(({ violation, by }) => (by ? [{ violation, by }] : []));
  return {
    stack: name,
    violations: matched.filter(({ by }) => by === undefined).map(({ violation }) => violation),
    suppressed,
    expired: [...new Set(suppressed.map(({ by }) => by))].filter((by) => isExpired(by, now)),
  };
}

/**
 * Refuses stacks that must not be planned or applied.
 *
 * An expired suppression still holds, so that the calendar never stands in the way of an incident: `npm run check` fails on it.
 *
 * @throws GuardrailError with every violation of every stack at once
 */
export function refuseViolations(reports: readonly GuardrailReport[]): void {
  const bad = reports.filter(({ violations }) => violations.length > 0);
  if (bad.length > 0) throw new GuardrailError(bad);
}

function suppressionOf(
  { rule, address }: GuardrailViolation,
  stack: string,
  suppressions: readonly Suppression[],
): Suppression | undefined {
  return suppressions.find((by) => by.rule === rule.id && by.resource === address && by.stack === stack);
}

function activeKey(keys: TrustedKeys | undefined): GuardedStack['active'] {
  if (keys === undefined) return null;
  const pem = keys.generations[keys.active];
  // A key that only KMS knows before the apply has no fingerprint here: the generation is judged alone.
  return { generation: keys.active, fingerprint: pem === undefined ? '' : keyFingerprint(pem) };
}
