/** How browsers read a Set-Cookie line: RFC 6265's own algorithm, written out. */

export interface ParsedCookie {
  readonly name: string;
  readonly value: string;
  /** In the order of the line; names in lower case. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/** @see https://www.rfc-editor.org/rfc/rfc6265#section-5.2 */
export function parseSetCookie(line: string): ParsedCookie {
  const [pair = '', ...attributes] = line.split(';');
  const split = (text: string): [string, string] => {
    const equals = text.indexOf('=');
    return equals === -1 ? [text.trim(), ''] : [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
  };
  const [name, value] = split(pair);
  return {
    name,
    value,
    attributes: attributes.map(split).map(([each, text]) => [each.toLowerCase(), text] as const),
  };
}
