/** The AWS clients of the library's commands, of the environment's account. */
import { type Account, connectAccount } from '../../aws/account/connect.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { commandsRole, type RoleConfig } from '../terraform/commands-role.ts';

export type LibraryAccount = Pick<
  Account,
  's3' | 'mediaConvert' | 'cloudFront' | 'secrets' | 'kms' | 'dynamoDb' | 'close'
>;

/** Throttling is waited out, for half a minute or so. */
const MOST_ATTEMPTS = 8;

export function connectLibrary(config: Pick<EnvironmentConfig, 'awsRegion'> & RoleConfig): LibraryAccount {
  return connectAccount({
    region: config.awsRegion,
    ...commandsRole(config),
    maxAttempts: MOST_ATTEMPTS,
  });
}
