/** Whom a job claims to be, against whom the role that it asks for trusts. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../envs/config.ts';
import { environments } from '../../envs/environments.ts';
import { synthesizeState } from '../../envs/synth.ts';
import { readWorkflow } from './workflow.ts';

const deploy = readWorkflow(join('.github', 'workflows', 'deploy.yml'));

describe.each(['dev', 'prod'])('in %s', (environment) => {
  const { repository, subjectsOf } = trusts(environment);

  it('the plan role trusts pull requests, and main, where a merge is planned for its approval', () => {
    expect(subjectsOf('plan')).toEqual([
      `repo:${repository}:pull_request`,
      `repo:${repository}:ref:refs/heads/main`,
    ]);
  });

  it('the apply role trusts the GitHub environment that the apply runs in, and nothing else', () => {
    expect(deploy.jobs.apply?.environment).toBe(`\${{ inputs.environment }}`);
    expect(subjectsOf('apply')).toEqual([`repo:${repository}:environment:${environment}`]);
  });
});

describe('in prod', () => {
  const { repository, subjectsOf } = trusts('prod');

  it('the rotate role trusts the GitHub environment that the rotation runs in, which is not the apply’s', () => {
    const { rotate } = readWorkflow(join('.github', 'workflows', 'rotation.yml')).jobs;
    expect(rotate?.environment).toBe(`\${{ inputs.environment }}-keys`);
    expect(subjectsOf('rotate')).toEqual([`repo:${repository}:environment:prod-keys`]);
  });
});

function trusts(environment: string) {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-roles-'));
  try {
    const deployment = { repository: 'acme/video-library', oidcProviderArn: null };
    const config = parseEnvironment({ ...environments.get(environment), deployment });
    const folder = synthesizeState({ config, outdir });
    const roles = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')).resource.aws_iam_role;
    const subjectsOf = (what: string): string[] => {
      const [trust] = JSON.parse(roles[`deploy_${what}`].assume_role_policy).Statement;
      return [trust.Condition.StringEquals['token.actions.githubusercontent.com:sub']].flat();
    };
    return { repository: config.deployment?.repository, subjectsOf };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
