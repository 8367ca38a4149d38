/** The AWS clients that the key commands use, of the environment's account. */
import { type Account, connectAccount } from '../../aws/account/connect.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { commandsRole, type RoleConfig } from '../terraform/commands-role.ts';

export interface KeysAccount extends Pick<Account, 'cloudFront' | 'secrets' | 'kms' | 'close'> {
  /** In the region of the state bucket. */
  readonly state: Account['s3'];
}

/** Throttling is waited out, for half a minute or so. */
const MOST_ATTEMPTS = 8;

export function connect(config: Pick<EnvironmentConfig, 'awsRegion' | 'state'> & RoleConfig): KeysAccount {
  const { awsRegion, state } = config;
  const { s3, ...account } = connectAccount({
    region: awsRegion,
    s3Region: state.kind === 's3' ? state.region : awsRegion,
    ...commandsRole(config),
    maxAttempts: MOST_ATTEMPTS,
  });
  return { ...account, state: s3 };
}
