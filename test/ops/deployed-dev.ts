/** dev as it is shipped, once somebody has named the GitHub repository that deploys it. */
import type { EnvironmentConfig } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';

export const deployedDev: EnvironmentConfig = {
  ...dev,
  deployment: { repository: 'acme/video-library', oidcProviderArn: null },
};
