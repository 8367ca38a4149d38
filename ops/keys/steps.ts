/** What the steps of a rotation share: how they look, ask, tell, wait and refuse. */
import { UsageError } from '../terraform/targets.ts';
import type { Assessment } from './assess.ts';
import type { KeysContext, Look } from './context.ts';
import { KeysError } from './failures.ts';
import { isTrusted, type Observation } from './observation.ts';
import type { SecretWriter } from './secret.ts';
import { nextText, span } from './status-table.ts';

/** How often CloudFront is asked whether it has deployed. */
const POLL_MS = 5000;
/** A distribution takes minutes; after an hour something else is wrong. */
const LONGEST_DEPLOYMENT_MS = 3_600_000;

export function writerOf({ account, config, requireLock }: KeysContext): SecretWriter {
  return { account, secretId: config.cloudfrontPrivateKeySecretName, requireLock };
}

/** One line after every change to the world, and nothing between the change and its line. */
export function tellChanged({ say }: KeysContext, what: string): void {
  say(`changed: ${what}`);
}

/** @throws UsageError when a person has to decide first */
export function refuseWhenStopped(environment: string, { next }: Assessment): void {
  if (next.step !== 'person') return;
  const reasons = next.reasons.map(({ found, remedy }) => `${found}\n  ${remedy}`);
  throw new UsageError(
    [`"${environment}" is in no state for this, and nothing was changed:`, ...reasons].join('\n'),
  );
}

/** @throws UsageError when something else is to be done first */
export function refuseForNext(context: KeysContext, what: string, assessment: Assessment): never {
  const { environment } = context.config;
  throw new UsageError(`${what}; next: ${nextText(environment, assessment, context.now())}`);
}

/** @throws UsageError when the person says no */
export async function confirmed({ confirm }: KeysContext, question: string): Promise<void> {
  if (!(await confirm(question))) throw new UsageError('not confirmed: nothing was changed');
}

/** Waits until an instant, and says how long it still is: hourly, then every ten minutes, every minute, every ten seconds. */
export async function countDown(context: KeysContext, until: Date, what: string): Promise<void> {
  const { now, wait, say, signal } = context;
  const left = () => until.getTime() - now().getTime();
  if (left() <= 0) return;
  say(`${what}: ${span(left())}, until ${until.toISOString().slice(0, 19)}Z; may be stopped and continued`);
  while (left() > 0) {
    const seconds = left() / 1000;
    const pace = seconds > 7200 ? 3600 : seconds > 600 ? 600 : seconds > 60 ? 60 : 10;
    await wait(Math.max(1, Math.min(left(), pace * 1000)), signal);
    if (left() > 1000) say(`  ${span(left())} left`);
  }
}

/** Waits until CloudFront says Deployed. @throws KeysError when it does not within an hour */
export async function deployed(context: KeysContext): Promise<Look> {
  const { now, wait, say, signal } = context;
  const startedAt = now().getTime();
  let isSaid = false;
  for (;;) {
    const found = await context.look();
    if (found.observation.distribution?.isDeployed ?? true) return found;
    if (!isSaid) say('waiting until CloudFront says Deployed; may be stopped and continued');
    isSaid = true;
    if (now().getTime() - startedAt > LONGEST_DEPLOYMENT_MS) {
      throw new KeysError('CloudFront has not deployed the distribution within an hour: look at its console');
    }
    await wait(POLL_MS, signal);
  }
}

/** Trusted generations, for a line about the group. */
export function trustedGenerations(observation: Observation): string {
  const trusted = observation.publicKeys.filter(({ id }) => isTrusted(observation, id));
  return trusted.map(({ generation }) => generation).join(', ') || 'nothing';
}
