/** The rules over the real workflows, and each rule against a workflow that breaks it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { environments } from '../../envs/environments.ts';
import { keyCommands } from '../ops/keys/key-commands.ts';
import { KNOWN_ACTIONS, pinned } from './known-actions.ts';
import { RULES, STEP_RULES } from './rules.ts';
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

const PROPOSAL =
  'pushes to a branch of its own alone, from a job without a role that runs nothing but git and gh';
const KNOWN_COMMITS = 'uses known actions by the commit of a release';
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

describe.each(Object.entries(STEP_RULES))('an action of this repository %s', (_name, rule) => {
  it.each(actionFiles)('in %s', (file) => {
    expect(rule(readAction(file).runs.steps)).toEqual([]);
  });
});

describe('an action of somebody else', () => {
  const uses = [...workflowFiles, ...actionFiles].flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const used = /^[ -]*uses: +(?! |\.\/)(.*)$/.exec(line)?.[1];
        return used === undefined ? [] : [[file, index + 1, used] as const];
      }),
  );

  it('is used in some step', () => {
    expect(uses.length).toBeGreaterThan(Object.keys(KNOWN_ACTIONS).length);
  });

  it.each(uses)('is a commit, and a comment names its release: %s:%i, %s', (_file, _line, used) => {
    const [, action = '', version] =
      /^([\w.-]+\/[\w.-]+(?:\/[\w./-]+)?)@[0-9a-f]{40} # (v\d+\.\d+\.\d+)$/.exec(used) ?? [];
    expect(used).toBe(`${pinned(action)} # ${version}`);
    expect(version).toBe(KNOWN_ACTIONS[action]?.version);
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
      'writes nothing but its identity, comments and proposals',
      'ci',
      sub('contents: read', 'contents: write'),
    ],
    [
      'a proposal beside a role',
      PROPOSAL,
      'rotation',
      sub('contents: write', 'contents: write\n      id-token: write'),
    ],
    ['a push to main', PROPOSAL, 'rotation', sub('origin "$branch"', 'origin HEAD:main')],
    ['a push to another branch', PROPOSAL, 'rotation', sub('branch="rotate/$ENVIRONMENT"', 'branch=main')],
    [
      'a program beside a pen',
      PROPOSAL,
      'rotation',
      sub('run: rm -r', 'run: npm ci --ignore-scripts; rm -r'),
    ],
    [
      'a token in an argument',
      'shows its token in no argument and no file',
      'rotation',
      sub('push --force origin', 'push --force "https://x:$GH_TOKEN@github.com/o/r"'),
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
      KNOWN_COMMITS,
      'ci',
      sub(pinned('actions/checkout'), 'actions/checkout@main'),
    ],
    ['an action by its tag', KNOWN_COMMITS, 'ci', sub(pinned('actions/checkout'), 'actions/checkout@v6.1.0')],
    [
      'an action by the commit of another one',
      KNOWN_COMMITS,
      'ci',
      sub(pinned('actions/checkout'), pinned('actions/setup-node').replace('setup-node', 'checkout')),
    ],
    [
      'an unknown action',
      KNOWN_COMMITS,
      'ci',
      sub('./.github/actions/setup', 'somebody/setup@d23441a48e516b6c34aea4fa41551a30e30af803'),
    ],
    [
      'a workflow of somebody else',
      'calls no workflow of another repository',
      'apply',
      sub('./.github/workflows/deploy.yml', 'somebody/deploy/.github/workflows/deploy.yml@v1'),
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
      'applies and rotates only behind a GitHub environment',
      'deploy',
      sub(/^ {4}environment: .*\n/m, ''),
    ],
    [
      'a rotation that asks nobody',
      'applies and rotates only behind a GitHub environment',
      'rotation',
      sub(/^ {4}environment: .*\n/m, ''),
    ],
    [
      'a rotation that the next one ends',
      'never ends an apply or a rotation in the middle',
      'rotate',
      sub('cancel-in-progress: false', 'cancel-in-progress: true'),
    ],
    [
      'a look that may comment',
      'never has an identity and a comment’s pen in one job',
      'rotation',
      sub('pull-requests: read', 'pull-requests: write'),
    ],
    [
      'a job that is skipped with the one before it',
      'says what happens to a job when the one before it is skipped',
      'apply',
      sub(/^ {4}if: .*needs\.dev.*\n/m, ''),
    ],
    [
      'a comment that forgets one of the plans',
      'says what happens to a job when the one before it is skipped',
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
      'never ends an apply or a rotation in the middle',
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
      expect.arrayContaining(['plan', 'apply', 'keys', 'check:secrets']),
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

function jobsOf(file: string): Job[] {
  const { jobs } = readWorkflow(join('.github', 'workflows', file));
  return Object.values(jobs).filter((job) => job.uses !== undefined);
}

describe('the order of the README', () => {
  const readme = readFileSync(join(root, '.github', 'workflows', 'README.md'), 'utf8');

  it('protects GitHub’s environments before it makes a role that trusts them, and names the roles to GitHub last', () => {
    const [, setUp = ''] = /^## Set up, once for each environment\n([\s\S]*?)^## /m.exec(readme) ?? [];
    const steps = setUp.split(/^\d+\. /m).slice(1);
    const stepOf = (text: string) => steps.findIndex((step) => step.includes(text));
    const order = [
      stepOf('make an environment `dev`, for the branch `main` only, with required reviewers'),
      stepOf("deployment: { repository: '"),
      stepOf('`npm run apply -- dev`'.replaceAll('`', '')),
      stepOf('gh variable set AWS_APPLY_ROLE_ARN_DEV'),
    ];
    expect(order).toEqual([0, 1, 2, 3]);
    expect(steps[0]).toContain('`prod-keys`');
    expect(steps[0]).not.toContain('npm run bootstrap');
    expect(steps[1]).toContain('npm run bootstrap -- dev');
  });
});

describe('an environment that is named', () => {
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

describe('the scheduled rotation', () => {
  const rotated = jobsOf('rotate.yml');

  it('runs for every environment in an account whose key the key commands own, in its region, with its own roles', () => {
    const wanted = [...environments.values()].filter(
      ({ localPorts, signingSecretValue }) => localPorts === null && signingSecretValue === 'keys',
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(rotated.map(({ if: condition, with: inputs }) => ({ condition, ...inputs }))).toEqual(
      wanted.map(({ environment, awsRegion }) => ({
        condition: `vars.AWS_ROTATE_ROLE_ARN_${environment.toUpperCase()} != ''`,
        environment,
        region: awsRegion,
        'plan-role': expression(`vars.AWS_PLAN_ROLE_ARN_${environment.toUpperCase()}`),
        'rotate-role': expression(`vars.AWS_ROTATE_ROLE_ARN_${environment.toUpperCase()}`),
        'min-age-days': 90,
        'take-over': expression('inputs.take-over == true'),
      })),
    );
  });

  it('asks of rotate what it knows', () => {
    const { rotate } = readWorkflow(join('.github', 'workflows', 'rotation.yml')).jobs;
    const run = rotate?.steps?.map((step) => step.run ?? '').find((text) => text.includes('keys -- rotate'));
    const asked = [...new Set(run?.match(/(?<= |\()--[a-z-]{3,}/g))].filter((flag) => flag !== '--silent');
    const help = keyCommands.find((command) => command.name() === 'rotate')?.helpInformation();
    expect(asked).toEqual(['--yes', '--no-wait', '--no-apply', '--min-age-days', '--take-over']);
    for (const flag of asked) expect(help).toMatch(new RegExp(`^ +${flag}\\b`, 'm'));
  });

  it('comes once a day, and not at a full hour', () => {
    const { on } = readWorkflow(join('.github', 'workflows', 'rotate.yml'));
    expect(on.schedule).toEqual([{ cron: expect.stringMatching(/^([1-9]|[1-5]\d) \d{1,2} \* \* \*$/) }]);
  });

  it('looks without the role that holds the key, and takes that role only when something is due', () => {
    const { jobs } = readWorkflow(join('.github', 'workflows', 'rotation.yml'));
    const roleOf = (job?: Job) =>
      job?.steps?.flatMap((step) => step.with?.['role-to-assume'] ?? []).join() ?? '';
    expect(roleOf(jobs.look)).toBe(expression('inputs.plan-role'));
    expect(jobs.look?.environment).toBeUndefined();
    expect(roleOf(jobs.rotate)).toBe(expression('inputs.rotate-role'));
    expect(jobs.rotate?.if).toBe("needs.look.outputs.due == 'true'");
    expect(roleOf(jobs.propose)).toBe('');
  });
});

function sub(found: string | RegExp, replacement: string): (text: string) => string {
  return (text) => text.replace(found, () => replacement);
}

function expression(text: string): string {
  return `\${{ ${text} }}`;
}
