/** Ids that are valid in an S3 key, in a signed path and in a job's metadata. */
import { refuse } from './refuse.ts';

const MAX_CHARACTERS = 128;

/**
 * Letters and digits of any script, space, and `_ . : = + - @`: what MediaConvert takes in metadata, less the slash.
 * That excludes everything that would widen or miss a signature's resource (an asterisk, a question mark, every `%`-encoded form)
 * and the `$` of MediaConvert's format identifiers.
 *
 * @throws TypeError for any other id, an empty one, one with `..`, and one that begins or ends with a space or is a dot
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/user-metadata-tags.html
 */
export function requireBookId(bookId: string): void {
  const isUsable =
    typeof bookId === 'string' &&
    /^[\p{L}\p{N} _.:=+\-@]+$/u.test(bookId) &&
    bookId === bookId.trim() &&
    bookId !== '.' &&
    !bookId.includes('..') &&
    [...bookId].length <= MAX_CHARACTERS;
  if (isUsable) return;
  refuse(
    'bookId',
    `1 to ${MAX_CHARACTERS} letters, digits, inner spaces or any of _ . : = + - @, without ".."`,
    bookId,
  );
}
