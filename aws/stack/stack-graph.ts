/** A synthesized stack (`cdk.tf.json`) as a graph: resources by address, and who refers to whom. Pure. */
import { type Block, blockOf, blocksOf, membersOf, stringsOf } from './blocks.ts';
import { referencesIn, soleReference } from './template.ts';

export interface Resource {
  readonly type: string;
  /** `aws_s3_bucket.masters`, and of a data source `data.aws_caller_identity.current` */
  readonly address: string;
  readonly block: Block;
}

/** A part of the stack that is not a resource, with the address that findings give it. */
export interface Part {
  readonly address: string;
  readonly block: Block;
}

/** What is asked about a parsed `cdk.tf.json`. */
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
    this.dataSources = resourcesOf(this.json.data).map((found) => ({
      ...found,
      address: `data.${found.address}`,
    }));
    this.resources = resourcesOf(this.json.resource);
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

  /** Whether an address is of anything in the stack: a resource, a data source, a provider, an output, a variable, the backend. */
  has(address: string): boolean {
    const parts = [
      ...this.providers,
      ...this.outputs,
      ...this.variables,
      ...(this.backend ? [this.backend] : []),
    ];
    return this.at(address) !== undefined || parts.some((part) => part.address === address);
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

  /** Every AWS provider, by its alias: `provider.aws` has none. */
  get providers(): Part[] {
    return blocksOf(this.json.provider)
      .flatMap(({ aws }) => blocksOf(aws))
      .map((block) => ({
        address: block.alias === undefined ? 'provider.aws' : `provider.aws.${block.alias}`,
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
    return Object.fromEntries(membersOf(this.json.terraform));
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

  /** Value of an output, references and all. */
  output(name: string): unknown {
    return this.outputs.find(({ address }) => address === `output.${name}`)?.block.value;
  }

  /** Settings of the AWS provider that has no alias. */
  get defaultProvider(): Block {
    return this.providers.find(({ block }) => block.alias === undefined)?.block ?? {};
  }

  get variables(): Part[] {
    return partsOf('variable', this.json.variable);
  }
}

function resourcesOf(byType: unknown): Resource[] {
  return membersOf(byType).flatMap(([type, byName]) =>
    membersOf(byName).flatMap(([name, body]) =>
      bodiesOf(body).map((block) => ({ type, address: `${type}.${name}`, block })),
    ),
  );
}

/** A resource is there even if its body cannot be read. */
function bodiesOf(body: unknown): Block[] {
  const blocks = blocksOf(body);
  return blocks.length > 0 ? blocks : [{}];
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
  return membersOf(value).map(([name, block]) => ({
    address: `${kind}.${name}`,
    block: blockOf(block),
  }));
}
