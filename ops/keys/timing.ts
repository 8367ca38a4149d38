/** How long a rotation waits, and why. */
import type { EnvironmentConfig } from '../../envs/config.ts';

/**
 * Clocks of signers, of this machine and of AWS differ, and Secrets Manager's dates may be whole seconds. A minute is
 * more than NTP ever leaves between them and nothing beside a signature's lifetime.
 */
const SKEW_SECONDS = 60;

/**
 * From a change of the key group until every edge knows it. CloudFront tells of a distribution's roll-out (`Deployed`),
 * of a key group's alone it does not, so the edges get this much more time; the local one reads every second.
 */
const SETTLE_SECONDS = 300;
const LOCAL_SETTLE_SECONDS = 2;

/** Seconds, each of them. */
export interface Timing {
  /** A signer continues with the key it has. */
  readonly signerCacheSeconds: number;
  /** What it signed last is good for. */
  readonly longestSignatureSeconds: number;
  readonly skewSeconds: number;
  /** The edges learn of a new key. */
  readonly settleSeconds: number;
}

export function timingOf(
  config: Pick<EnvironmentConfig, 'signerCacheSeconds' | 'longestSignatureSeconds' | 'localPorts'>,
): Timing {
  const { signerCacheSeconds, longestSignatureSeconds, localPorts } = config;
  return {
    signerCacheSeconds,
    longestSignatureSeconds,
    // On one machine there is one clock; its dates are still cut to the second.
    skewSeconds: localPorts === null ? SKEW_SECONDS : 2,
    settleSeconds: localPorts === null ? SETTLE_SECONDS : LOCAL_SETTLE_SECONDS,
  };
}

/** From the moment a key stops being current until nothing signed with it is good any more. */
export function retirementSeconds({
  signerCacheSeconds,
  longestSignatureSeconds,
  skewSeconds,
}: Timing): number {
  return signerCacheSeconds + longestSignatureSeconds + skewSeconds;
}

export function later(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}
