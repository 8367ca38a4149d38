/** How every option that cannot be used is refused. */

/** A text of any length must not fill a log. */
const MAX_SHOWN = 200;

/** An option, or what it holds: `['source', 'width']`, `['captions', 0, 'label']`. */
export type OptionPath = string | readonly [option: string, ...inside: (string | number)[]];

/** Text, or another option, with its value where the message says which one. */
export type Wanted = string | readonly (string | OtherOption)[];

interface OtherOption {
  readonly option: string;
  readonly value?: string;
}

export interface Refusal {
  readonly path: OptionPath;
  readonly wanted: Wanted;
  readonly got: unknown;
}

const REFUSAL = Symbol('refusal');

/** @throws TypeError always: the option in quotes, what was expected, what was given */
export function refuse(path: OptionPath, wanted: Wanted, got: unknown): never {
  const refusal: Refusal = { path, wanted, got };
  const error = new TypeError(spellRefusal(refusal, IN_CODE));
  // Not enumerable: it is neither printed nor copied. Without a prototype, because a polluted one would add to it.
  const descriptor = { __proto__: null, value: refusal } as PropertyDescriptor;
  throw Object.defineProperty(error, REFUSAL, descriptor);
}

/** For the command line, which says it again with the names of its own options; `undefined` for an error of another origin. */
export function refusalOf(error: TypeError): Refusal | undefined {
  return (error as { readonly [REFUSAL]?: Refusal })[REFUSAL];
}

export interface Speller {
  readonly path: (path: OptionPath) => string;
  readonly other: (option: OtherOption) => string;
}

export function spellRefusal({ path, wanted, got }: Refusal, { path: spellPath, other }: Speller): string {
  const expected =
    typeof wanted === 'string'
      ? wanted
      : wanted.map((part) => (typeof part === 'string' ? part : other(part))).join('');
  return `${spellPath(path)}: expected ${expected}, got ${shown(got)}`;
}

const IN_CODE: Speller = {
  path: (path) => `"${spellPath(path)}"`,
  other: ({ option, value }) => (value === undefined ? `"${option}"` : `"${option}": "${value}"`),
};

/** `captions[0].label` */
export function spellPath(path: OptionPath): string {
  if (typeof path === 'string') return path;
  const [option, ...inside] = path;
  return option + inside.map((one) => (typeof one === 'number' ? `[${one}]` : `.${one}`)).join('');
}

/** A value without a JSON text, such as a BigInt or a circle, by its type; bytes, which may be a key, by their number. */
function shown(got: unknown): string {
  const withoutBytes = (_: string, value: unknown) =>
    ArrayBuffer.isView(value) ? `${value.byteLength} bytes` : value;
  try {
    return (JSON.stringify(got, withoutBytes) ?? String(got)).slice(0, MAX_SHOWN);
  } catch {
    return `a value of type ${typeof got}`;
  }
}
