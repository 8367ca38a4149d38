/** What policies come to, decided as IAM decides: an explicit Deny wins, and without an Allow nothing may be done. */

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Condition keys of a request; a key that is not here is absent. */
export type RequestContext = Readonly<Record<string, string>>;

/** Whether documents, taken together, allow an action on a resource. */
export function allows(
  documents: readonly unknown[],
  action: string,
  resource: string,
  context: RequestContext = {},
): boolean {
  const matching = documents.flatMap(statementsOf).filter((statement) => {
    return (
      [statement.Action].flat().some((pattern) => matches(pattern, action)) &&
      [statement.Resource].flat().some((pattern) => matches(pattern, resource)) &&
      Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
        Object.entries(keys).every(([key, values]) => holds(operator, context[key], [values].flat())),
      )
    );
  });
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

export function statementsOf(document: unknown): Statement[] {
  return JSON.parse(String(document)).Statement;
}

function holds(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  switch (operator) {
    case 'Null':
      return wanted.includes(String(value === undefined));
    case 'StringEquals':
      return value !== undefined && wanted.includes(value);
    case 'StringLike':
    case 'ArnLike':
      return value !== undefined && wanted.some((pattern) => matches(pattern, value));
    default:
      throw new Error(`${operator} is not judged here`);
  }
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern
    .split(/([*?])/)
    .map((part) => ({ '*': '.*', '?': '.' })[part] ?? part.replaceAll(/[.+^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${parts.join('')}$`, 'i').test(text);
}
