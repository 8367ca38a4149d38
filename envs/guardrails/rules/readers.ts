/** Who may read the signing key's value, and what stands where anybody may read. */

import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { referencesIn, variablesIn } from '../../../aws/stack/template.ts';
import { ROLE_OR_USER_ARN } from '../../../aws/values/arns.ts';
import { nameOf, statementPart } from '../part.ts';
import { allowancesIn, covers, invertedIn, isPublic, policiesIn, type Statement } from '../policies.ts';
import { at, type Finding, type Judged, type Rule, show, unless, within } from '../rule.ts';
import { SECRET_ATTRIBUTES } from './secrets.ts';

const READ = 'secretsmanager:GetSecretValue';
/** A role or user by its whole name. */
const ATTACHMENTS = [
  ['aws_iam_role_policy_attachment', 'role'],
  ['aws_iam_user_policy_attachment', 'user'],
] as const;

export const readerRules: readonly Rule[] = [
  {
    id: 'secret-readers-exact',
    title: 'a secret’s policy denies only reading its value, to everybody except principals by name',
    why: 'a pattern also allows principals that are made later; a wider denial locks out the people who rotate the key or repair the policy',
    check: ({ graph }) =>
      graph.ofType('aws_secretsmanager_secret_policy').flatMap((resource) => {
        const { address, block } = resource;
        return at(address, [
          ...statementsOn(graph, resource).flatMap((statement) =>
            within(statementPart(statement), readerFindings(graph, statement)),
          ),
          ...unless(
            block.secret_arn === undefined || block.block_public_policy === true,
            `block_public_policy ${show(block.block_public_policy)}`,
            'block_public_policy true',
            { argument: 'block_public_policy' },
          ),
        ]);
      }),
  },
  {
    id: 'secret-backend-reads',
    title: 'a principal with an IAM policy to read the secret is not denied by the secret’s own policy',
    why: 'a Deny overrides every Allow: the backend would fail at its first signature',
    check: ({ graph }) => deniedCarriers(graph),
  },
  {
    id: 'ssm-nothing-secret',
    title: 'parameters are of type String and hold nothing secret',
    why: 'Terraform keeps a parameter’s value in its state, even a SecureString: put secrets into Secrets Manager',
    check: ({ graph }) =>
      graph.ofType('aws_ssm_parameter').flatMap(({ address, block }) => {
        const hidden = graph.variables
          .filter(({ block: variable }) => variable.sensitive === true || variable.ephemeral === true)
          .map((variable) => variable.address.replace('variable.', ''));
        const secret =
          variablesIn(block.value).some((name) => hidden.includes(name)) ||
          referencesIn(block.value).some(({ attribute }) => SECRET_ATTRIBUTES.test(attribute));
        return at(address, [
          ...unless(
            block.type === 'String' || block.type === 'StringList',
            `type ${show(block.type)}`,
            '"String"',
            { argument: 'type' },
          ),
          ...unless(!secret, 'a value with a secret in it', 'the secret’s name or ARN', {
            argument: 'value',
          }),
        ]);
      }),
  },
];

function statementsOn(graph: StackGraph, resource: Resource): readonly Statement[] {
  return policiesIn(graph, 'resource').find((policy) => policy.resource === resource)?.statements ?? [];
}

/** Whom a denial spares. */
export function readersIn({ conditions }: Statement): string[] {
  return conditions
    .filter(
      ({ operator, key }) =>
        /^(?:Arn|String)Not(?:Equals|Like)$/.test(operator) && key === 'aws:principalarn',
    )
    .flatMap(({ values }) => values);
}

