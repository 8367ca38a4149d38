/** What the documents of a role come to, by the judge of the house: an explicit Deny wins, and without an Allow nothing may be done. */
import { readPolicy } from '../../aws/iam/document.ts';
import { coversAction, judge } from '../../aws/iam/evaluate.ts';

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Condition keys of a request, one value or several; a key that is not here is absent. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** Whether documents, taken together, allow an action on a resource; throws where that cannot be told. */
export function allows(
  documents: readonly unknown[],
  action: string,
  resource: string,
  context: RequestContext = {},
): boolean {
  const carried = documents.map((document) => policyFor(action, String(document)));
  const judgement = judge(carried, { principal: 'holder', action, resource, context });
  if (judgement.decision === 'unknown') {
    throw new Error(`the ${judgement.element} of ${judgement.by.name} is not judged here`);
  }
  return judgement.decision === 'allow';
}

/** A resource's policy that names the role and allows it everything, as a role that may write such a policy can. */
export const LETS_IN = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Sid: 'LetsIn', Effect: 'Allow', Action: '*', Resource: '*' }],
});

type Policy = ReturnType<typeof readPolicy>;

const concerned = new Map<string, Policy>();

/** What of a document speaks of an action: thousands of questions are asked of the same few documents. */
function policyFor(action: string, text: string): Policy {
  const key = `${action} ${text}`;
  const known = concerned.get(key);
  if (known) return known;
  const policy = policyOf(text);
  const statements = policy.statements.filter(
    ({ actions, notActions }) => notActions !== null || coversAction(actions, action),
  );
  concerned.set(key, { ...policy, statements });
  return { ...policy, statements };
}

const policies = new Map<string, Policy>();

function policyOf(text: string): Policy {
  const policy = policies.get(text) ?? readPolicy(text);
  policies.set(text, policy);
  return policy;
}

const parsed = new Map<string, readonly Statement[]>();

export function statementsOf(document: unknown): readonly Statement[] {
  const text = String(document);
  const statements: readonly Statement[] = parsed.get(text) ?? JSON.parse(text).Statement;
  parsed.set(text, statements);
  return statements;
}
