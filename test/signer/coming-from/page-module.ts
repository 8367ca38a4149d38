/** The JavaScript of docs/coming-from.md as a module: its values, both set-ups, and a list of what its tables say. */

import { codeOf, type Library, namesOf } from './page.ts';

/** What the page takes for granted, as globals of the test. */
const GIVEN = [
  'keyPairId',
  'privateKey',
  'publicKey',
  'encryptedKey',
  'passphrase',
  'weakKey',
  'keyPath',
] as const;
export type Given = (typeof GIVEN)[number];

const DECLARED = GIVEN.map((name) => `declare const ${name}: string;\n`).join('');

/** The languages of the libraries that are not JavaScript. */
const LANGUAGES: Readonly<Partial<Record<Library, string>>> = { botocore: 'Python', Ruby: 'Ruby' };

export function languageOf(library: Library): string {
  return LANGUAGES[library] ?? 'JavaScript';
}

/** @param library the one whose calls are among the expressions; none where all of them are ours */
export function moduleOf(expressions: readonly string[], library?: Library): string {
  return [
    DECLARED,
    codeOf('values', 'JavaScript'),
    codeOf('set-up', 'ours'),
    library === undefined || languageOf(library) !== 'JavaScript' ? '' : codeOf('set-up', library),
    'export const calls: readonly (() => Promise<unknown>)[] = [',
    ...expressions.map((code) => `  async () => (${code}),`),
    '];',
    '',
  ].join('\n');
}

/** The set-up of a library in another language. */
export function setUpOf(library: Library): string {
  return `${codeOf('values', languageOf(library))}\n${codeOf('set-up', library)}`;
}

/** A snippet that stands by itself, but for what the page takes for granted. */
export function snippetOf(name: string): string {
  return DECLARED + codeOf('run', name);
}

/** The lines of a forgotten `await`, below the set-up that they take their signer from. */
export function forgottenAwait(): string {
  return DECLARED + codeOf('set-up', 'ours') + codeOf('lint', 'forgotten await');
}

export const LIBRARIES = namesOf('calls') as Library[];
