/** Resources that exist once for each domain name: which of the names comes first must not decide their addresses. */
import { type TerraformResource, TerraformStack, Token } from 'cdktf';

/** All names of one distribution, the first one first. */
export type Names = readonly [first: string, ...others: string[]];

/** The only name is at `<id>`. Each of several is at `<id>_<name>`, so that nothing changes when their order changes. */
export function idFor(id: string, name: string, names: Names): string {
  return names.length === 1 ? id : idWithName(id, name);
}

/**
 * Keeps the first name's resource in the state when names are added or removed: its address is `<id>` as the only name,
 * `<id>_<name>` while there are others, and `<id>` again after that. Without this Terraform would delete and recreate
 * a record that viewers use.
 */
export function keepFirst(resource: TerraformResource, id: string, names: Names): void {
  const [first] = names;
  // A name that is known only at apply has no address, and a stack whose addresses end in a hash has no such state.
  if (Token.isUnresolved(first) || resource.node.id !== idFor(id, first, names)) return;
  const { terraformResourceType: type, friendlyUniqueId: address, node } = resource;
  const path = node.scopes
    .slice(node.scopes.indexOf(TerraformStack.of(resource)) + 1)
    .map((one) => one.node.id);
  const parent = path.slice(0, -1).join('_');
  if (address !== path.join('_') && address !== parent) return;
  // As `AddressedStack` shortens them: the `record` of a certificate is `aws_route53_record.certificate`.
  const alone = type.endsWith(`_${id}`) ? parent : `${parent}_${id}`;
  const earlier = names.length === 1 ? `${parent}_${idWithName(id, first)}` : alone;
  resource.moveFromId(`${type}.${earlier}`);
}

function idWithName(id: string, name: string): string {
  return `${id}_${name.replaceAll('.', '_')}`;
}
