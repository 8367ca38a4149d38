/** How CloudFront's answers spell resources. */
import { element, textsOf } from '../xml.ts';
import { trustedKeyGroupsOf } from './references.ts';
import { DISTRIBUTION, KEY_GROUP, type ResourceType } from './resource-types.ts';
import type { Resource, Store } from './store.ts';

const NAMESPACE = 'http://cloudfront.amazonaws.com/doc/2020-05-31/';

export function xmlDocument(root: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner}</${root}>`;
}

export function distributionArn(accountId: string, id: string): string {
  return `arn:aws:cloudfront::${accountId}:distribution/${id}`;
}

/** The resource whole. */
export function resourceXml(store: Store, accountId: string, resource: Resource): string {
  const { type } = resource;
  const config = `<${type.configElement}>${configXml(resource)}</${type.configElement}>`;
  if (type !== DISTRIBUTION) return element('Id', resource.id) + timeXml(resource) + config;
  return distributionHead(store, accountId, resource) + activeKeyGroups(store, resource) + config;
}

/** The configuration alone, as submitted. */
export function configXml(resource: Resource): string {
  const { xml } = resource.config;
  // AWS fills this in, and provider 5.100 panics without it (measured).
  const lacksOriginGroups = resource.type === DISTRIBUTION && !xml.includes('<OriginGroups');
  return lacksOriginGroups ? `${xml}<OriginGroups><Quantity>0</Quantity></OriginGroups>` : xml;
}

/** One page of a list. */
export function listXml(
  store: Store,
  accountId: string,
  type: ResourceType,
  page: { items: readonly Resource[]; marker: string; nextMarker: string | null; maxItems: number },
): string {
  const summaries = page.items.map((resource) => summaryXml(store, accountId, resource)).join('');
  // Only the older lists repeat the marker and say whether they end here.
  const older = type.summaryForm === 'flat' && type.segment !== 'public-key';
  const position = older
    ? element('Marker', page.marker) + element('IsTruncated', String(page.nextMarker !== null))
    : '';
  const next = page.nextMarker === null ? '' : element('NextMarker', page.nextMarker);
  const counts = element('MaxItems', page.maxItems) + element('Quantity', page.items.length);
  return xmlDocument(type.listElement, `${position}${next}${counts}<Items>${summaries}</Items>`);
}

function summaryXml(store: Store, accountId: string, resource: Resource): string {
  const { type } = resource;
  const nested = `<${type.element}>${resourceXml(store, accountId, resource)}</${type.element}>`;
  const flatHead =
    type === DISTRIBUTION
      ? distributionHead(store, accountId, resource)
      : element('Id', resource.id) + timeXml(resource);
  const inner = {
    flat: flatHead + configXml(resource),
    nested,
    typed: element('Type', 'custom') + nested,
  }[type.summaryForm];
  return `<${type.summaryElement}>${inner}</${type.summaryElement}>`;
}

function timeXml(resource: Resource): string {
  const { timeElement } = resource.type;
  if (timeElement === null) return '';
  return element(
    timeElement,
    (timeElement === 'CreatedTime' ? resource.createdAt : resource.modifiedAt).toISOString(),
  );
}

function distributionHead(store: Store, accountId: string, resource: Resource): string {
  return [
    element('Id', resource.id),
    element('ARN', distributionArn(accountId, resource.id)),
    // Nothing is rolled out anywhere, so a change is in force at once.
    element('Status', 'Deployed'),
    timeXml(resource),
    element('InProgressInvalidationBatches', store.invalidations.inProgress(resource.id).length),
    element('DomainName', `d${resource.id.slice(1).toLowerCase()}.cloudfront.net`),
  ].join('');
}

function activeKeyGroups(store: Store, distribution: Resource): string {
  const groups = trustedKeyGroupsOf(distribution.config.parsed).map((id) => {
    const keys = textsOf(store.get(KEY_GROUP, id).config.parsed, 'Items', 'PublicKey');
    const ids = keys.map((key) => element('KeyPairId', key)).join('');
    const pairs = element('Quantity', keys.length) + (ids === '' ? '' : `<Items>${ids}</Items>`);
    return `<KeyGroup>${element('KeyGroupId', id)}<KeyPairIds>${pairs}</KeyPairIds></KeyGroup>`;
  });
  const items = groups.length === 0 ? '' : `<Items>${groups.join('')}</Items>`;
  const enabled = element('Enabled', String(groups.length > 0)) + element('Quantity', groups.length);
  return `<ActiveTrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></ActiveTrustedSigners><ActiveTrustedKeyGroups>${enabled}${items}</ActiveTrustedKeyGroups>`;
}
