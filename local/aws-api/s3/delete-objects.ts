/**
 * DeleteObjects: every key is judged by itself, and what may not be deleted comes back as an error of its own.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
import { AwsError } from '../aws-error.ts';
import { childrenOf, element, parseXml, textOf, type XmlNode } from '../xml.ts';

/** S3's own limit. */
const MAX_OBJECTS = 1000;
/** Conditions, which moto lacks and `atomic_writes.py` refuses. */
const CONDITIONS = ['ETag', 'LastModifiedTime', 'Size'];

export interface ObjectToDelete {
  readonly key: string;
  /** Null for the newest. */
  readonly versionId: string | null;
  readonly node: XmlNode;
}

/** @throws AwsError MalformedXML for a request without objects, with too many, or with one that has no key */
export function objectsToDelete(xml: string): readonly ObjectToDelete[] {
  const objects = childrenOf(parseXml(xml, { keepsSpace: true }), 'Delete', 'Object').map((node) => ({
    key: textOf(node, 'Key'),
    versionId: textOf(node, 'VersionId') || null,
    node,
  }));
  if (objects.length > 0 && objects.length <= MAX_OBJECTS && objects.every(({ key }) => key !== '')) {
    return objects;
  }
  const message = 'The XML you provided was not well-formed or did not validate against our published schema';
  throw new AwsError(400, 'MalformedXML', message);
}

/** What moto is asked: these objects and no others, each with one key. */
export function deleteXml(objects: readonly ObjectToDelete[]): string {
  return `<Delete>${objects.map(objectXml).join('')}</Delete>`;
}

/** The result with an error for each object that was denied; `xml` is moto's, of the others. */
export function withDenied(xml: string, denied: readonly ObjectToDelete[]): string {
  const errors = denied.map(
    ({ key, versionId }) =>
      `<Error>${element('Key', key)}${versionId === null ? '' : element('VersionId', versionId)}` +
      `${element('Code', 'AccessDenied')}${element('Message', 'Access Denied')}</Error>`,
  );
  const empty = '<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></DeleteResult>';
  const result =
    xml === '' ? empty : xml.replace(/<DeleteResult([^>]*)\/>/, '<DeleteResult$1></DeleteResult>');
  // The text of a key is data: a `$` in it is no reference.
  return result.replace('</DeleteResult>', () => `${errors.join('')}</DeleteResult>`);
}

function objectXml({ key, versionId, node }: ObjectToDelete): string {
  const conditions = CONDITIONS.filter((name) => childrenOf(node, name).length > 0);
  return `<Object>${[
    element('Key', key),
    ...(versionId === null ? [] : [element('VersionId', versionId)]),
    ...conditions.map((name) => element(name, textOf(node, name))),
  ].join('')}</Object>`;
}
