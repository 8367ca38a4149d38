/** What CloudFront checks in a configuration in addition to references. */
import { isCloudFrontKey, parsePublicKey } from '../../../aws/values/cloudfront-key.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import { childrenOf, textOf, textsOf, type XmlNode } from '../xml.ts';
import { behaviorsOf, keyGroupsOfBehavior } from './references.ts';
import { DISTRIBUTION, KEY_GROUP, PUBLIC_KEY, type ResourceType } from './resource-types.ts';
import type { Resource, Store } from './store.ts';

const MAX_KEYS_PER_GROUP = 5;
const MAX_GROUPS_PER_BEHAVIOR = 4;

/**
 * @throws AwsError the code that CloudFront answers for the first fault found
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
 */
export function validateConfig(store: Store, type: ResourceType, config: XmlNode, self?: Resource): void {
  requireConsistentQuantities(config);
  if (type === DISTRIBUTION) validateDistribution(store, config, self);
  if (type === PUBLIC_KEY) requireUsablePublicKey(textOf(config, 'EncodedKey'));
  if (type === KEY_GROUP && textsOf(config, 'Items', 'PublicKey').length > MAX_KEYS_PER_GROUP) {
    throw new AwsError(
      400,
      'TooManyPublicKeysInKeyGroup',
      `a key group holds at most ${MAX_KEYS_PER_GROUP} public keys`,
    );
  }
  requireOwnName(store, type, config, self);
}

/** @throws AwsError `CannotChangeImmutablePublicKeyFields` when anything but the comment differs */
export function requireSameKeyMaterial(before: XmlNode, after: XmlNode): void {
  for (const field of ['CallerReference', 'Name', 'EncodedKey']) {
    if (textOf(before, field).trim() === textOf(after, field).trim()) continue;
    throw new AwsError(
      400,
      'CannotChangeImmutablePublicKeyFields',
      `${field} of a public key cannot be changed`,
    );
  }
}

function requireOwnName(store: Store, type: ResourceType, config: XmlNode, self?: Resource): void {
  for (const field of type === DISTRIBUTION ? ['CallerReference'] : ['Name', 'CallerReference']) {
    const value = textOf(config, field);
    if (value === '' || (type === KEY_GROUP && field === 'CallerReference')) continue;
    const owner = store
      .list(type)
      .find((other) => other.id !== self?.id && textOf(other.config.parsed, field) === value);
    if (owner === undefined) continue;
    throw new AwsError(
      409,
      type.alreadyExistsCode,
      `a ${type.segment} with this ${field} exists: ${owner.id}`,
    );
  }
}

/** RSA 2048 or ECDSA P-256 as SPKI PEM, nothing else. The message never holds what came. */
function requireUsablePublicKey(pem: string): void {
  const wanted = 'expected a PEM "PUBLIC KEY" of RSA 2048 or ECDSA P-256';
  const label = /-----BEGIN ([A-Z ]+)-----/.exec(pem)?.[1];
  if (label !== 'PUBLIC KEY')
    throw new AwsError(400, 'InvalidArgument', `${wanted}, got ${label ? `"${label}"` : 'no PEM'}`);
  const key = parsePublicKey(pem);
  if (!key || !isCloudFrontKey(key)) throw new AwsError(400, 'InvalidArgument', `${wanted}, got another key`);
}

function validateDistribution(store: Store, config: XmlNode, self?: Resource): void {
  const origins = textsOf(config, 'Origins', 'Items', 'Origin', 'Id');
  for (const behavior of behaviorsOf(config)) {
    const target = textOf(behavior, 'TargetOriginId');
    if (!origins.includes(target)) throw new AwsError(404, 'NoSuchOrigin', `no origin has the id ${target}`);
    if (keyGroupsOfBehavior(behavior).length > MAX_GROUPS_PER_BEHAVIOR) {
      const message = `a cache behavior trusts at most ${MAX_GROUPS_PER_BEHAVIOR} key groups`;
      throw new AwsError(400, 'TooManyKeyGroupsAssociatedToDistribution', message);
    }
    refuseUnsupported(behavior);
  }
  const aliases = textsOf(config, 'Aliases', 'Items', 'CNAME');
  requireFreeAliases(store, aliases, self);
  validateCertificate(childrenOf(config, 'ViewerCertificate')[0] ?? {}, aliases);
}

/** Things that would decide over a request and that nothing here could carry out. */
function refuseUnsupported(behavior: XmlNode): void {
  for (const feature of ['TrustedSigners', 'FunctionAssociations', 'LambdaFunctionAssociations']) {
    if (Number(textOf(behavior, feature, 'Quantity') || '0') > 0)
      throw notImplemented(`${feature} of a cache behavior`);
  }
}

function requireFreeAliases(store: Store, aliases: readonly string[], self?: Resource): void {
  for (const other of store.list(DISTRIBUTION)) {
    if (other.id === self?.id) continue;
    const taken = textsOf(other.config.parsed, 'Aliases', 'Items', 'CNAME').find((alias) =>
      aliases.includes(alias),
    );
    if (taken === undefined) continue;
    throw new AwsError(409, 'CNAMEAlreadyExists', `the CNAME ${taken} is in use by distribution ${other.id}`);
  }
}

function validateCertificate(certificate: XmlNode, aliases: readonly string[]): void {
  const arn = textOf(certificate, 'ACMCertificateArn');
  if (arn !== '' && !arn.startsWith('arn:aws:acm:us-east-1:')) {
    throw new AwsError(400, 'InvalidViewerCertificate', 'the ACM certificate must be in us-east-1');
  }
  if (arn === '' && aliases.length > 0) {
    throw new AwsError(
      400,
      'InvalidViewerCertificate',
      'an alternate domain name needs a certificate that covers it',
    );
  }
}

/** @throws AwsError 400 where a `Quantity` is not the number of its `Items` */
export function requireConsistentQuantities(node: XmlNode): void {
  if (typeof node === 'string') return;
  const quantity = textOf(node, 'Quantity');
  if (quantity !== '') {
    const items = childrenOf(node, 'Items').flatMap((each) =>
      typeof each === 'string' ? [] : Object.values(each),
    );
    const count = items.reduce<number>((sum, each) => sum + childrenOf(each).length, 0);
    if (count !== Number(quantity)) {
      throw new AwsError(400, 'InconsistentQuantities', `Quantity says ${quantity}, Items has ${count}`);
    }
  }
  for (const child of Object.values(node).flatMap((each) => childrenOf(each)))
    requireConsistentQuantities(child);
}
