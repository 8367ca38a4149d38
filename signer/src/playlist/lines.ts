/** A playlist's lines, which may end in LF, CRLF or, as browsers' players read it, CR. */

/** Every line with its end; put together they are the text again. */
export function* readLines(text: string): Generator<string, void> {
  // Each is searched for again only when passed, so that a text without any is not searched line by line.
  let lf = text.indexOf('\n');
  let cr = text.indexOf('\r');
  let start = 0;
  while (start < text.length) {
    if (lf !== -1 && lf < start) lf = text.indexOf('\n', start);
    if (cr !== -1 && cr < start) cr = text.indexOf('\r', start);
    const isCr = cr !== -1 && (lf === -1 || cr < lf);
    const mark = isCr ? (lf === cr + 1 ? lf : cr) : lf;
    const end = mark === -1 ? text.length : mark + 1;
    yield text.slice(start, end);
    start = end;
  }
}

/** Empty for a last line without end. */
export function terminatorOf(line: string): string {
  if (line.endsWith('\r\n')) return '\r\n';
  return line.endsWith('\n') ? '\n' : line.endsWith('\r') ? '\r' : '';
}
