/** Who may become a role: exactly whom it is for. */

import type { StackGraph } from '../../../aws/stack/stack-graph.ts';
import { wholeAccountIn } from '../../../aws/values/arns.ts';
import { nameOf, statementPart } from '../part.ts';
import {
  allowancesIn,
  exactValues,
  isPublic,
  type PolicyPrincipal,
  type Statement,
  servicesOf,
} from '../policies.ts';
import { at, type Judged, type Rule, show, unless, within } from '../rule.ts';
import { ownAccountFindings } from './own-account.ts';

const ECS = 'ecs-tasks.amazonaws.com';

export const trustRules: readonly Rule[] = [
  {
    id: 'iam-trust-bound',
    title: 'no role can be assumed by everybody, nor by every workflow of an identity provider',
    why: 'a trust policy for "*" allows everybody to assume the role; a trust policy for GitHub without a subject allows every repository on GitHub',
    checkov: ['CKV_AWS_60', 'CKV_AWS_358'],
    check: ({ graph }) =>
      allowancesIn(graph, 'trust').flatMap(({ resource: { address }, statement }) =>
        at(address, within(statementPart(statement), trustFindings(statement))),
      ),
  },
  {
    id: 'iam-federation-exact',
    title: 'an identity provider is trusted for one audience and for exact subjects',
    why: 'anybody who gets a token for another audience could replay it, and a pattern also covers future branches, forks and service accounts',
    check: ({ graph }) =>
      allowancesIn(graph, 'trust').flatMap(({ resource: { address }, statement }) =>
        // One without any subject is the rule's above.
        statement.principals.some(({ kind }) => kind === 'Federated') && hasSubject(statement)
          ? at(address, within(statementPart(statement), federationFindings(statement)))
          : [],
      ),
  },
  {
    id: 'iam-account-external-id',
    title: 'trust in a whole other account requires an external id',
    why: 'every principal there with the right to assume roles could become the backend, and a vendor’s account acts for all its customers',
    check: ({ graph }) =>
      allowancesIn(graph, 'trust').flatMap(({ resource: { address }, statement }) =>
        statement.principals
          .filter(({ kind, id }) => kind === 'AWS' && isForeignAccount(graph, id))
          .filter(() => exactValues(statement, 'sts:ExternalId').length === 0)
          .map(({ id }) => ({
            address,
            part: { ...statementPart(statement), principal: nameOf(id) },
            found: `${statement.name} trusts ${show(id)}`,
            wanted: 'StringEquals sts:ExternalId, or one role by its ARN',
          })),
      ),
  },
  {
    id: 'iam-service-source',
    title:
      'ECS may assume a role only for tasks of this account, and a trust policy that names a source names this account too',
    why: 'a service assumes roles for every account: without a source in the condition, a task or job of any account could run with this role',
    check: ({ graph }) =>
      allowancesIn(graph, 'trust').flatMap(({ resource: { address }, statement }) =>
        at(
          address,
          servicesOf(statement)
            .filter((service) => service === ECS || hasSource(statement))
            .flatMap((service) =>
              within(statementPart(statement), ownAccountFindings(graph, statement, service)).map(
                (finding) => ({
                  ...finding,
                  found: `${statement.name} trusts ${finding.found}`,
                }),
              ),
            ),
        ),
      ),
  },
];

function hasSource({ conditions }: Statement): boolean {
  return conditions.some(({ key }) => key === 'aws:sourcearn' || key === 'aws:sourceaccount');
}

function trustFindings(statement: Statement): Judged {
  if (isPublic(statement)) {
    return [
      { found: `${statement.name} trusts everybody`, wanted: 'a service, a role or an account by name' },
    ];
  }
  return statement.principals
    .filter(({ kind }) => kind === 'Federated')
    .filter(() => !hasSubject(statement))
    .map((principal) => ({
      part: { principal: nameOf(principal.id) },
      found: `${statement.name} trusts ${federation(principal)} for any subject`,
      wanted:
        'StringEquals or StringLike on its :sub, with owner and repository (or service account) by name',
    }));
}

/** Whether the subject is demanded, by more than a pattern at its start. */
function hasSubject({ conditions }: Statement): boolean {
  return conditions.some(
    ({ operator, key, values }) =>
      /^String(?:Equals|Like)$/.test(operator) &&
      key.endsWith(':sub') &&
      values.length > 0 &&
      values.every((value) => !/^(?:\*|[a-z]+:\*)/.test(value)),
  );
}

function federationFindings(statement: Statement): Judged {
  const exact = (suffix: string) =>
    statement.conditions
      .filter(({ operator, key }) => operator === 'StringEquals' && key.endsWith(suffix))
      .flatMap(({ values }) => values)
      // IAM reads no pattern in StringEquals: one there matches nobody.
      .filter((value) => !/[*?]/.test(value));
  return [
    ...unless(
      exact(':aud').length === 1,
      `${statement.name} for ${exact(':aud').length} audiences`,
      'StringEquals on its :aud, one audience',
      { argument: 'aud' },
    ),
    ...unless(
      exact(':sub').length > 0,
      `${statement.name} for subjects by pattern`,
      'StringEquals on its :sub, subjects by their whole name',
      { argument: 'sub' },
    ),
  ];
}

function isForeignAccount(graph: StackGraph, principal: string): boolean {
  const account = wholeAccountIn(principal);
  return account !== null && !graph.accounts.has(account);
}

function federation({ id }: PolicyPrincipal): string {
  return show(id.split('/').at(-1));
}
