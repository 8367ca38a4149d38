/** The library's errors in the command line's words. */

import { SignerError, SignerTypeError } from '../errors.ts';
import { type InCode, messageOf, type Part } from '../message.ts';
import { MisuseError } from './command.ts';

/** What the library's options are called here. */
type Names = Readonly<Record<string, string>>;

const OPTIONS: Names = {
  domain: '--domain',
  cookieDomain: '--cookie-domain',
  expiresIn: '--expires-in',
  expiresAt: '--expires-at',
  startsAt: '--starts-at',
  ipAddress: '--ip',
  path: '--path',
  keyPairId: '--key-pair-id',
  scope: '--scope',
  allowWholeHost: '--allow-whole-host',
};

/** Empty for a remedy that no command has. */
const IN_CODE: Readonly<Record<InCode, string>> = {
  'later-date': 'pass a later time',
  'object-path': '',
  passphrase: '',
  'raise-cap': '',
  'sign-cookies': 'use sign-cookies',
  'valid-date': 'must be a time after 1970-01-01T00:00:00Z',
  verbatim:
    '; if that is intended and it contains no id from outside, verbatim(…) signs it unchanged, in code',
};

/** @param names of options whose values did not come from the options of that name */
export function inCommandLineWords(error: SignerError | SignerTypeError, names: Names = {}): string {
  const known = { ...OPTIONS, ...names };
  const text = messageOf(error)
    .parts.map((part) => spellPart(part, known))
    .join('');
  return `${text} (${error.code})`;
}

/** @throws MisuseError for what the library refuses, said with these names; any other error as it is */
export function saidWith<Result>(names: Names, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (error instanceof SignerError || error instanceof SignerTypeError) {
      throw new MisuseError(inCommandLineWords(error, names));
    }
    throw error;
  }
}

function spellPart(part: Part, names: Names): string {
  if (typeof part === 'string') return part;
  if ('inCode' in part) return IN_CODE[part.inCode];
  const { option, value } = part;
  const name = Object.hasOwn(names, option) ? names[option] : undefined;
  if (name === undefined) return String(part);
  return typeof value === 'string' ? `${name} ${value}` : name;
}
