/** When CloudFront may stop trusting a generation without denying any viewer. Pure. */
import { generationOf, type Observation, versionAt } from './observation.ts';
import { later, retirementSeconds, type Timing } from './timing.ts';

/**
 * The instant since when nobody can have been given another key as the current one; null when that is not known.
 *
 * A version that `promote`, `rollback` and `inject` write gets AWSCURRENT in the same call that creates it, so its
 * creation is the move. A stage that somebody moved by hand leaves no date of its own but the secret's last change, and
 * nothing tells such a move from any other change: the later of the two is always late enough, and at worst too late.
 */
function promotedAt(observation: Observation): Date | null {
  const current = versionAt(observation, 'AWSCURRENT');
  const { secret } = observation;
  if (current === undefined || secret === null) return null;
  return current.createdAt > secret.changedAt ? current.createdAt : secret.changedAt;
}

/**
 * From when on the group can do without a generation: promotion of its successor + cache + longest signature + skew.
 * `never` for the active one, by the secret or by the file, and while it is unknown which one that is.
 */
export function dropSafeAt(observation: Observation, generation: string, timing: Timing): Date | 'never' {
  const { active, publicKeys, observedAt } = observation;
  const current = versionAt(observation, 'AWSCURRENT');
  const at = promotedAt(observation);
  if (observation.secret === null) return observedAt;
  if (current === undefined || at === null || generationOf(current) === null) return 'never';
  if (generationOf(current) === generation || active === generation) return 'never';
  const wasPrevious = generationOf(versionAt(observation, 'AWSPREVIOUS')) === generation;
  const keys = publicKeys.filter((key) => key.generation === generation);
  const neverSigned = keys.every(({ createdAt }) => createdAt > later(at, timing.skewSeconds));
  if (neverSigned && !wasPrevious) return observedAt;
  return later(at, retirementSeconds(timing));
}
