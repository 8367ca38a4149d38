/** Texts of a synthesized stack as Terraform reads them: templates, with references in `${…}`. Pure. */

/** `${aws_s3_bucket.masters.arn}`: address `aws_s3_bucket.masters`, attribute `arn`. */
export interface Reference {
  readonly address: string;
  readonly attribute: string;
}

const REFERENCE =
  /(?<![\w.-])((?:data\.)?[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][\w-]*)(?:\.([A-Za-z_][\w-]*))?/g;
const SOLE_REFERENCE = /^\$\{((?:data\.)?[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][\w-]*)\.([A-Za-z_][\w.-]*)\}$/;

/** The reference that a value consists of, if it is nothing else. */
export function soleReference(value: unknown): Reference | undefined {
  const match = typeof value === 'string' ? SOLE_REFERENCE.exec(value) : null;
  return match?.[1] && match[2] ? { address: match[1], attribute: match[2] } : undefined;
}

/** Every reference in a value, however deep and in whatever expression. */
export function referencesIn(value: unknown): Reference[] {
  return textsIn(value).flatMap(({ text }) =>
    expressionsIn(text).flatMap((expression) =>
      [...expression.matchAll(REFERENCE)].map(([, address = '', attribute = '']) => ({ address, attribute })),
    ),
  );
}

/** A text with every reference in it replaced by what `resolve` gives; where that is null it stays as it is. */
export function interpolate(text: string, resolve: (reference: Reference) => string | null): string {
  return splitTemplate(text)
    .map(({ expression, piece }) => {
      const reference = expression ? soleReference(piece) : undefined;
      return (reference && resolve(reference)) ?? piece;
    })
    .join('');
}

/** Names of the variables that a value reads. */
export function variablesIn(value: unknown): string[] {
  return textsIn(value).flatMap(({ text }) =>
    expressionsIn(text).flatMap((expression) =>
      [...expression.matchAll(/(?<![\w.-])var\.([A-Za-z_][\w-]*)/g)].map(([, name = '']) => name),
    ),
  );
}

/** A string of a value, and where in it. */
export interface PlacedText {
  /** The name of the argument that holds it. */
  readonly key: string;
  /** The names and places that lead there: `environment.variables.TOKEN`, `rule.0.name`. */
  readonly path: string;
  readonly text: string;
}

/** Every string in a value with the name of the argument that holds it. */
export function textsIn(value: unknown, key = '', path = key): PlacedText[] {
  if (typeof value === 'string') return [{ key, path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  const below = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (Array.isArray(value)) return value.flatMap((one, index) => textsIn(one, key, below(String(index))));
  return Object.entries(value).flatMap(([name, one]) =>
    name === '//' ? [] : textsIn(one, name, below(name)),
  );
}

/** JSON that may hold `${…}` with quotes of its own, as in a policy; undefined if it is not JSON. */
export function parseTemplate(text: string): unknown {
  const expressions: string[] = [];
  const plain = splitTemplate(text)
    .map(({ expression, piece }) => (expression ? `\u0001${expressions.push(piece) - 1}\u0002` : piece))
    .join('')
    // Control characters are escaped where JSON wants them so.
    .replaceAll('\u0001', '\\u0001')
    .replaceAll('\u0002', '\\u0002');
  try {
    return JSON.parse(plain, (_key, value: unknown) =>
      typeof value === 'string'
        ? // biome-ignore lint/suspicious/noControlCharactersInRegex: they mark the places and occur nowhere else
          value.replaceAll(/\u0001(\d+)\u0002/g, (_all, index: string) => expressions[Number(index)] ?? '')
        : value,
    );
  } catch {
    return undefined;
  }
}

function expressionsIn(text: string): string[] {
  return splitTemplate(text)
    .filter(({ expression }) => expression)
    .map(({ piece }) => piece);
}

/** A template cut into literal pieces and `${…}`; braces and strings inside an expression are respected. */
function splitTemplate(text: string): { readonly expression: boolean; readonly piece: string }[] {
  const pieces: { expression: boolean; piece: string }[] = [];
  let from = 0;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', from)) {
    // `$${` is how a template writes a literal `${`.
    const escaped = text[at - 1] === '$';
    const end = escaped ? at + 2 : endOfExpression(text, at + 2);
    if (escaped) {
      pieces.push({ expression: false, piece: text.slice(from, end) });
    } else {
      pieces.push({ expression: false, piece: text.slice(from, at) });
      pieces.push({ expression: true, piece: text.slice(at, end) });
    }
    from = end;
  }
  pieces.push({ expression: false, piece: text.slice(from) });
  return pieces;
}

function endOfExpression(text: string, start: number): number {
  let depth = 1;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === '{') depth += 1;
    else if (!quoted && character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}
