/** A synthesized stack as a graph: resources by address, and who refers to whom. */

export type Block = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly type: string;
  /** `aws_s3_bucket.masters` */
  readonly address: string;
  readonly block: Block;
}

/** `${aws_s3_bucket.masters.arn}`: address `aws_s3_bucket.masters`, attribute `arn`. */
export interface Reference {
  readonly address: string;
  readonly attribute: string;
}

/** A part of the stack that is no resource, with the address that findings give it. */
export interface Part {
  readonly address: string;
  readonly block: Block;
}

const REFERENCE =
  /(?<![\w.-])((?:data\.)?[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][\w-]*)(?:\.([A-Za-z_][\w-]*))?/g;
const SOLE_REFERENCE = /^\$\{((?:data\.)?[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z_][\w-]*)\.([A-Za-z_][\w.-]*)\}$/;

/** What rules ask about a parsed `cdk.tf.json`. */
export class StackGraph {
  readonly json: Block;
  readonly resources: readonly Resource[];
  readonly dataSources: readonly Resource[];
  readonly #byAddress: ReadonlyMap<string, Resource>;
  readonly #byType: ReadonlyMap<string, readonly Resource[]>;
  /** Type and argument, then address referred to: asked for again and again, made once. */
  readonly #referrers = new Map<string, ReadonlyMap<string, readonly Resource[]>>();

  constructor(json: unknown) {
    this.json = blockOf(json);
    this.dataSources = resourcesOf(blockOf(this.json.data)).map((found) => ({
      ...found,
      address: `data.${found.address}`,
    }));
    this.resources = resourcesOf(blockOf(this.json.resource));
    this.#byAddress = new Map(
      [...this.resources, ...this.dataSources].map((found) => [found.address, found]),
    );
    this.#byType = grouped(this.resources.map((found) => [found.type, found]));
  }

  ofType(...types: readonly string[]): Resource[] {
    return types.flatMap((type) => this.#byType.get(type) ?? []);
  }

  at(address: string): Resource | undefined {
    return this.#byAddress.get(address);
  }

  /** The resource that a value is a reference to, by one of these attributes and of this type. */
  target(value: unknown, type: string, ...attributes: readonly string[]): Resource | undefined {
    const reference = soleReference(value);
    if (reference === undefined || !attributes.includes(reference.attribute)) return undefined;
    const found = this.at(reference.address);
    return found?.type === type ? found : undefined;
  }

  /** Resources of a type whose argument refers to `to`: the policy of a bucket, its encryption, … */
  referrers(to: Resource, type: string, argument: string): readonly Resource[] {
    const key = `${type} ${argument}`;
    const known = this.#referrers.get(key) ?? this.#referrersBy(type, argument);
    this.#referrers.set(key, known);
    return known.get(to.address) ?? [];
  }

  #referrersBy(type: string, argument: string): ReadonlyMap<string, readonly Resource[]> {
    return grouped(
      this.ofType(type).flatMap((found) => {
        const addresses = referencesIn(found.block[argument]).map(({ address }) => address);
        return [...new Set(addresses)].map((address) => [address, found] as const);
      }),
    );
  }

  /** Every AWS provider, aliases included. */
  get providers(): Part[] {
    return blocksOf(blockOf(this.json.provider).aws).map((block, index) => ({
      address: `provider.aws[${index}]`,
      block,
    }));
  }

  /** The region that a resource is made in: that of its provider, whatever the alias is called. */
  regionOf({ block: { provider } }: Resource): string | undefined {
    const alias = typeof provider === 'string' ? provider.split('.')[1] : undefined;
    const found = this.providers.find(({ block }) => block.alias === alias);
    return typeof found?.block.region === 'string' ? found.block.region : undefined;
  }

  /** The accounts that the providers may touch. */
  get accounts(): ReadonlySet<string> {
    return new Set(this.providers.flatMap(({ block }) => stringsOf(block.allowed_account_ids)));
  }

  get terraform(): Block {
    return blockOf(this.json.terraform);
  }

  /** The state backend, or undefined if there is none. */
  get backend(): (Part & { readonly kind: string }) | undefined {
    const [entry] = Object.entries(blockOf(this.terraform.backend));
    if (entry === undefined) return undefined;
    return { kind: entry[0], address: `terraform.backend.${entry[0]}`, block: blockOf(entry[1]) };
  }

  get outputs(): Part[] {
    return partsOf('output', this.json.output);
  }

  get variables(): Part[] {
    return partsOf('variable', this.json.variable);
  }
}

/** A nested block, which CDKTF writes as an object or as a list of one; empty if it is not there. */
export function blockOf(value: unknown): Block {
  return blocksOf(value)[0] ?? {};
}

/** Nested blocks, whether there is one or many. */
export function blocksOf(value: unknown): Block[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one): one is Block => typeof one === 'object' && one !== null && !Array.isArray(one));
}

/** A string or a list of them, as a list. */
export function stringsOf(value: unknown): string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one): one is string => typeof one === 'string');
}

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

/** Names of the variables that a value reads. */
export function variablesIn(value: unknown): string[] {
  return textsIn(value).flatMap(({ text }) =>
    expressionsIn(text).flatMap((expression) =>
      [...expression.matchAll(/(?<![\w.-])var\.([A-Za-z_][\w-]*)/g)].map(([, name = '']) => name),
    ),
  );
}

/** Every string in a value with the name of the argument that holds it. */
export function textsIn(value: unknown, key = ''): { readonly key: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ key, text: value }];
  if (Array.isArray(value)) return value.flatMap((one) => textsIn(one, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => (name === '//' ? [] : textsIn(one, name)));
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

function resourcesOf(byType: Block): Resource[] {
  return Object.entries(byType).flatMap(([type, byName]) =>
    Object.entries(blockOf(byName)).map(([name, block]) => ({
      type,
      address: `${type}.${name}`,
      block: blockOf(block),
    })),
  );
}

function grouped<T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const [key, one] of entries) {
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

function partsOf(kind: string, value: unknown): Part[] {
  return Object.entries(blockOf(value)).map(([name, block]) => ({
    address: `${kind}.${name}`,
    block: blockOf(block),
  }));
}