function readerFindings(graph: StackGraph, statement: Statement): Judged {
  const { name, effect, actions, conditions, principals } = statement;
  const inverted = invertedIn(statement);
  if (effect === 'Allow') {
    // An Allow for everybody is another rule's.
    return isPublic(statement)
      ? []
      : actions.map((action) => ({
          part: { action: nameOf(action) },
          found: `${name} allows ${show(action)}`,
          wanted: 'no Allow: allow it in IAM policies',
        }));
  }
  const readers = readersIn(statement);
  const isNamed = (reader: string) =>
    ROLE_OR_USER_ARN.test(reader) ||
    graph.target(reader, 'aws_iam_role', 'arn') !== undefined ||
    graph.target(reader, 'aws_iam_user', 'arn') !== undefined;
  const vague = readers.filter((reader) => !isNamed(reader));
  return [
    ...unless(
      actions.join() === READ && inverted.length === 0,
      `${name} denies ${show(actions)}${inverted.length > 0 ? ` with ${inverted.join()}` : ''}`,
      `${READ} and nothing else`,
      { argument: 'Action' },
    ),
    ...unless(
      principals.some(({ id }) => id === '*') && conditions.length === 1 && readers.length > 0,
      `${name} does not deny everybody except a list`,
      'Principal "*", and ArnNotEquals aws:PrincipalArn as its one condition',
      { argument: 'Condition' },
    ),
    ...vague.map((reader) => ({
      part: { principal: nameOf(reader) },
      found: `${name} exempts ${show(reader)}`,
      wanted: 'roles and users by their whole ARN',
    })),
  ];
}

function deniedCarriers(graph: StackGraph): Finding[] {
  return graph.ofType('aws_secretsmanager_secret_policy').flatMap((resource) => {
    const { address, block } = resource;
    const denials = statementsOn(graph, resource).filter(({ effect }) => effect === 'Deny');
    const readers = denials.flatMap(readersIn);
    if (readers.length === 0) return [];
    const carriers = allowancesIn(graph, 'identity')
      .filter(
        ({ statement }) =>
          covers(statement, READ) &&
          statement.resources.some((arn) => sameSecret(graph, arn, block.secret_arn)),
      )
      .flatMap((allowance) => carriersOf(graph, allowance.resource));
    return [...new Set(carriers)]
      .filter((carrier) => !readers.some((reader) => isCalled(graph, reader, carrier)))
      .map((carrier) => ({
        address,
        part: { principal: nameOf(carrier) },
        found: `${carrier} may read by its own policy, and is denied here`,
        wanted: 'its ARN among the exempt principals',
      }));
  });
}

function sameSecret(graph: StackGraph, one: unknown, other: unknown): boolean {
  const secret = graph.target(one, 'aws_secretsmanager_secret', 'arn', 'id');
  return secret !== undefined && secret === graph.target(other, 'aws_secretsmanager_secret', 'arn', 'id');
}

/** `role/name` and `user/name` that carry a policy. */
export function carriersOf(graph: StackGraph, policy: Resource): string[] {
  const inline = { aws_iam_role_policy: 'role', aws_iam_user_policy: 'user' }[policy.type];
  if (inline !== undefined) return [carrier(graph, inline, policy.block[inline])];
  return ATTACHMENTS.flatMap(([type, argument]) =>
    graph.referrers(policy, type, 'policy_arn').map(({ block }) => carrier(graph, argument, block[argument])),
  );
}

function carrier(graph: StackGraph, kind: string, value: unknown): string {
  const made = graph.target(value, `aws_iam_${kind}`, 'name', 'id');
  return `${kind}/${String(made?.block.name ?? value)}`;
}

/** By its last name: a role that exists elsewhere may have a path. */
function isCalled(graph: StackGraph, reader: string, wanted: string): boolean {
  const made = graph.target(reader, 'aws_iam_role', 'arn') ?? graph.target(reader, 'aws_iam_user', 'arn');
  const [kind = '', name] = made
    ? [made.type.replace('aws_iam_', ''), String(made.block.name)]
    : [/:(role|user)\//.exec(reader)?.[1], reader.split('/').at(-1)];
  return `${kind}/${name}` === wanted;
}
