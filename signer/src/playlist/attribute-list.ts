/**
 * A tag's attribute list, with where each value stands, so that one can be replaced and every other byte kept.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-4.2
 */

export interface Attribute {
  readonly name: string;
  readonly value: string;
  /** Where the value starts and ends in the line, without its quotes. */
  readonly start: number;
  readonly end: number;
  /**
   * Whether every player finds the same value here: no quote but the two around the value, and nothing between the
   * second and the comma. hls.js reads `X="a"b,URI="c"` as one attribute.
   */
  readonly isClear: boolean;
}

/**
 * Values without quotes are read too, as players do.
 *
 * @returns `null` when a quote is not closed
 */
export function readAttributes(line: string, from: number): Attribute[] | null {
  const attributes: Attribute[] = [];
  let at = from;
  while (at < line.length) {
    const equals = line.indexOf('=', at);
    if (equals === -1) break;
    // What stands before a comma here is no attribute.
    const name = line.slice(Math.max(at, line.lastIndexOf(',', equals) + 1), equals).trim();
    let start = equals + 1;
    while (line[start] === ' ') start++;
    const isQuoted = line[start] === '"';
    if (isQuoted) start++;
    const close = line.indexOf(isQuoted ? '"' : ',', start);
    if (isQuoted && close === -1) return null;
    let end = close === -1 ? line.length : close;
    const comma = isQuoted ? line.indexOf(',', end) : close;
    if (!isQuoted) while (end > start && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--;
    const value = line.slice(start, end);
    const isClear =
      !line.slice(at, equals).includes('"') &&
      (isQuoted
        ? line.slice(end + 1, comma === -1 ? line.length : comma).trim() === '' &&
          // Behind a blank, hls.js takes the quote for a part of the value, which the next comma ends.
          (start === equals + 2 || !value.includes(','))
        : !value.includes('"'));
    attributes.push({ name, value, start, end, isClear });
    at = comma === -1 ? line.length : comma + 1;
  }
  return attributes;
}
