/** The rules over the real workflows, and each rule against a workflow that breaks it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { environments } from '../../envs/environments.ts';
import { RULES } from './rules.ts';
import {
  actionFiles,
  type Job,
  readAction,
  readWorkflow,
  root,
  type Step,
  stepsOf,
  type Workflow,
  workflowFiles,
} from './workflow.ts';

const workflows = workflowFiles.map((file) => [file, readWorkflow(file)] as const);
const steps: Step[] = [
  ...workflows.flatMap(([, workflow]) => stepsOf(workflow)),
  ...actionFiles.flatMap((file) => readAction(file).runs.steps),
];

describe.each(Object.entries(RULES))('a workflow %s', (_name, rule) => {
  it.each(workflows)('in %s', (_file, workflow) => {
    expect(rule(workflow)).toEqual([]);
  });
});

describe('a rule is broken by', () => {
  const read = (name: string) => readWorkflow(join('.github', 'workflows', `${name}.yml`));

  it.each<[string, rule: keyof typeof RULES, workflow: string, change: (text: string) => string]>([
    [
      'pull_request_target',
      'runs on no event that lends a stranger our rights',
      'plan',
      sub(/pull_request:/, 'pull_request_target:'),
    ],
    [
      'permissions for all jobs',
      'gives nothing to a job that does not ask',
      'ci',
      sub('permissions: {}', 'permissions: { contents: read }'),
    ],
    [
      'no permissions at the top',
      'gives nothing to a job that does not ask',
      'ci',
      sub('permissions: {}\n', ''),
    ],
    [
      'a job without permissions',
      'lets every job say what it needs',
      'ci',
      sub(/ {4}permissions:\n {6}contents: read\n/, ''),
    ],
    [
      'a job that may push',
      'writes nothing but its identity and comments',
      'ci',
      sub('contents: read', 'contents: write'),
    ],
    [
      'a plan for forks',
      'keeps roles and comments from the pull requests of forks',
      'plan',
      sub(/^ {4}if: github\.event.*\n/m, ''),
    ],
    [
      'one job that plans and comments',
      'never has an identity and a comment’s pen in one job',
      'plan',
      sub('id-token: write', 'id-token: write\n      pull-requests: write'),
    ],
    [
      'an action by its branch',
      'uses known actions by a released tag',
      'ci',
      sub('actions/checkout@v6', 'actions/checkout@main'),
    ],
    [
      'an unknown action',
      'uses known actions by a released tag',
      'ci',
      sub('./.github/actions/setup', 'somebody/setup@v1'),
    ],
    [
      'a checkout that keeps its token',
      'leaves no token in the checkout',
      'ci',
      sub('persist-credentials: false', 'fetch-depth: 1'),
    ],
    [
      'install scripts beside a role',
      'runs no package’s script where a role can be had',
      'deploy',
      sub('npm ci --ignore-scripts', 'npm ci'),
    ],
    [
      'a role that is typed',
      'assumes roles that a variable names, and holds no key',
      'deploy',
      sub(expression('inputs.plan-role'), 'arn:aws:iam::111122223333:role/x'),
    ],
    ['a secret', 'reads no secret', 'deploy', sub(expression('inputs.region'), expression('secrets.REGION'))],
    [
      'a branch name in a script',
      'builds no script from what an expression holds',
      'ci',
      sub('run: .ci/run', `run: echo ${expression('github.head_ref')}`),
    ],
    [
      'an apply that asks nobody',
      'applies only behind a GitHub environment',
      'deploy',
      sub(/^ {4}environment: .*\n/m, ''),
    ],
    [
      'a job that is skipped with the one before it',
      'says what becomes of a job when the one before it is left out',
      'apply',
      sub(/^ {4}if: .*needs\.dev.*\n/m, ''),
    ],
    [
      'a comment that forgets one of the plans',
      'says what becomes of a job when the one before it is left out',
      'plan',
      sub(" || needs.prod.result != 'skipped'", ''),
    ],
    [
      'a workflow without concurrency',
      'knows how many of its runs may be under way',
      'plan',
      sub(/concurrency:\n(?: {2}.*\n)+/, ''),
    ],
    [
      'an apply that a newer one ends',
      'never ends an apply in the middle',
      'apply',
      sub('cancel-in-progress: false', 'cancel-in-progress: true'),
    ],
    ['a job without an end', 'ends by itself', 'ci', sub(/ {4}timeout-minutes: .*\n/, '')],
    ['a moving image', 'runs on an image that is named', 'ci', sub('ubuntu-24.04', 'ubuntu-latest')],
  ])('%s', (_what, rule, workflow, change) => {
    const text = stringify(read(workflow), { lineWidth: 0 });
    const changed = change(text);
    expect(changed).not.toBe(text);
    const broken = Object.entries(RULES).filter(([, judge]) => judge(parse(changed) as Workflow).length > 0);
    expect(broken.map(([name]) => name)).toContain(rule);
  });
});

describe('the steps', () => {
  it('run npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const used = steps.flatMap(({ run }) => [...(run ?? '').matchAll(/npm run (?:--silent )?([\w:]+)/g)]);
    expect(used.map(([, script]) => script)).toEqual(
      expect.arrayContaining(['plan', 'apply', 'check:secrets']),
    );
    expect(used.filter(([, script]) => !(`${script}` in scripts))).toEqual([]);
  });

  it('install the Node.js and the Terraform of mise.toml', () => {
    const tools = readFileSync(join(root, 'mise.toml'), 'utf8');
    const pinned = (tool: string) => new RegExp(`^${tool} = "(.*)"$`, 'm').exec(tools)?.[1];
    const setup = readAction(join('.github', 'actions', 'setup', 'action.yml')).runs.steps;
    const inputs = Object.assign({}, ...setup.map((step) => step.with));
    expect(inputs).toMatchObject({
      'node-version': pinned('node'),
      terraform_version: `~${pinned('terraform')}`,
    });
  });
});

describe('an environment that is named', () => {
  const jobsOf = (file: string): Job[] =>
    Object.values(readWorkflow(join('.github', 'workflows', file)).jobs).filter(
      (job) => job.uses !== undefined,
    );
  const planned = jobsOf('plan.yml').map((job) => ({ ...job, kind: 'PLAN' }));
  const applied = jobsOf('apply.yml').map((job) => ({ ...job, kind: 'APPLY' }));
  const name = ({ with: inputs }: Job) => `${inputs?.environment}`;

  it('is planned, shown and applied: dev, then prod', () => {
    expect(planned.map(name)).toEqual(['dev', 'prod']);
    expect(applied.map(name)).toEqual(planned.map(name));
    const { comment } = readWorkflow(join('.github', 'workflows', 'plan.yml')).jobs;
    expect(comment?.needs).toEqual(planned.map(name));
    expect(comment?.steps?.at(-1)?.env).toMatchObject({ PLANS: expression('toJSON(needs)') });
  });

  it.each([...planned, ...applied].map((job) => ({ ...job, environment: name(job) })))(
    '$environment is in its region, waits for its own roles alone ($kind), and shows nobody a value that Terraform owns',
    ({ environment, kind, if: condition = '', with: inputs = {} }) => {
      const config = environments.get(environment);
      expect(config?.deployment).toBeTruthy();
      expect(inputs.region).toBe(config?.awsRegion);
      expect(inputs.refresh).toBe(config?.signingSecretValue !== 'terraform');
      const variable = (of: string) => `vars.AWS_${of}_ROLE_ARN_${environment.toUpperCase()}`;
      expect(inputs['plan-role']).toBe(expression(variable('PLAN')));
      if (kind === 'APPLY') expect(inputs['apply-role']).toBe(expression(variable('APPLY')));
      expect(condition.match(/vars\.\w+(?: != '')?/g)).toEqual([`${variable(kind)} != ''`]);
    },
  );

  it('is applied after dev, or without dev where dev has no roles, and never after a dev that failed', () => {
    const [, prod] = applied;
    expect(prod?.needs).toBe('dev');
    expect(prod?.if).toMatch(
      /^\$\{\{ !cancelled\(\) && \(needs\.dev\.result == 'success' \|\| needs\.dev\.result == 'skipped'\) && /,
    );
  });
});

function sub(found: string | RegExp, replacement: string): (text: string) => string {
  return (text) => text.replace(found, () => replacement);
}

function expression(text: string): string {
  return `\${{ ${text} }}`;
}
