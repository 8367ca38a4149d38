/**
 * The CRC-32 of two texts one after the other, from their CRCs and the length of the second: how the checksum of a whole object
 * follows from those of its parts. A CRC is a polynomial over GF(2) modulo a fixed one; a text that is followed by n bytes is
 * multiplied by x to the power of 8n. Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-8 for the polynomial
 */

/** Coefficients from x^0 in the highest bit to x^31 in the lowest, as CRC-32 has them; x^32 is left out. */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;
const X_TO_THE_8 = 0x00800000;

/** @param secondBytes length of what `second` is the CRC of, up to 2^53 - 1 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  return (multiply(xToThe8Times(secondBytes), first) ^ second) >>> 0;
}

/** x to the power of 8n, by squaring. */
function xToThe8Times(n: number): number {
  let result = ONE;
  let square = X_TO_THE_8;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(square, result);
    square = multiply(square, square);
  }
  return result;
}

function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}
