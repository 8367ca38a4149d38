/** Readable resource addresses: people type them, state files and runbooks hold them, so they are a contract. */
import { type TerraformElement, TerraformResource, TerraformStack } from 'cdktf';
import type { Node } from 'constructs';

/**
 * A stack whose addresses are construct paths joined by `_`, without CDKTF's hash.
 *
 * A last id that only repeats the end of the resource type is omitted: the `bucket` of `masters` is
 * `aws_s3_bucket.masters`, its `public_access_block` is `aws_s3_bucket_public_access_block.masters`.
 * Two resources that would share an address are refused.
 */
export class AddressedStack extends TerraformStack {
  readonly #pathByAddress = new Map<string, string>();

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const node = 'node' in element ? element.node : element;
    const ids = node.scopes.slice(node.scopes.indexOf(this) + 1).map((scope) => scope.node.id);
    const type = TerraformResource.isTerraformResource(element) ? element.terraformResourceType : '';
    if (ids.length > 1 && type.endsWith(`_${ids.at(-1)}`)) ids.pop();
    const name = ids.join('_');
    this.#claim(type, name, node.path);
    return name;
  }

  #claim(type: string, name: string, path: string): void {
    const address = `${type}.${name}`;
    const other = this.#pathByAddress.get(address);
    if (type !== '' && other !== undefined && other !== path) {
      throw new Error(
        `"${path}" and "${other}" would both have the address ${address}: give one another construct id`,
      );
    }
    this.#pathByAddress.set(address, path);
  }
}
