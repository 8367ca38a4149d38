/** As whom our commands reach an environment's account, beside Terraform. */
import type { ConnectOptions } from '../../aws/account/connect.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { resourcePrefix } from '../../envs/names.ts';

export type RoleConfig = Pick<EnvironmentConfig, 'assumeRoleArn' | 'environment' | 'projectName'>;

/** Nothing where one's own credentials belong to the account. */
export function commandsRole(config: RoleConfig): Pick<ConnectOptions, 'role'> {
  const { assumeRoleArn: roleArn } = config;
  return roleArn === null ? {} : { role: { roleArn, sessionName: `${resourcePrefix(config)}-commands` } };
}
