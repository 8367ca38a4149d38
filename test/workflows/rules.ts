/** What a workflow of this repository must and must not do, in addition to being one that GitHub accepts. */
import { KNOWN_ACTIONS, pinned } from './known-actions.ts';
import { type Job, type Step, stepsOf, type Workflow } from './workflow.ts';

/** Gives back what is wrong, in a few words each. */
type Rule = (workflow: Workflow) => string[];
type StepRule = (steps: readonly Step[]) => string[];

/** A pull request's own text must never run with more than it brought: both events run with the repository's rights. */
const REFUSED_EVENTS = ['pull_request_target', 'workflow_run'];
const ALLOWED_WRITES = ['id-token', 'pull-requests'];
/** Has one job with a role and another that pushes: its caller grants both, and each job takes what it needs. */
const PROPOSES = './.github/workflows/rotation.yml';
const FORK_GUARD = 'github.event.pull_request.head.repo.full_name == github.repository';
const ROLE =
  /^\$\{\{ (?:vars\.AWS_(?:PLAN|APPLY|ROTATE)_ROLE_ARN_[A-Z]+|inputs\.(?:plan|apply|rotate)-role) \}\}$/;

/** Of steps wherever they are: in a workflow, or in an action of this repository. */
export const STEP_RULES: Readonly<Record<string, StepRule>> = {
  'uses known actions by the commit of a release': (steps) =>
    steps.flatMap(({ uses }) => {
      if (uses === undefined || uses.startsWith('./')) return [];
      const [action = ''] = uses.split('@');
      return Object.hasOwn(KNOWN_ACTIONS, action) && uses === pinned(action) ? [] : [uses];
    }),

  'builds no script from what an expression holds': (steps) =>
    steps.flatMap(({ run }) => (run?.includes('${{') ? [run] : [])),

  'shows its token in no argument and no file': (steps) =>
    steps.flatMap(({ run }) => run?.match(/\$\{?(?:GH|GITHUB)_TOKEN|gh auth token/g) ?? []),

  'leaves no token in the checkout': (steps) =>
    steps
      .filter((step) => isAction(step, 'actions/checkout') && step.with?.['persist-credentials'] !== false)
      .map(({ uses }) => `${uses}`),

  'assumes roles that a variable names, and holds no key': (steps) =>
    steps
      .filter((step) => isAction(step, 'aws-actions/configure-aws-credentials'))
      .filter(({ with: inputs = {} }) => !ROLE.test(`${inputs['role-to-assume']}`))
      .map(({ with: inputs = {} }) => `role-to-assume: ${inputs['role-to-assume']}`),
};

export const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    Object.entries(STEP_RULES).map(([name, rule]) => [name, (workflow: Workflow) => rule(stepsOf(workflow))]),
  ),

  'runs on no event that lends a stranger our rights': ({ on }) =>
    REFUSED_EVENTS.filter((event) => event in on),

  'gives nothing to a job that does not ask': ({ permissions }) =>
    permissions !== undefined && Object.keys(permissions).length === 0 ? [] : ['permissions: {} at its top'],

  'lets every job say what it needs': ({ jobs }) =>
    named(jobs, ({ permissions }) => permissions === undefined),

  'writes nothing but its identity, comments and proposals': ({ jobs }) =>
    Object.entries(jobs).flatMap(([name, { permissions = {}, steps, uses }]) =>
      Object.entries(permissions)
        .filter(([scope, access]) => access !== 'read' && !ALLOWED_WRITES.includes(scope))
        .filter(([scope]) => !(scope === 'contents' && (steps?.some(pushes) || uses === PROPOSES)))
        .map(([scope, access]) => `${name}: ${scope}: ${access}`),
    ),

  'pushes to a branch of its own alone, from a job without a role that runs nothing but git and gh': ({
    jobs,
  }) =>
    named(jobs, ({ permissions, steps }) => {
      if (permissions?.contents !== 'write' || steps === undefined) return false;
      return 'id-token' in permissions || !steps.every(isHarmlessBesideAPen);
    }),

  'keeps roles and comments from the pull requests of forks': ({ on, jobs }) => {
    const isGuarded = (job?: Job): boolean => {
      if (job?.if?.includes(FORK_GUARD)) return true;
      const skippedWith = [...(job?.if ?? '').matchAll(/needs\.(\w+)\.result != 'skipped'/g)];
      return skippedWith.length > 0 && skippedWith.every(([, name = '']) => isGuarded(jobs[name]));
    };
    return 'pull_request' in on ? named(jobs, (job) => writes(job) && !isGuarded(job)) : [];
  },

  'never has an identity and a comment’s pen in one job': ({ jobs }) =>
    named(
      jobs,
      ({ permissions = {}, uses }) =>
        uses !== PROPOSES && permissions['id-token'] === 'write' && permissions['pull-requests'] === 'write',
    ),

  'calls no workflow of another repository': ({ jobs }) =>
    Object.values(jobs).flatMap(({ uses }) => (uses === undefined || uses.startsWith('./') ? [] : [uses])),

  'runs no package’s script where a role can be had': ({ jobs }) =>
    named(
      jobs,
      ({ permissions, steps = [] }) =>
        permissions?.['id-token'] === 'write' &&
        steps.some(({ run }) => /npm (?:ci|i|install)\b(?!.*--ignore-scripts)/.test(run ?? '')),
    ),

  'reads no secret': (workflow) => JSON.stringify(workflow).match(/\bsecrets(?:\.\w+|\[|":)/g) ?? [],

  'applies and rotates only behind a GitHub environment': ({ jobs }) =>
    named(jobs, ({ environment, steps = [] }) => environment === undefined && steps.some(changes)),

  'says what happens to a job when the one before it is skipped': ({ jobs }) =>
    named(jobs, (job) => {
      const optional = needsOf(job).filter((name) => jobs[name]?.if !== undefined);
      const isSaid = (name: string) => job.if?.includes(`needs.${name}.result`);
      return optional.length > 0 && !(job.if?.includes('!cancelled()') && optional.every(isSaid));
    }),

  'knows how many of its runs may be under way': ({ on, concurrency, jobs }) => {
    if (concurrency !== undefined || 'workflow_call' in on) return [];
    return named(jobs, (job) => job.concurrency === undefined);
  },

  'never ends an apply or a rotation in the middle': ({ concurrency, jobs }) =>
    named(jobs, (job) => {
      const cancels = (job.concurrency ?? concurrency)?.['cancel-in-progress'] ?? false;
      return /\/(?:deploy|rotation)\.yml$/.test(job.uses ?? '') && cancels !== false;
    }),

  'ends by itself': ({ jobs }) =>
    named(jobs, (job) => job.uses === undefined && job['timeout-minutes'] === undefined),

  'runs on an image that is named': ({ jobs }) =>
    named(jobs, (job) => job.uses === undefined && !/^ubuntu-\d+\.\d+$/.test(job['runs-on'] ?? '')),
};

function named(jobs: Workflow['jobs'], isWrong: (job: Job) => boolean | undefined): string[] {
  return Object.entries(jobs).flatMap(([name, job]) => (isWrong(job) ? [name] : []));
}

function writes({ permissions = {} }: Job): boolean {
  return Object.values(permissions).includes('write');
}

function needsOf({ needs = [] }: Job): readonly string[] {
  return [needs].flat();
}

function isAction({ uses }: Step, action: string): boolean {
  return uses?.startsWith(`${action}@`) ?? false;
}

/** With the role for it, or by the command. */
function changes({ run, with: inputs }: Step): boolean {
  return (
    /npm run (?:--silent )?(?:apply|destroy|keys)\b/.test(run ?? '') ||
    /apply|rotate/i.test(`${inputs?.['role-to-assume']}`)
  );
}

function pushes({ run }: Step): boolean {
  return /\bgit\b.*\bpush\b/.test(run ?? '');
}

/** Files that come and go, and a push to the one branch that is proposed. */
function isHarmlessBesideAPen(step: Step): boolean {
  const { run } = step;
  if (run === undefined) {
    return isAction(step, 'actions/checkout') || isAction(step, 'actions/download-artifact');
  }
  const lines = run.split('\n').filter((line) => /\bpush\b/.test(line));
  return (
    !/\b(?:np[mx]|node|tsx|bash|sh|source|eval)\b/.test(run) &&
    lines.every((line) => /\bpush --force origin "\$branch"$/.test(line)) &&
    (lines.length === 0 || /^branch="rotate\/\$ENVIRONMENT"$/m.test(run))
  );
}
