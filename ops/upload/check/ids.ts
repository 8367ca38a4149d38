/** Ids and titles of files that were given none: of their names. Pure. */
import slugify from '@sindresorhus/slugify';
import { UploadRefused } from '../refused.ts';

const MOST_ID_CHARACTERS = 64;
const MOST_TITLE_CHARACTERS = 200;
/** Digits of the content's hash: among 10,000 titles two have the same eight by a chance of one in a hundred. */
const HASH_DIGITS = 8;

/**
 * An id that is a path as it stands: lower-case letters, digits and hyphens, which no URL and no signature encodes.
 *
 * @param name - of a file, without its ending
 * @returns null where nothing of the name is left
 */
export function idFromName(name: string): string | null {
  // Letters that look like another one are told apart by nobody: ﬁ becomes fi, Ａ becomes a.
  const slug = slugify(name.normalize('NFKC'), { decamelize: false });
  const id = slug.replace(/[^a-z0-9-]+/g, '').slice(0, MOST_ID_CHARACTERS);
  return withoutHyphens(id) || null;
}

/** The id of a file whose name gives none. @param sha256 - of its content, hex */
export function idFromHash(sha256: string): string {
  return `title-${sha256.slice(0, HASH_DIGITS)}`;
}

/** The same id for one more title: `intro`, `intro-2`, `intro-3`. */
export function numberedId(id: string, number: number): string {
  if (number === 1) return id;
  const ending = `-${number}`;
  return `${withoutHyphens(id.slice(0, MOST_ID_CHARACTERS - ending.length))}${ending}`;
}

/** For each name an id that no other one of them has; null where nothing is left of a name. */
export function idsFromNames(names: readonly string[]): (string | null)[] {
  const derived = names.map(idFromName);
  // One that is called `intro-2` keeps it, whatever comes before it.
  const taken = new Set<string | null>();
  const first = derived.map((id) => {
    const isFirst = id !== null && !taken.has(id);
    taken.add(id);
    return isFirst ? id : null;
  });
  // Of ten thousand files called `video` each would try all numbers of those before it.
  const next = new Map<string, number>();
  return derived.map((id, index) => {
    if (id === null || first[index] !== null) return id;
    let number = next.get(id) ?? 2;
    while (taken.has(numberedId(id, number))) number += 1;
    next.set(id, number + 1);
    const free = numberedId(id, number);
    taken.add(free);
    return free;
  });
}

/**
 * Narrower than `bookId` of `@storytime/hls-jobs`: what no URL encodes.
 *
 * @throws UploadRefused for any other id
 */
export function requireUsableId(id: string): string {
  if (/^[A-Za-z0-9._-]{1,128}$/.test(id) && id !== '.' && !id.includes('..')) return id;
  throw new UploadRefused(
    'ID_UNUSABLE',
    `--id: expected 1 to 128 of the letters a to z, digits, ".", "_" and "-", without "..", got ${JSON.stringify(id)}`,
  );
}

/** What people call a file whose title nobody gave. @param name - without its ending */
export function titleFromName(name: string): string {
  const spaced = /\s/.test(name) ? name : name.replace(/[._]+/g, ' ');
  return shortened(tidied(spaced.replace(/_/g, ' '))) || 'Untitled';
}

/** @throws UploadRefused for an empty one, or one of more than 200 characters */
export function requireUsableTitle(title: string): string {
  const usable = tidied(title);
  if (usable !== '' && [...usable].length <= MOST_TITLE_CHARACTERS) return usable;
  throw new UploadRefused(
    'TITLE_UNUSABLE',
    `--title: expected 1 to ${MOST_TITLE_CHARACTERS} characters, got ${[...usable].length}`,
  );
}

/** One line, each letter in one spelling; without what turns the direction of a line, which would garble a log. */
function tidied(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\s\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
}

function shortened(title: string): string {
  return [...title].slice(0, MOST_TITLE_CHARACTERS).join('').trim();
}

function withoutHyphens(id: string): string {
  return id.replace(/^-+|-+$/g, '');
}
