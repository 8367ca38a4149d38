/** A synthesized stack (`cdk.tf.json`) as a graph: its resources by address, and what their references come to. Pure. */

export type Block = Readonly<Record<string, unknown>>;

export interface StackGraph {
  /** Every resource of a type: name to block. */
  resources(type: string): ReadonlyMap<string, Block>;
  /** The resource that a text refers to as a whole, `${aws_cloudfront_key_group.viewers.id}`; null for any other text. */
  referred(text: unknown): { readonly type: string; readonly name: string; readonly block: Block } | null;
  /** A text with every reference in it replaced by what `resolve` gives, or left as it stands where that is null. */
  interpolate(text: string, resolve: (reference: Reference) => string | null): string;
  /** Value of an output, references and all. */
  output(name: string): unknown;
  /** Settings of the AWS provider that has no alias. */
  readonly provider: Block;
}

interface Reference {
  readonly type: string;
  readonly name: string;
  readonly attribute: string;
}

const REFERENCE = /\$\{([a-z]\w*)\.([\w-]+)\.(\w+)\}/g;
const WHOLE_REFERENCE = new RegExp(`^${REFERENCE.source}$`);

/** @throws TypeError for anything but the object that `cdk.tf.json` holds */
export function stackGraph(stack: unknown): StackGraph {
  if (!isBlock(stack) || !isBlock(stack.resource)) {
    throw new TypeError('"stack": wanted the object of a cdk.tf.json, got something without "resource"');
  }
  const { resource, provider, output } = stack;
  const resources = (type: string) => {
    const named = resource[type];
    return new Map(Object.entries(isBlock(named) ? named : {}).filter(hasBlock));
  };
  return {
    resources,
    referred(text) {
      const [, type = '', name = ''] = WHOLE_REFERENCE.exec(typeof text === 'string' ? text : '') ?? [];
      const block = resources(type).get(name);
      return block ? { type, name, block } : null;
    },
    interpolate: (text, resolve) =>
      text.replace(
        REFERENCE,
        (whole, type: string, name: string, attribute: string) => resolve({ type, name, attribute }) ?? whole,
      ),
    output: (name) => (isBlock(output) && isBlock(output[name]) ? output[name].value : undefined),
    provider: blocksOf(isBlock(provider) ? provider.aws : undefined).find(({ alias }) => !alias) ?? {},
  };
}

/** The blocks under an argument, which CDKTF writes as a list or, where there is one, as an object. */
export function blocksOf(value: unknown): readonly Block[] {
  return (Array.isArray(value) ? value : [value]).filter(isBlock);
}

/** The one block under an argument; empty without it. */
export function blockOf(value: unknown): Block {
  return blocksOf(value)[0] ?? {};
}

/** The texts under an argument. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasBlock(entry: [string, unknown]): entry is [string, Block] {
  return isBlock(entry[1]);
}
