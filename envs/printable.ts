/**
 * What may be shown on a terminal. A tag, a path, a lock's holder or a server's answer is untrusted text: it must not
 * move the cursor, write over a line, turn it around or hide a part of it. Pure.
 */

/**
 * Control characters (C0 but line feeds, DEL, C1), format characters (zero width, bidirectional), line and paragraph
 * separators, and lone surrogates.
 *
 * @see https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequence that sets colours begins with one
const COLOUR = /(\u001b\[[\d;]*m)/;

/**
 * The text with control characters written as `\uXXXX`; line feeds are kept. In JSON such a character can only be in a string,
 * and JSON writes it in the same way: the parsed value stays the same.
 */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => (character === '\n' ? character : escaped(character)));
}

/** The same of what must stay on its line. */
export function printableLine(text: string): string {
  return text.replace(OBEYED, escaped);
}

/** The same of lines with colours, such as Terraform's: these sequences alone are kept. */
export function printableInColour(text: string): string {
  // With one group, split gives text and sequences by turns.
  const pieces = text.split(COLOUR);
  return pieces.map((piece, index) => (index % 2 === 1 ? piece : printable(piece))).join('');
}

/** JSON that may be shown on a terminal. */
export function printableJson(value: unknown, space?: number): string {
  return printable(JSON.stringify(value, null, space));
}

/** By UTF-16 units, as JSON has it. */
function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
