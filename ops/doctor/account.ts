/** The AWS clients that the doctor reads with, of the environment's account, and AWS's clock. */
import { measureClock } from '../../aws/account/clock.ts';
import { type Account, connectAccount } from '../../aws/account/connect.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { commandsRole, type RoleConfig } from '../terraform/commands-role.ts';

export interface DoctorAccount extends Account {
  /** This machine's clock minus AWS's, by its latest response; null before any. */
  readonly clockAheadSeconds: () => number | null;
}

/** Fewer than the SDK's own three, so that somebody on call does not wait for minutes. */
const MOST_ATTEMPTS = 2;

export function connect(config: Pick<EnvironmentConfig, 'awsRegion'> & RoleConfig): DoctorAccount {
  const account = connectAccount({
    region: config.awsRegion,
    ...commandsRole(config),
    maxAttempts: MOST_ATTEMPTS,
  });
  return { ...account, clockAheadSeconds: measureClock(account.cloudFront) };
}
