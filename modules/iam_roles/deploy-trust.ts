/** The jobs of a GitHub repository that each deploy role trusts, as GitHub's OIDC tokens name them. */
import { rotationEnvironment } from './deploy-rotation.ts';

export interface DeployTrust {
  readonly repository: string;
  /** @default 'main' */
  readonly mainBranch?: string;
  readonly environment: string;
  /** @default - none: there is no rotate role */
  readonly rotatedSecretName?: string;
}

/** Exact subjects of each role: a job whose token has one of them may assume the role. */
export interface TrustedSubjects {
  readonly plan: readonly string[];
  readonly apply: readonly string[];
  /** Undefined where people rotate. */
  readonly rotate?: readonly string[];
}

export function trustedSubjects({
  repository,
  mainBranch = 'main',
  environment,
  rotatedSecretName,
}: DeployTrust): TrustedSubjects {
  const of = (...ends: string[]) => ends.map((end) => `repo:${repository}:${end}`);
  return {
    plan: of('pull_request', `ref:refs/heads/${mainBranch}`),
    apply: of(`environment:${environment}`),
    ...(rotatedSecretName !== undefined && { rotate: of(`environment:${rotationEnvironment(environment)}`) }),
  };
}

/** The GitHub environments whose protection rules keep a pushed branch from assuming a role. */
export function guardingEnvironments(subjects: TrustedSubjects): string[] {
  return [...subjects.apply, ...(subjects.rotate ?? [])].map(
    (subject) => subject.split(':environment:')[1] ?? '',
  );
}
