/**
 * CloudFront's base64, read strictly: its three substitute characters, full padding, no spare bits. Two
 * texts never decode to the same bytes, so a changed character is always a changed or refused value.
 *
 * By hand, because `Buffer` skips what it does not know; to check its work afterwards takes three times as
 * long, and decoding is most of what `explain` adds to the signature check.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~';
const PADDING = '_'.charCodeAt(0);
/** In no sextet's six bits. */
const INVALID = 0x40;

const SEXTETS = new Uint8Array(0x100).fill(INVALID);
for (let sextet = 0; sextet < ALPHABET.length; sextet++) SEXTETS[ALPHABET.charCodeAt(sextet)] = sextet;

/** @returns `null` when `text` is not exactly what encoding some non-empty bytes gives */
export function decodeBase64(text: string): Buffer | null {
  const { length } = text;
  if (length === 0 || length % 4 !== 0) return null;
  // A character outside ASCII becomes several bytes, none of them in the alphabet.
  const source = Buffer.from(text);
  const padding = source[length - 1] !== PADDING ? 0 : source[length - 2] !== PADDING ? 1 : 2;
  const bytes = Buffer.allocUnsafe((length / 4) * 3 - padding);
  const whole = padding === 0 ? length : length - 4;

  let end = 0;
  for (let index = 0; index < whole; index += 4) {
    const a = sextetAt(source, index);
    const b = sextetAt(source, index + 1);
    const c = sextetAt(source, index + 2);
    const d = sextetAt(source, index + 3);
    if ((a | b | c | d) >= INVALID) return null;
    bytes[end++] = (a << 2) | (b >> 4);
    bytes[end++] = (b << 4) | (c >> 2);
    bytes[end++] = (c << 6) | d;
  }
  if (padding === 0) return bytes;

  const a = sextetAt(source, whole);
  const b = sextetAt(source, whole + 1);
  const c = padding === 1 ? sextetAt(source, whole + 2) : 0;
  const spareBits = padding === 1 ? c & 0b11 : b & 0b1111;
  if ((a | b | c) >= INVALID || spareBits !== 0) return null;
  bytes[end++] = (a << 2) | (b >> 4);
  if (padding === 1) bytes[end] = (b << 4) | (c >> 2);
  return bytes;
}

function sextetAt(source: Uint8Array, index: number): number {
  return SEXTETS[source[index] as number] as number;
}
