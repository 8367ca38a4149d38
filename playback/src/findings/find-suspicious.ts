/** Rules on what a user did, and what follows from a finding. */

import { createHash } from 'node:crypto';
import type { Finding, PlaybackStore } from '../store/store.ts';
import { deviceChurn } from './device-churn.ts';
import { manyNetworks } from './many-networks.ts';
import { manyTitles } from './many-titles.ts';
import type { History, Observation, Rule } from './rule.ts';
import { unusualHours } from './unusual-hours.ts';

export interface FindSuspiciousOptions {
  readonly store: Pick<PlaybackStore, 'accesses' | 'devices' | 'addFinding'>;
  /** @default - `manyNetworks()`, `manyTitles()`, `deviceChurn()` and `unusualHours()`, each with its own defaults */
  readonly rules?: readonly Rule[] | undefined;
  /**
   * Called once for each new finding of the kinds in `suspendOn`. It is called when the finding is kept already, and not again if
   * it fails.
   * @default - nobody is suspended
   */
  readonly suspend?: ((finding: Finding) => void | Promise<void>) | undefined;
  /**
   * Activity types.
   * @default ['many_networks', 'many_titles', 'device_churn'], since unusual hours prove nothing
   */
  readonly suspendOn?: readonly string[] | undefined;
  /**
   * Days after which a finding is deleted.
   * @default 90
   */
  readonly retentionDays?: number | undefined;
  /** @default - the system's clock */
  readonly now?: (() => Date) | undefined;
}

const DAY = 86_400_000;
const MOST_ACCESSES = 1_000;
const SUSPEND_ON = ['many_networks', 'many_titles', 'device_churn'];

/**
 * Applies the rules to what a user did, after each access that was logged. A kind is found once on a day (UTC), however often and
 * by how many processes it is looked for. It reads the user's devices, and as much of the access log as the rules look back.
 *
 * @returns the findings that are new
 * @throws PlaybackError `ERR_STORE_…`, or what a rule or `suspend` threw; every other finding was kept and acted upon before
 * @example
 * await recordAccess(access, { store });
 * await findSuspicious(access.userId, { store, suspend: ({ userId }) => suspendUser(userId) });
 */
export async function findSuspicious(
  userId: string,
  options: FindSuspiciousOptions,
): Promise<readonly Finding[]> {
  const { store, rules = DEFAULT_RULES, suspend, suspendOn = SUSPEND_ON } = options;
  const { retentionDays = 90, now = () => new Date() } = options;
  const at = now();
  const expiresAt = new Date(at.getTime() + retentionDays * DAY);
  const history = await readHistory(store, userId, at, rules);
  const added = await Promise.allSettled(
    rules.map(async (rule) => {
      const observed = rule.find(history);
      if (observed === undefined) return [];
      const finding = findingOf(history, rule, observed);
      return (await store.addFinding(finding, { expiresAt })) ? [finding] : [];
    }),
  );
  const found = added.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  const toSuspend = found.filter(({ activityType }) => suspendOn.includes(activityType));
  // What is new now is not new a second time: nobody escapes because something else failed.
  const suspended = await Promise.allSettled(toSuspend.map(async (finding) => suspend?.(finding)));
  for (const outcome of [...added, ...suspended]) if (outcome.status === 'rejected') throw outcome.reason;
  return found;
}

const DEFAULT_RULES: readonly Rule[] = [manyNetworks(), manyTitles(), deviceChurn(), unusualHours()];

async function readHistory(
  store: FindSuspiciousOptions['store'],
  userId: string,
  at: Date,
  rules: readonly Rule[],
): Promise<History> {
  const lookBack = Math.max(0, ...rules.map(({ lookBackSeconds }) => lookBackSeconds));
  const from = new Date(Math.max(0, at.getTime() - 1000 * lookBack));
  // The access that was just logged may have this very time, and `to` is exclusive.
  const to = new Date(at.getTime() + 1);
  const [{ entries: accesses }, devices] = await Promise.all([
    store.accesses({ userId }, { from, to, limit: MOST_ACCESSES }),
    store.devices(userId),
  ]);
  return { userId, at, accesses, devices };
}

/** With the same id for the same user, kind and day. */
function findingOf({ userId, at }: History, { activityType }: Rule, observed: Observation): Finding {
  const { lessonId = null, details } = observed;
  const day = at.toISOString().slice(0, 10);
  const id = createHash('sha256').update(JSON.stringify([activityType, userId, lessonId, day]));
  return {
    id: id.digest('base64url'),
    userId,
    lessonId,
    activityType,
    details,
    timestamp: at,
    resolved: false,
  };
}
