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
  const error = new SignerError(code, String(said), options);
  if (typeof said !== 'string') new Carrier(error, said);
  return error;
}

export function signerTypeError(code: SignerTypeErrorCode, said: string | Message): SignerTypeError {
  const error = new SignerTypeError(code, String(said));
  if (typeof said !== 'string') new Carrier(error, said);
  return error;
}

/** What an error says, in parts; one part where it names no option, and for an error of the other build, which keeps its own. */
export function messageOf(error: SignerError | SignerTypeError): Message {
  return Carrier.read(error) ?? new Message([error.message]);
}

class Returning {
  constructor(error: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so that a subclass adds its private field to the error
    return error;
  }
}

/** Adds a private field to an error: no list of its properties, no print and no copy has it, and no type names it. */
class Carrier extends Returning {
  readonly #message: Message;

  constructor(error: Error, said: Message) {
    super(error);
    this.#message = said;
  }

  static read(error: Error): Message | undefined {
    return #message in error ? (error as Carrier & Error).#message : undefined;
  }
}

function toParts(value: Part | Message | number): readonly Part[] {
  if (value instanceof Message) return value.parts;
  return [typeof value === 'number' ? String(value) : value];
}
