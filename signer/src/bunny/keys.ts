/** Bunny's keys, as far as their text can be checked, and the number of a library. */

import { wrongType } from '../arguments.ts';
import { SignerError } from '../errors.ts';

/** Printable ASCII without spaces. Keys of today are UUIDs; nothing in the documentation says that they stay so. */
const KEY = /^[\x21-\x7e]{1,256}$/;

/**
 * A space or a line break around a key, as a file brings it along, would sign what Bunny refuses.
 *
 * @throws SignerError `ERR_BUNNY_KEY`; SignerTypeError `ERR_ARGUMENT_TYPE`
 */
export function assertKey(name: string, key: unknown): asserts key is string {
  if (typeof key !== 'string') throw wrongType(`"${name}"`, 'a string', key);
  if (KEY.test(key)) return;
  throw new SignerError(
    'ERR_BUNNY_KEY',
    `"${name}" must be 1 to 256 printable characters without spaces, as the dashboard shows it; got ${
      key.trim() === ''
        ? 'an empty text'
        : 'a text with a space, a line break or another character, or a longer one'
    }`,
  );
}

/**
 * @returns its decimal digits
 * @throws SignerError `ERR_BUNNY_LIBRARY_ID`; SignerTypeError `ERR_ARGUMENT_TYPE`
 */
export function parseLibraryId(libraryId: unknown): string {
  if (typeof libraryId !== 'string' && typeof libraryId !== 'number') {
    throw wrongType('"libraryId"', "the video library's number", libraryId);
  }
  const digits = String(libraryId);
  if (!/^[1-9]\d{0,18}$/.test(digits)) {
    throw new SignerError(
      'ERR_BUNNY_LIBRARY_ID',
      '"libraryId" must be the number of a video library, such as 759',
    );
  }
  return digits;
}
