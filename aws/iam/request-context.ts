/** What conditions and variables ask about a request. Pure. */

/** Values by condition key, whose case does not count; a key that the request does not have is missing. */
export type ConditionContext = Readonly<Record<string, string | readonly string[]>>;

/** `absent`: the request does not have the key. `unknown`: nobody here can tell whether it has. */
type Found = readonly string[] | 'absent' | 'unknown';

export type Lookup = (key: string) => Found;

/** @param otherKeys what is said of a key that is not in the context */
export function lookupIn(context: ConditionContext, otherKeys: 'absent' | 'unknown'): Lookup {
  const values = new Map(
    Object.entries(context).map(([key, value]) => [key.toLowerCase(), [value].flat()] as const),
  );
  return (key) => {
    const found = values.get(key.toLowerCase());
    if (found === undefined) return otherKeys;
    return found.length === 0 ? 'absent' : found;
  };
}
