/**
 * Messages as parts: text, the name of an option, or what helps callers in code alone. As text, every part is in the
 * library's words; the command line renders the parts of an error again, with the names of its own options.
 */

import { SignerError, type SignerErrorCode, SignerTypeError, type SignerTypeErrorCode } from './errors.ts';

/** An option's name, with its value where the message says which one. */
export interface OptionPart {
  readonly option: string;
  readonly value?: string | true | undefined;
  toString(): string;
}

/** What helps callers in code alone; the key says what it is about. */
export interface InCodePart {
  readonly inCode: InCode;
  toString(): string;
}

export type InCode =
  | 'later-date'
  | 'object-path'
  | 'passphrase'
  | 'raise-cap'
  | 'sign-cookies'
  | 'valid-date'
  | 'verbatim';

export type Part = string | OptionPart | InCodePart;

export class Message {
  readonly parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.parts = parts;
  }

  toString(): string {
    return this.parts.join('');
  }
}

/** Both builds find this symbol. */
const PARTS = Symbol.for('@storytime/signer message');

export function option(name: string, value?: string | true): OptionPart {
  const spelt = typeof value === 'string' ? `'${value}'` : value;
  return { option: name, value, toString: () => `"${name}${spelt === undefined ? '' : `: ${spelt}`}"` };
}

export function inCode(key: InCode, said: string | Message): InCodePart {
  return { inCode: key, toString: () => String(said) };
}

/** A template's text and values, in their order. */
export function message(
  texts: TemplateStringsArray,
  ...values: readonly (Part | Message | number)[]
): Message {
  return new Message(texts.flatMap((text, at) => [text, ...values.slice(at, at + 1).flatMap(toParts)]));
}

export function signerError(
  code: SignerErrorCode,
  said: string | Message,
  options?: { readonly cause?: unknown },
): SignerError {
  return withParts(new SignerError(code, String(said), options), said);
}

export function signerTypeError(code: SignerTypeErrorCode, said: string | Message): SignerTypeError {
  return withParts(new SignerTypeError(code, String(said)), said);
}

/** What an error says, in parts, whichever build made it; one part where it names no option. */
export function messageOf(error: SignerError | SignerTypeError): Message {
  return new Message((error as { readonly [PARTS]?: readonly Part[] })[PARTS] ?? [error.message]);
}

/**
 * Not enumerable: no logger lists it, and no copy of the error has it. The descriptor has no prototype, because a polluted
 * `Object.prototype` would add to it.
 */
function withParts<E extends Error>(error: E, said: string | Message): E {
  return typeof said === 'string'
    ? error
    : Object.defineProperty(error, PARTS, { __proto__: null, value: said.parts } as PropertyDescriptor);
}

function toParts(value: Part | Message | number): readonly Part[] {
  if (value instanceof Message) return value.parts;
  return [typeof value === 'number' ? String(value) : value];
}
