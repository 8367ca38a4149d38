/** A Cookie header, out of what people copy: the header itself, `Set-Cookie` lines, or what this program printed. */

/**
 * One header to a line. `Cookie:` in front is dropped, of a `Set-Cookie:` line only the name and value count,
 * and other headers (a whole `curl -v` or "copy as" text) are ignored. A text without any such name is taken
 * as the header's value.
 */
export function readCookieText(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trimEnd().replace(/^[<>*]?[ \t]+/, ''))
    .flatMap(readLine)
    .join('; ');
}

function readLine(line: string): string[] {
  const [, name, value = ''] = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/.exec(line) ?? [];
  switch (name?.toLowerCase()) {
    case 'cookie':
      return [value];
    case 'set-cookie':
      return [value.split(';', 1)[0] ?? ''];
    case undefined:
      return line === '' ? [] : [line];
    default:
      return [];
  }
}
