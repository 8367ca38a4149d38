/** Strangers' text on a terminal. */

/** A space behind a space too: enough of them move what follows to the next line of the screen. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]|[^\S ]|(?<= ) /gu;

/**
 * One line, which moves no cursor and reorders nothing, whatever the text: a line feed is shown as `\u{a}`. For one
 * value at a time; what separates values is written around it.
 */
export function showInvisible(value: string): string {
  return value.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
