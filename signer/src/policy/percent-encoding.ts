/** Percent-encoding, as deep as it goes. */

const PERCENT = 0x25;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes until nothing is left to decode, so that `%252e` is found out as well. A `%` that starts no escape
 * stays as it is, and so hides nothing beside it.
 *
 * One pass, whatever the depth: an escape is decoded as soon as its last digit is there, and what it gives may
 * complete another one. Escapes never overlap, so the order in which they are decoded does not matter.
 *
 * @param text ASCII
 * @returns `null` when a layer of the encoding is not UTF-8: such bytes mean something else to every decoder
 */
export function decodeFully(text: string): string | null {
  if (!text.includes('%')) return text;
  const bytes = new Uint8Array(text.length);
  /** How often each byte was decoded; those of one character must belong to the same layer. */
  const depths = new Uint16Array(text.length);
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    bytes[end] = text.charCodeAt(at);
    depths[end] = 0;
    end += 1;
    for (let start = end - 3; isEscape(bytes, start); start = end - 3) {
      const depth = Math.max(...depths.subarray(start, end)) + 1;
      bytes[start] = digitOf(bytes[start + 1]) * 16 + digitOf(bytes[start + 2]);
      depths[start] = depth;
      end = start + 1;
    }
  }
  for (let at = 1; at < end; at++) {
    if (isContinuation(bytes[at]) && depths[at] !== depths[at - 1]) return null;
  }
  try {
    return utf8.decode(bytes.subarray(0, end));
  } catch {
    return null;
  }
}

function isEscape(bytes: Uint8Array, start: number): boolean {
  return (
    start >= 0 &&
    bytes[start] === PERCENT &&
    !Number.isNaN(digitOf(bytes[start + 1])) &&
    !Number.isNaN(digitOf(bytes[start + 2]))
  );
}

function digitOf(byte = 0): number {
  return Number.parseInt(String.fromCharCode(byte), 16);
}

function isContinuation(byte = 0): boolean {
  return byte >> 6 === 0b10;
}
