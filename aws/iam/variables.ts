/**
 * Policy variables: `${aws:PrincipalTag/team}`, with a default as in `${aws:userid, 'anonymous'}`, and `${*}`, `${?}`, `${$}`
 * for these very characters. Pure.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import type { Lookup } from './request-context.ts';
import { literalTokens, type Token, wildcardTokens } from './wildcard.ts';

/** The values of variables; null in a document whose version knows none, where `${…}` is text like any other. */
export type Variables = Lookup | null;

const VARIABLE = /\$\{([^}]*)\}/;
const NAME_AND_DEFAULT = /^([^,'*?$]+)(?:, *'([^']*)')?$/;
const SPECIAL = new Set(['*', '?', '$']);

/** A piece as it is written, or one that a variable stands for. */
interface Piece {
  readonly text: string;
  readonly isWritten: boolean;
}

/** The text with its variables replaced; null when one has no value that is known. */
export function expandedText(written: string, variables: Variables): string | null {
  return (
    piecesOf(written, variables)
      ?.map(({ text }) => text)
      .join('') ?? null
  );
}

/** A pattern with its variables replaced, whose wildcards are those that are written; null as above. */
export function expandedTokens(written: string, variables: Variables): Token[] | null {
  return (
    piecesOf(written, variables)?.flatMap(({ text, isWritten }) =>
      isWritten ? wildcardTokens(text) : literalTokens(text),
    ) ?? null
  );
}

function piecesOf(written: string, variables: Variables): Piece[] | null {
  if (variables === null) return [{ text: written, isWritten: true }];
  // With one group, split gives text and names by turns.
  const pieces = written.split(new RegExp(VARIABLE, 'g')).map((text, index): Piece | null => {
    if (index % 2 === 0) return text.includes('${') ? null : { text, isWritten: true };
    const value = resolved(text, variables);
    return value === null ? null : { text: value, isWritten: false };
  });
  return pieces.includes(null) ? null : pieces.filter((piece) => piece !== null);
}

/**
 * AWS says that a variable without a value "might cause the entire statement to be invalid", and does not say whether a
 * wildcard in a value is one: neither is guessed here.
 */
function resolved(inside: string, variables: Lookup): string | null {
  if (SPECIAL.has(inside)) return inside;
  const [, key, fallback] = NAME_AND_DEFAULT.exec(inside) ?? [];
  if (key === undefined) return null;
  const found = variables(key);
  const [value, ...more] = found === 'absent' ? [fallback] : found === 'unknown' ? [] : found;
  return value === undefined || more.length > 0 || /[*?]/.test(value) ? null : value;
}
