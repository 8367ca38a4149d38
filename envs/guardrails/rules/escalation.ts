/** Rights that give more rights: an environment grants none, and the roles that deploy cannot change their own rights. */
import { matchesWildcard } from '../../../aws/iam/wildcard.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { nameOf, statementPart } from '../part.ts';
import { allowancesIn, covers, invertedIn, policiesIn, type Statement } from '../policies.ts';
import { at, type Finding, type Rule, show, within } from '../rule.ts';
import { carriersOf } from './readers.ts';

/** "*" and "iam:*" are the rule's on stars. */
const STAR = /^(?:\*|[a-z0-9-]*:\*)$/i;
const HARMLESS = [
  // Passing has rules of its own.
  /^iam:(?:pass(?:role|\*)|(?:get|list|simulate|generate)[a-z*?]*)$/i,
  /^secretsmanager:(?:batchget|get|list|describe)[a-z*?]*$/i,
];
const RIGHTS = /^(?:iam|secretsmanager):/i;
/** Rights elsewhere: another's role, and the policies that guard buckets and keys. */
const MORE_RIGHTS = [
  'sts:AssumeRole',
  'sts:AssumeRoleWithSAML',
  'sts:AssumeRoleWithWebIdentity',
  'sts:AssumeRoot',
  'sts:GetFederationToken',
  'kms:CreateGrant',
  'kms:PutKeyPolicy',
  's3:DeleteBucketPolicy',
  's3:PutBucketPolicy',
];

export const escalationRules: readonly Rule[] = [
  {
    id: 'iam-no-escalation',
    title:
      'an environment lets nobody write in IAM, assume another role, change a policy that protects something, or write a secret',
    why: 'a compromised backend would give itself more rights, or replace the key that signs viewers’ cookies',
    check: ({ graph, purpose }) =>
      // The roles that deploy must write roles: the rule below limits them.
      purpose === 'state'
        ? []
        : allowancesIn(graph, 'identity').flatMap(({ resource: { address }, statement }) =>
            at(
              address,
              within(
                statementPart(statement),
                statement.actions.filter(givesRights).map((action) => ({
                  part: { action: nameOf(action) },
                  found: `${statement.name}: ${show(action)}`,
                  wanted: 'none: people do that, with the key commands or by deploying',
                })),
              ),
            ),
          ),
  },
  {
    id: 'iam-deploy-roles-kept',
    title: 'the roles that deploy are denied to change the roles and policies that limit a deploy',
    why: 'a workflow that may change its own policy may do anything, whatever else that policy says',
    check: ({ graph, purpose }) => (purpose === 'state' ? ownRightsFindings(graph) : []),
  },
  {
    id: 'iam-one-boundary',
    title:
      'if one role has a permissions boundary, every role has the same one, and a deploy can make roles only with it',
    why: 'an organization that requires the boundary refuses the apply at a role without it, or has a role that the boundary does not limit',
    check: ({ graph }) => boundaryFindings(graph),
  },
];

const BOUNDARY_KEY = 'iam:permissionsboundary';

/** The boundary is the one that most roles of the stack have; a stack without any is not judged. */
function boundaryFindings(graph: StackGraph): Finding[] {
  const roles = graph
    .ofType('aws_iam_role', 'aws_iam_user')
    .map(({ address, block }) => ({ address, boundary: block.permissions_boundary }));
  const demanded = policiesIn(graph, 'identity').flatMap(({ resource: { address }, statements = [] }) =>
    statements.flatMap(({ name, conditions }) =>
      conditions
        .filter(({ key }) => key === BOUNDARY_KEY)
        .flatMap(({ values }) => [...new Set(values)].map((boundary) => ({ address, name, boundary }))),
    ),
  );
  const wanted = commonest([...roles, ...demanded].map(({ boundary }) => boundary));
  if (wanted === undefined) return [];
  return [
    ...roles
      .filter(({ boundary }) => boundary !== wanted)
      .map(({ address, boundary }) => ({
        address,
        found: boundary === undefined ? 'no permissions_boundary' : `permissions_boundary ${show(boundary)}`,
        wanted: `permissions_boundary ${show(wanted)}, as the others have`,
      })),
    ...demanded
      .filter(({ boundary }) => boundary !== wanted)
      .map(({ address, name, boundary }) => ({
        address,
        found: `${name}: iam:PermissionsBoundary ${show(boundary)}`,
        wanted: `${show(wanted)}, which the roles have`,
      })),
  ];
}

function commonest(values: readonly unknown[]): unknown {
  const given = values.filter((value) => value !== undefined);
  const times = (value: unknown) => given.filter((other) => other === value).length;
  return given.toSorted((one, other) => times(other) - times(one))[0];
}

function givesRights(action: string): boolean {
  if (STAR.test(action)) return false;
  if (RIGHTS.test(action)) return !HARMLESS.some((harmless) => harmless.test(action));
  return MORE_RIGHTS.some((right) => covers({ actions: [action] }, right));
}

function writesIam(action: string): boolean {
  return /^iam:/i.test(action) && givesRights(action);
}

/** For each role that may write in IAM: whatever of this stack its Allows reach, its own Denies must reach too. */
function ownRightsFindings(graph: StackGraph): Finding[] {
  const carried = policiesIn(graph, 'identity').flatMap(({ resource, statements = [] }) =>
    carriersOf(graph, resource).map((carrier) => ({ carrier, resource, statements })),
  );
  return carried.flatMap(({ carrier, resource: { address }, statements }) => {
    const denials = carried
      .filter((other) => other.carrier === carrier)
      .flatMap((other) => other.statements)
      .filter(
        (statement) =>
          statement.effect === 'Deny' && statement.conditions.length + invertedIn(statement).length === 0,
      );
    return statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap((statement) => {
        const writes = statement.actions.filter(writesIam);
        const open = graph
          .ofType('aws_iam_role', 'aws_iam_policy')
          .filter((kept) => reaches(graph, statement, kept))
          .filter(
            (kept) => !writes.every((action) => denials.some((one) => denies(graph, one, action, kept))),
          );
        return at(
          address,
          open.map((kept) => ({
            part: { ...statementPart(statement), principal: nameOf(carrier), value: kept.address },
            found: `${statement.name} lets ${carrier} change ${kept.address}`,
            wanted: `a Deny of ${show(writes)} on ${kept.address}, without a condition`,
          })),
        );
      });
  });
}

function denies(graph: StackGraph, denial: Statement, action: string, kept: Resource): boolean {
  return covers(denial, action) && reaches(graph, denial, kept);
}

/** Whether a statement's resources, patterns included, name a role or policy of this stack. */
function reaches(graph: StackGraph, { resources }: Statement, { type, address, block }: Resource): boolean {
  const name = `${String(block.path ?? '/')}${String(block.name)}`;
  const arns = [...graph.accounts].map(
    (account) => `arn:aws:iam::${account}:${type.replace('aws_iam_', '')}${name}`,
  );
  return resources.some(
    (resource) => resource === `\${${address}.arn}` || arns.some((arn) => matchesWildcard(resource, arn)),
  );
}
