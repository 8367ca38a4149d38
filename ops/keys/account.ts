/** The AWS clients that the key commands use, of the account that this process's environment names. */
import { type Account, connectAccount } from '../../aws/account/connect.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';

export interface KeysAccount extends Pick<Account, 'cloudFront' | 'secrets' | 'kms' | 'close'> {
  /** In the region of the state bucket. */
  readonly state: Account['s3'];
}

/** Throttling is waited out, for half a minute or so. */
const MOST_ATTEMPTS = 8;

export function connect({ awsRegion, state }: Pick<EnvironmentConfig, 'awsRegion' | 'state'>): KeysAccount {
  const { s3, ...account } = connectAccount({
    region: awsRegion,
    s3Region: state.kind === 's3' ? state.region : awsRegion,
    maxAttempts: MOST_ATTEMPTS,
  });
  return { ...account, state: s3 };
}
