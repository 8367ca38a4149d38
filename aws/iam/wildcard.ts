/**
 * IAM's wildcards: `*` is any run of characters, `?` is one. Pure.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */

const ANY = Symbol('any run of characters');
const ONE = Symbol('one character');

/** A character as it is, or a wildcard: a policy variable may stand for a `*` that is none. */
export type Token = string | typeof ANY | typeof ONE;

/** Whether a pattern as it is written covers a text; case counts. */
export function matchesWildcard(pattern: string, text: string): boolean {
  return /[*?]/.test(pattern) ? matchesTokens(wildcardTokens(pattern), text) : pattern === text;
}

/** A pattern's tokens, `*` and `?` read as wildcards. */
export function wildcardTokens(pattern: string): Token[] {
  return literalTokens(pattern).map((character) =>
    character === '*' ? ANY : character === '?' ? ONE : character,
  );
}

/** The tokens of a text that has no wildcards, whatever its characters. */
export function literalTokens(text: string): string[] {
  return text.split('');
}

/**
 * Goes back to the last `*` alone, so the work is at most the pattern's length times the text's: a regular expression
 * with several `.*` would try every way to share the text out among them.
 */
export function matchesTokens(pattern: readonly Token[], text: string): boolean {
  let token = 0;
  let afterStar = 0;
  let resumeAt = -1;
  let at = 0;
  while (at < text.length) {
    if (pattern[token] === ANY) {
      token += 1;
      afterStar = token;
      resumeAt = at;
    } else if (token < pattern.length && (pattern[token] === ONE || pattern[token] === text[at])) {
      token += 1;
      at += 1;
    } else if (resumeAt !== -1) {
      resumeAt += 1;
      at = resumeAt;
      token = afterStar;
    } else {
      return false;
    }
  }
  return pattern.slice(token).every((rest) => rest === ANY);
}
