/** CloudFront's calls about invalidations: read, answered and listed page by page in the API's XML. Pure. */
import { AwsError } from '../aws-error.ts';
import { childrenOf, element, parseXml, textOf, textsOf } from '../xml.ts';
import type { Invalidation, InvalidationBatch, Invalidations } from './invalidations.ts';
import { requireConsistentQuantities } from './validation.ts';

const MAX_ITEMS = 100;

/** @throws AwsError 400 for a body that is missing, is no `InvalidationBatch`, or counts its paths wrongly */
export function readInvalidationBatch(body: string): InvalidationBatch {
  if (body.trim() === '') {
    const message =
      'This operation requires a body. Ensure that the body is present and the Content-Type header is set.';
    throw new AwsError(400, 'MissingBody', message);
  }
  const batch = childrenOf(parseXml(body), 'InvalidationBatch')[0];
  if (batch === undefined || !/^\d+$/.test(textOf(batch, 'Paths', 'Quantity'))) {
    throw new AwsError(
      400,
      'MalformedXML',
      'expected an InvalidationBatch element with the quantity of its paths',
    );
  }
  requireConsistentQuantities(batch);
  return {
    callerReference: textOf(batch, 'CallerReference'),
    paths: textsOf(batch, 'Paths', 'Items', 'Path'),
  };
}

/** What is inside the `Invalidation` element. */
export function invalidationXml(invalidations: Invalidations, invalidation: Invalidation): string {
  const { id, createdAt, callerReference, paths } = invalidation;
  const items = paths.map((path) => element('Path', path)).join('');
  const batch = [
    `<Paths>${element('Quantity', paths.length)}<Items>${items}</Items></Paths>`,
    element('CallerReference', callerReference),
  ];
  return [
    element('Id', id),
    element('Status', invalidations.statusOf(invalidation)),
    element('CreateTime', createdAt.toISOString()),
    `<InvalidationBatch>${batch.join('')}</InvalidationBatch>`,
  ].join('');
}

/**
 * What is inside the `InvalidationList` element: one page, the newest first, its marker the id that the last page ended
 * with.
 *
 * @throws AwsError 400 for a marker that names none, and for a number of items that is none
 */
export function invalidationListXml(
  invalidations: Invalidations,
  distributionId: string,
  query: URLSearchParams,
): string {
  const marker = query.get('Marker') ?? '';
  const maxItems = maxItemsOf(query);
  const all = invalidations.list(distributionId);
  const start = marker === '' ? 0 : all.findIndex(({ id }) => id === marker) + 1;
  if (start === 0 && marker !== '') {
    throw new AwsError(400, 'InvalidArgument', 'The parameter Marker contains an invalid value.');
  }
  const page = all.slice(start, start + maxItems);
  const last = start + maxItems < all.length ? page.at(-1) : undefined;
  const summaries = page.map((invalidation) => {
    const { id, createdAt } = invalidation;
    const status = element('Status', invalidations.statusOf(invalidation));
    return `<InvalidationSummary>${element('Id', id)}${element('CreateTime', createdAt.toISOString())}${status}</InvalidationSummary>`;
  });
  return [
    element('Marker', marker),
    last === undefined ? '' : element('NextMarker', last.id),
    element('MaxItems', maxItems),
    element('IsTruncated', String(last !== undefined)),
    element('Quantity', page.length),
    page.length === 0 ? '' : `<Items>${summaries.join('')}</Items>`,
  ].join('');
}

function maxItemsOf(query: URLSearchParams): number {
  const text = query.get('MaxItems') ?? String(MAX_ITEMS);
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Math.min(Number(text), MAX_ITEMS);
  throw new AwsError(400, 'InvalidArgument', 'The parameter MaxItems contains an invalid value.');
}
