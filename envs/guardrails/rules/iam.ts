/** Who may do what: exact actions on exact resources, and roles that only the right service can use. */

import type { StackGraph } from '../../../aws/stack/stack-graph.ts';
import { accountIn, ROLE_ARN, SECRET_ARN_PATTERN } from '../../../aws/values/arns.ts';
import { ACTIONS_WITHOUT_RESOURCE, CREATIONS_WITHOUT_RESOURCE } from '../actions-without-resource.ts';
import { nameOf, statementPart } from '../part.ts';
import { allowancesIn, covers, exactValues, isPublic, policiesIn, type Statement } from '../policies.ts';
import { type Finding, type GuardedStack, type Rule, reference, show, within } from '../rule.ts';

/** Resource patterns that name nothing: `*`, `arn:aws:s3:::*`. */
const EVERYTHING = /^(?:\*|arn:\*?|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*(?:\/\*)?)$/;
const STAR_ACTION = /^(?:\*|[a-z0-9-]*:\*)$/i;
const SECRET_READS = ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'];
/** One secret of another stack by its whole name: Secrets Manager puts a dash and six characters behind it. */
const ADMIN_POLICY = /:aws:policy\/(?:AdministratorAccess|PowerUserAccess|IAMFullAccess|AmazonS3FullAccess)$/;

export const iamRules: readonly Rule[] = [
  {
    id: 'iam-readable',
    title: 'every policy can be read from the stack',
    why: 'these rules cannot check a policy that comes from a variable or from another state, so it could allow anything',
    check: ({ graph }) => [
      ...policiesIn(graph, 'identity', 'trust', 'bucket', 'resource')
        .filter(({ statements }) => statements === undefined)
        .map(({ resource: { address } }) => ({
          address,
          found: 'a policy that is neither JSON nor an aws_iam_policy_document of this stack',
          wanted: 'a policy whose statements are in the stack',
        })),
      ...graph.ofType('aws_iam_role').flatMap(({ address, block }) =>
        ['inline_policy', 'managed_policy_arns']
          .filter((argument) => block[argument] !== undefined)
          .map((argument) => ({
            address,
            part: { argument },
            found: argument,
            wanted: 'a policy as a separate resource',
          })),
      ),
    ],
  },
  {
    id: 'iam-no-star-action',
    title: 'no policy allows every action, neither of all of AWS nor of one service',
    why: '"s3:*" includes DeleteBucket and PutBucketPolicy, and every action that AWS adds later',
    checkov: ['CKV_AWS_62', 'CKV_AWS_63'],
    check: ({ graph }) =>
      eachAllowance(graph, ({ actions, notActions }) => [
        ...actions
          .filter((action) => STAR_ACTION.test(action))
          .map((action) => ({
            part: { action: nameOf(action) },
            found: `the action ${show(action)}`,
            wanted: 'actions by name',
          })),
        ...(notActions !== null
          ? [{ part: { argument: 'NotAction' }, found: 'NotAction', wanted: 'actions by name' }]
          : []),
      ]),
  },
  {
    id: 'iam-no-star-resource',
    title:
      'no policy allows actions on every resource, except actions for which AWS defines no resource type',
    why: 'the account also holds other teams’ buckets, queues and secrets',
    checkov: ['CKV_AWS_355'],
    check: ({ graph, environment }) =>
      eachAllowance(graph, ({ resources, notResources, ...statement }) => [
        ...resources
          .filter((resource) => EVERYTHING.test(resource))
          .flatMap((resource) =>
            statement.actions
              .filter((action) => !needsEverything(statement, action, environment))
              .map((action) => ({
                part: { action: nameOf(action), value: nameOf(resource) },
                found: `${show(action)} on the resource ${show(resource)}`,
                wanted: 'ARNs of this stack',
              })),
          ),
        ...(notResources === null ? [] : everyAction(statement)).map((action) => ({
          part: { ...(action !== undefined && { action: nameOf(action) }), argument: 'NotResource' },
          found: action === undefined ? 'NotResource' : `${show(action)} with NotResource`,
          wanted: 'ARNs of this stack',
        })),
      ]),
  },
  {
    id: 'iam-pass-role-bound',
    title: 'a role can only be passed to the service that it is for',
    why: 'a backend that may pass a role to any service can pass it to a function that it creates, and act as that role',
    check: ({ graph }) =>
      eachAllowance(graph, (statement) => {
        if (!allows(statement, 'iam:PassRole')) return [];
        const services = exactValues(statement, 'iam:PassedToService');
        if (services.length > 0) return [];
        return (statement.notResources === null ? statement.resources : ['NotResource']).map((resource) => ({
          part: { value: nameOf(resource) },
          found: `iam:PassRole of ${show(resource)} to any service`,
          wanted: 'StringEquals iam:PassedToService, the one service',
        }));
      }),
  },
  {
    id: 'iam-passed-role-trust',
    title: 'a role that is passed belongs to this stack and trusts only that service',
    why: 'if the role trusts anybody else, the condition on passing it can be avoided',
    check: (stack) => passedRoleFindings(stack),
  },
  {
    id: 'iam-no-admin-policy',
    title: 'no principal has an administrator’s policy',
    why: 'the stack’s own policies allow exactly what is needed; an administrator’s policy makes them meaningless',
    checkov: ['CKV_AWS_274', 'CKV2_AWS_56'],
    check: ({ graph }) =>
      graph
        .ofType(
          'aws_iam_role_policy_attachment',
          'aws_iam_user_policy_attachment',
          'aws_iam_group_policy_attachment',
          'aws_iam_policy_attachment',
        )
        .filter(({ block }) => ADMIN_POLICY.test(String(block.policy_arn)))
        .map(({ address, block }) => ({
          address,
          found: `the policy ${String(block.policy_arn).split('/').at(-1)}`,
          wanted: 'a policy of this stack',
        })),
  },
  {
    id: 'iam-exact-secret',
    title: 'reading secret values is allowed for single secrets only',
    why: 'a principal that can read the signing key can open every title; a pattern also covers the other environments’ keys',
    check: ({ graph }) =>
      eachAllowance(graph, (statement) => {
        if (!SECRET_READS.some((action) => allows(statement, action))) return [];
        return statement.resources
          .filter((resource) => !EVERYTHING.test(resource) && !SECRET_ARN_PATTERN.test(resource))
          .filter(
            (resource) => graph.target(resource, 'aws_secretsmanager_secret', 'arn', 'id') === undefined,
          )
          .map((resource) => ({
            part: { value: nameOf(resource) },
            found: `GetSecretValue on ${show(resource)}`,
            wanted: reference('aws_secretsmanager_secret.<name>.arn'),
          }));
      }),
  },
  {
    id: 'policy-not-public',
    title: 'no policy of a secret, key, queue or topic allows everybody',
    why: 'such a policy also grants access to other accounts, and only its condition protects the resource',
    checkov: ['CKV_AWS_33', 'CKV_AWS_168', 'CKV_AWS_169'],
    check: ({ graph }) =>
      allowancesIn(graph, 'resource')
        .filter(({ statement }) => isPublic(statement))
        .map(({ resource: { address }, statement }) => ({
          address,
          part: statementPart(statement),
          found: `${statement.name} allows everybody`,
          wanted: 'principals by name',
        })),
  },
];

