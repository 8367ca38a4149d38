/**
 * CloudFront's base64, read strictly: its three substitute characters, full padding, no spare bits. Two
 * texts never decode to the same bytes, so a changed character is always a changed or refused value.
 */

const ALPHABET = /^[A-Za-z0-9\-~]+_{0,2}$/;

/** @returns `null` when `text` is not exactly what encoding some non-empty bytes gives */
export function decodeBase64(text: string): Buffer | null {
  if (text.length % 4 !== 0 || !ALPHABET.test(text)) return null;
  const standard = text.replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '=');
  const bytes = Buffer.from(standard, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === standard ? bytes : null;
}
