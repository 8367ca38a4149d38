/** dev as it is shipped, once somebody has named the GitHub repository that deploys it. */
import type { EnvironmentConfig } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';

export const deployedDev: EnvironmentConfig = {
  ...dev,
  deployment: { repository: 'acme/video-library', oidcProviderArn: null },
};

/** Whom its roles will trust, as bootstrap says it. */
export const TRUST = `"dev" will trust the GitHub repository acme/video-library, by exactly these subjects:
  storytime-dev-deploy-plan trusts repo:acme/video-library:pull_request
  storytime-dev-deploy-plan trusts repo:acme/video-library:ref:refs/heads/main
  storytime-dev-deploy-apply trusts repo:acme/video-library:environment:dev
before you say yes, "dev" must exist in acme/video-library, Settings, Environments, with required reviewers and for the branch main only: GitHub creates an environment that is missing without any protection, and everybody who can push a branch could then assume the role (.github/workflows/README.md)`;
