/** Whom the deploy roles will trust, and what must be in place on GitHub before they exist. */
import type { EnvironmentConfig } from '../../envs/config.ts';
import { deployScope } from '../../envs/deploy-scope.ts';
import { guardingEnvironments, trustedSubjects } from '../../modules/iam_roles/index.ts';

/**
 * For people, before anything is made; none where nobody deploys from GitHub.
 *
 * @see https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
 */
export function trustLines(config: EnvironmentConfig): string[] {
  if (config.deployment === null) return [];
  const scope = deployScope(config);
  const subjects = trustedSubjects(scope);
  const environments = guardingEnvironments(subjects).map((name) => `"${name}"`);
  const { repository } = config.deployment;
  return [
    `"${config.environment}" will trust the GitHub repository ${repository}, by exactly these subjects:`,
    ...Object.entries(subjects).flatMap(([role, names]: [string, readonly string[]]) =>
      names.map((subject) => `  ${scope.name}-${role} trusts ${subject}`),
    ),
    `before you say yes, ${environments.join(' and ')} must exist in ${repository}, Settings, Environments, with required ` +
      'reviewers and for the branch main only: GitHub creates an environment that is missing without any protection, and ' +
      'everybody who can push a branch could then assume the role (.github/workflows/README.md)',
  ];
}
