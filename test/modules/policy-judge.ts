/** What the documents of a role come to, by the judge of the house: an explicit Deny wins, and without an Allow nothing may be done. */
import { readPolicy } from '../../aws/iam/document.ts';
import { judge } from '../../aws/iam/evaluate.ts';

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
  const policies = documents.map((document) => read(String(document)));
  const judgement = judge(policies, { principal: 'holder', action, resource, context });
  if (judgement.decision === 'unknown') {
    throw new Error(`the ${judgement.element} of ${judgement.by.name} is not judged here`);
  }
  return judgement.decision === 'allow';
}

/** A property asks the same documents many thousand times. */
const known = new Map<string, ReturnType<typeof readPolicy>>();

function read(text: string): ReturnType<typeof readPolicy> {
  const policy = known.get(text) ?? readPolicy(text);
  known.set(text, policy);
  return policy;
}

const parsed = new Map<string, readonly Statement[]>();

export function statementsOf(document: unknown): readonly Statement[] {
  const text = String(document);
  const statements: readonly Statement[] = parsed.get(text) ?? JSON.parse(text).Statement;
  parsed.set(text, statements);
  return statements;
}
