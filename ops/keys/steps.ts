/** What the steps of a rotation share: how they look, ask, tell, wait and refuse. */
import { UsageError } from '../terraform/targets.ts';
import type { Assessment } from './assess.ts';
import type { KeysContext, Look } from './context.ts';
import type { Awaited } from './events.ts';
import { KeysError, NotConfirmedError } from './failures.ts';
import { isTrusted, type Observation } from './observation.ts';
import type { SecretWriter } from './secret.ts';
import { nextText } from './status-table.ts';

/** How often CloudFront is asked whether it has deployed. */
const POLL_MS = 5000;
/** A distribution takes minutes; after an hour something else is wrong. */
const LONGEST_DEPLOYMENT_MS = 3_600_000;

export function writerOf({ account, config, requireLock }: KeysContext): SecretWriter {
  return { account, secretId: config.cloudfrontPrivateKeySecretName, requireLock };
}

/** @throws UsageError when a person has to decide first */
export function refuseWhenStopped(environment: string, { next }: Assessment): void {
  if (next.step !== 'person') return;
  const reasons = next.reasons.map(({ found, remedy }) => `${found}\n  ${remedy}`);
  throw new UsageError(
    [`cannot continue with "${environment}"; nothing was changed:`, ...reasons].join('\n'),
  );
}

/** @throws UsageError when something else is to be done first */
export function refuseForNext(context: KeysContext, what: string, assessment: Assessment): never {
  const { environment } = context.config;
  throw new UsageError(`${what}; next: ${nextText(environment, assessment, context.now())}`);
}

/** @throws UsageError when the person says no */
export async function confirmed({ confirm }: KeysContext, question: string): Promise<void> {
  if (!(await confirm(question))) throw new NotConfirmedError('not confirmed; nothing was changed');
}

/** Waits until an instant, and tells how long is left: every hour, then every ten minutes, every minute, every ten seconds. */
export async function countDown(context: KeysContext, until: Date, awaited: Awaited): Promise<void> {
  const { now, wait, tell, signal } = context;
  const secondsLeft = () => Math.max(0, Math.round(left() / 1000));
  const left = () => until.getTime() - now().getTime();
  if (left() <= 0) return;
  tell({ event: 'wait-started', ...awaited, until: until.toISOString(), secondsLeft: secondsLeft() });
  while (left() > 0) {
    const seconds = left() / 1000;
    const pace = seconds > 7200 ? 3600 : seconds > 600 ? 600 : seconds > 60 ? 60 : 10;
    await wait(Math.max(1, Math.min(left(), pace * 1000)), signal);
    if (left() > 1000) tell({ event: 'wait-continues', ...awaited, secondsLeft: secondsLeft() });
  }
}

/** Waits until CloudFront says Deployed. @throws KeysError when it does not within an hour */
export async function deployed(context: KeysContext): Promise<Look> {
  const { now, wait, tell, signal } = context;
  const startedAt = now().getTime();
  let isTold = false;
  for (;;) {
    const found = await context.look();
    if (found.observation.distribution?.isDeployed ?? true) return found;
    if (!isTold) tell({ event: 'deployment-awaited' });
    isTold = true;
    if (now().getTime() - startedAt > LONGEST_DEPLOYMENT_MS) {
      throw new KeysError(
        'CloudFront has not deployed the distribution within an hour; look at it in the AWS console',
      );
    }
    await wait(POLL_MS, signal);
  }
}

/** Generations that the key group holds. */
export function trustedGenerations(observation: Observation): string[] {
  const trusted = observation.publicKeys.filter(({ id }) => isTrusted(observation, id));
  return trusted.map(({ generation }) => generation);
}
