/** The kinds of CloudFront resource kept here and how the REST API spells each. CloudFront's API is uniform but for this. */

export interface ResourceType {
  /** Path segment under `/2020-05-31/`. */
  readonly segment: string;
  /** XML element of the resource; its configuration is `configElement` inside. */
  readonly element: string;
  readonly configElement: string;
  /** Whether an update goes to `/<id>/config` or to `/<id>`. */
  readonly updatePath: 'config' | 'id';
  /** How ids of this kind look: `key` is K and 13 characters, `entity` is E and 13, `uuid` a UUID. */
  readonly idForm: 'key' | 'entity' | 'uuid';
  /** Element of the creation or modification time; null where the API has none. */
  readonly timeElement: 'CreatedTime' | 'LastModifiedTime' | null;
  /** Element of the list, of one entry, and how the entry holds the resource. */
  readonly listElement: string;
  readonly summaryElement: string;
  readonly summaryForm: 'flat' | 'nested' | 'typed';
  readonly noSuchCode: string;
  readonly alreadyExistsCode: string;
  readonly inUseCode: string;
}

export const DISTRIBUTION: ResourceType = {
  segment: 'distribution',
  element: 'Distribution',
  configElement: 'DistributionConfig',
  updatePath: 'config',
  idForm: 'entity',
  timeElement: 'LastModifiedTime',
  listElement: 'DistributionList',
  summaryElement: 'DistributionSummary',
  summaryForm: 'flat',
  noSuchCode: 'NoSuchDistribution',
  alreadyExistsCode: 'DistributionAlreadyExists',
  inUseCode: 'ResourceInUse',
};

export const PUBLIC_KEY: ResourceType = {
  segment: 'public-key',
  element: 'PublicKey',
  configElement: 'PublicKeyConfig',
  updatePath: 'config',
  idForm: 'key',
  timeElement: 'CreatedTime',
  listElement: 'PublicKeyList',
  summaryElement: 'PublicKeySummary',
  summaryForm: 'flat',
  noSuchCode: 'NoSuchPublicKey',
  alreadyExistsCode: 'PublicKeyAlreadyExists',
  inUseCode: 'PublicKeyInUse',
};

export const KEY_GROUP: ResourceType = {
  segment: 'key-group',
  element: 'KeyGroup',
  configElement: 'KeyGroupConfig',
  updatePath: 'id',
  idForm: 'uuid',
  timeElement: 'LastModifiedTime',
  listElement: 'KeyGroupList',
  summaryElement: 'KeyGroupSummary',
  summaryForm: 'nested',
  noSuchCode: 'NoSuchResource',
  alreadyExistsCode: 'KeyGroupAlreadyExists',
  inUseCode: 'ResourceInUse',
};

export const ORIGIN_ACCESS_CONTROL: ResourceType = {
  segment: 'origin-access-control',
  element: 'OriginAccessControl',
  configElement: 'OriginAccessControlConfig',
  updatePath: 'config',
  idForm: 'entity',
  timeElement: null,
  listElement: 'OriginAccessControlList',
  summaryElement: 'OriginAccessControlSummary',
  summaryForm: 'flat',
  noSuchCode: 'NoSuchOriginAccessControl',
  alreadyExistsCode: 'OriginAccessControlAlreadyExists',
  inUseCode: 'OriginAccessControlInUse',
};

export const CACHE_POLICY = policyType('cache-policy', 'CachePolicy');
export const ORIGIN_REQUEST_POLICY = policyType('origin-request-policy', 'OriginRequestPolicy');
export const RESPONSE_HEADERS_POLICY = policyType('response-headers-policy', 'ResponseHeadersPolicy');

export const RESOURCE_TYPES: readonly ResourceType[] = [
  DISTRIBUTION,
  PUBLIC_KEY,
  KEY_GROUP,
  ORIGIN_ACCESS_CONTROL,
  CACHE_POLICY,
  ORIGIN_REQUEST_POLICY,
  RESPONSE_HEADERS_POLICY,
];

function policyType(segment: string, element: string): ResourceType {
  return {
    segment,
    element,
    configElement: `${element}Config`,
    updatePath: 'id',
    idForm: 'uuid',
    timeElement: 'LastModifiedTime',
    listElement: `${element}List`,
    summaryElement: `${element}Summary`,
    summaryForm: 'typed',
    noSuchCode: `NoSuch${element}`,
    alreadyExistsCode: `${element}AlreadyExists`,
    inUseCode: `${element}InUse`,
  };
}
