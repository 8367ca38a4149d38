/** Which resource refers to which: nothing unknown may be referred to, nothing in use may be deleted. */
import { AwsError } from '../aws-error.ts';
import { childrenOf, textOf, textsOf, type XmlNode } from '../xml.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import {
  CACHE_POLICY,
  DISTRIBUTION,
  KEY_GROUP,
  ORIGIN_ACCESS_CONTROL,
  ORIGIN_REQUEST_POLICY,
  PUBLIC_KEY,
  RESPONSE_HEADERS_POLICY,
  type ResourceType,
} from './resource-types.ts';
import type { Resource, Store } from './store.ts';

interface Reference {
  readonly type: ResourceType;
  readonly id: string;
}

/** A missing reference that the API reports otherwise than by the type's own `NoSuch…`. */
const MISSING_REFERENCE: ReadonlyMap<ResourceType, { status: number; code: string }> = new Map([
  [KEY_GROUP, { status: 400, code: 'TrustedKeyGroupDoesNotExist' }],
]);

/** The default cache behavior and the others, in the order of the configuration. */
export function behaviorsOf(config: XmlNode): readonly XmlNode[] {
  return [
    ...childrenOf(config, 'DefaultCacheBehavior'),
    ...childrenOf(config, 'CacheBehaviors', 'Items', 'CacheBehavior'),
  ];
}

/** Ids of the key groups that the distribution trusts, each once. */
export function trustedKeyGroupsOf(config: XmlNode): readonly string[] {
  return [...new Set(behaviorsOf(config).flatMap((behavior) => keyGroupsOfBehavior(behavior)))];
}

export function keyGroupsOfBehavior(behavior: XmlNode): readonly string[] {
  return textsOf(behavior, 'TrustedKeyGroups', 'Items', 'KeyGroup');
}

/** @throws AwsError when the configuration refers to something that is not there */
export function requireReferences(store: Store, type: ResourceType, config: XmlNode): void {
  for (const reference of referencesOf(type, config)) {
    if (store.has(reference.type, reference.id) || MANAGED_POLICIES.has(reference.id)) continue;
    const { status, code } = MISSING_REFERENCE.get(reference.type) ?? {
      status: 404,
      code: reference.type.noSuchCode,
    };
    throw new AwsError(
      status,
      code,
      `the specified ${reference.type.segment} does not exist: ${reference.id}`,
    );
  }
}

/** @throws AwsError the type's `…InUse` when a key group or a distribution refers to the resource */
export function requireUnused(store: Store, resource: Resource): void {
  const users = [...store.list(KEY_GROUP), ...store.list(DISTRIBUTION)].filter((user) =>
    referencesOf(user.type, user.config.parsed).some(({ id }) => id === resource.id),
  );
  const user = users[0];
  if (user === undefined) return;
  const message = `the ${resource.type.segment} ${resource.id} is in use by ${user.type.segment} ${user.id}`;
  throw new AwsError(409, resource.type.inUseCode, message);
}

function referencesOf(type: ResourceType, config: XmlNode): readonly Reference[] {
  if (type === KEY_GROUP) return references(PUBLIC_KEY, textsOf(config, 'Items', 'PublicKey'));
  if (type !== DISTRIBUTION) return [];
  const behaviors = behaviorsOf(config);
  const ofBehaviors = (name: string) => behaviors.map((behavior) => textOf(behavior, name));
  return [
    ...references(KEY_GROUP, trustedKeyGroupsOf(config)),
    ...references(CACHE_POLICY, ofBehaviors('CachePolicyId')),
    ...references(ORIGIN_REQUEST_POLICY, ofBehaviors('OriginRequestPolicyId')),
    ...references(RESPONSE_HEADERS_POLICY, ofBehaviors('ResponseHeadersPolicyId')),
    ...references(
      ORIGIN_ACCESS_CONTROL,
      textsOf(config, 'Origins', 'Items', 'Origin', 'OriginAccessControlId'),
    ),
  ];
}

function references(type: ResourceType, ids: readonly string[]): readonly Reference[] {
  return ids.filter((id) => id !== '').map((id) => ({ type, id }));
}
