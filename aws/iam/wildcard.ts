/**
 * IAM's wildcards: `*` is any run of characters, `?` is one. Pure.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */

const ANY = Symbol('any run of characters');
const ONE = Symbol('one character');

/** A character as it is, or a wildcard: the value of a policy variable may contain a `*` that is not a wildcard. */
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
 * The same where a wildcard does not cross the colons between the parts of an ARN, unless it is a `*` at a part's end:
 * "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon boundaries."
 */
export function matchesWithinParts(pattern: readonly Token[], text: string): boolean {
  let reached = [true, ...new Array<boolean>(text.length).fill(false)];
  pattern.forEach((token, index) => {
    const isLast = [undefined, ':'].includes(pattern[index + 1] as string | undefined);
    let isRunning = false;
    reached = reached.map((isReached, at) => {
      const before = text[at - 1];
      if (token === ANY) {
        isRunning = isReached || (isRunning && (isLast || before !== ':'));
        return isRunning;
      }
      const fits = token === ONE ? before !== ':' : before === token;
      return at > 0 && fits && reached[at - 1] === true;
    });
  });
  return reached[text.length] === true;
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