function eachAllowance(
  graph: StackGraph,
  judge: (statement: Statement) => Omit<Finding, 'address'>[],
): Finding[] {
  return allowancesIn(graph, 'identity').flatMap(({ resource: { address }, statement }) =>
    within(statementPart(statement), judge(statement)).map((finding) => ({
      address,
      ...finding,
      found: `${statement.name}: ${finding.found}`,
    })),
  );
}

/** Whether a statement covers an action by more than a star, which is another rule's. */
function allows(statement: Statement, action: string): boolean {
  return covers({ ...statement, actions: statement.actions.filter((one) => !STAR_ACTION.test(one)) }, action);
}

/** One by one; undefined for a statement about all but some. */
function everyAction({ actions }: Pick<Statement, 'actions'>): readonly (string | undefined)[] {
  return actions.length === 0 ? [undefined] : actions;
}

/** Whether no smaller resource exists for an action; creations must say that they are this environment's. */
function needsEverything(
  { conditions }: Pick<Statement, 'conditions'>,
  action: string,
  environment: string,
): boolean {
  const tagged = conditions.some(
    ({ operator, key, values }) =>
      operator === 'StringEquals' &&
      key === 'aws:requesttag/environment' &&
      values.length > 0 &&
      values.every((value) => value === environment),
  );
  return ACTIONS_WITHOUT_RESOURCE.has(action) || (tagged && CREATIONS_WITHOUT_RESOURCE.has(action));
}

function passedRoleFindings({ graph, purpose }: GuardedStack): Finding[] {
  const trusts = policiesIn(graph, 'trust');
  return eachAllowance(graph, (statement) => {
    if (!allows(statement, 'iam:PassRole')) return [];
    const services = exactValues(statement, 'iam:PassedToService');
    return statement.resources
      .filter((resource) => !EVERYTHING.test(resource))
      .flatMap((passed) => {
        const role = graph.target(passed, 'aws_iam_role', 'arn');
        // The roles that deploy pass a role of the environment's own stack, where its trust is judged.
        if (purpose === 'state' && isOneRole(graph, passed)) return [];
        if (role === undefined)
          return [
            {
              part: { value: nameOf(passed) },
              found: `iam:PassRole on ${show(passed)}`,
              wanted: reference('aws_iam_role.<name>.arn'),
            },
          ];
        const others = trusts
          .filter(({ resource }) => resource === role)
          .flatMap(({ statements = [] }) => statements.flatMap(({ principals }) => principals))
          // A trust in everybody is the other rule's.
          .filter(
            ({ kind, id }) =>
              id !== '*' && services.length > 0 && !(kind === 'Service' && services.includes(id)),
          );
        return others.map(({ kind, id }) => ({
          part: { principal: nameOf(id), value: nameOf(passed) },
          found: `${role.address} trusts ${kind} ${show(id)} too`,
          wanted: `Service ${services.join(', ')} alone`,
        }));
      });
  });
}

function isOneRole(graph: StackGraph, arn: string): boolean {
  const account = ROLE_ARN.test(arn) ? accountIn(arn) : undefined;
  return account !== undefined && graph.accounts.has(account);
}
