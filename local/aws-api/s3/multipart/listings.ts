/**
 * Pages of uploads and of parts. Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
 */
import { AwsError } from '../../aws-error.ts';
import { element } from '../../xml.ts';
import type { Part, Upload } from './upload.ts';

const MAX_PAGE = 1000;
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** @param uploads all of the bucket */
export function uploadsXml(
  bucket: string,
  uploads: readonly Upload[],
  query: URLSearchParams,
  ownerId: string,
): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const maxUploads = pageSize(query, 'max-uploads');
  const isUrl = query.get('encoding-type') === 'url';
  const encode = (text: string) => (isUrl ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const all = entriesOf(uploads, { prefix, delimiter });
  const entries = all.slice(startOf(all, keyMarker, idMarker));
  const page = entries.slice(0, maxUploads);
  const last = entries.length > page.length ? page.at(-1) : undefined;
  return xmlDocument('ListMultipartUploadsResult', [
    element('Bucket', bucket),
    element('KeyMarker', encode(keyMarker)),
    element('UploadIdMarker', idMarker),
    ...(last === undefined
      ? []
      : [element('NextKeyMarker', encode(last.name)), element('NextUploadIdMarker', last.upload?.id ?? '')]),
    ...(prefix === '' ? [] : [element('Prefix', encode(prefix))]),
    ...(delimiter === '' ? [] : [element('Delimiter', encode(delimiter))]),
    ...(isUrl ? [element('EncodingType', 'url')] : []),
    element('MaxUploads', maxUploads),
    element('IsTruncated', String(last !== undefined)),
    ...page.map(({ name, upload }) =>
      upload === null
        ? `<CommonPrefixes>${element('Prefix', encode(name))}</CommonPrefixes>`
        : `<Upload>${[
            element('Key', encode(name)),
            element('UploadId', upload.id),
            ...people(ownerId),
            element('StorageClass', upload.storageClass),
            element('Initiated', upload.initiatedAt.toISOString()),
            ...modeElements(upload),
          ].join('')}</Upload>`,
    ),
  ]);
}

/** @param parts all of the upload */
export function partsXml(
  upload: Upload,
  parts: readonly Part[],
  query: URLSearchParams,
  ownerId: string,
): string {
  const marker = wholeNumber(query, 'part-number-marker') ?? 0;
  const maxParts = pageSize(query, 'max-parts');
  const after = parts.filter(({ number }) => number > marker);
  const page = after.slice(0, maxParts);
  const { checksums } = upload;
  return xmlDocument('ListPartsResult', [
    element('Bucket', upload.bucket),
    element('Key', upload.key),
    element('UploadId', upload.id),
    ...people(ownerId),
    element('StorageClass', upload.storageClass),
    element('PartNumberMarker', marker),
    element('NextPartNumberMarker', page.at(-1)?.number ?? 0),
    element('MaxParts', maxParts),
    element('IsTruncated', String(after.length > page.length)),
    ...modeElements(upload),
    ...page.map(
      ({ number, etag, bytes, lastModified, checksum }) =>
        `<Part>${[
          element('PartNumber', number),
          element('LastModified', lastModified),
          element('ETag', etag),
          element('Size', bytes),
          ...(checksums === null ? [] : [element(`Checksum${checksums.algorithm}`, checksum ?? '')]),
        ].join('')}</Part>`,
    ),
  ]);
}

interface Entry {
  /** A key, or what keys have in common. */
  readonly name: string;
  readonly upload: Upload | null;
}

/** By key, uploads of one key by the time at which they began; keys that have a delimiter after the prefix are one entry. */
function entriesOf(
  uploads: readonly Upload[],
  { prefix, delimiter }: { readonly prefix: string; readonly delimiter: string },
): readonly Entry[] {
  const sorted = uploads
    .filter(({ key }) => key.startsWith(prefix))
    .sort(
      (uploadA, uploadB) =>
        compareKeys(uploadA.key, uploadB.key) ||
        uploadA.initiatedAt.getTime() - uploadB.initiatedAt.getTime(),
    );
  const entries = sorted.map((upload): Entry => {
    const end = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    return end === -1
      ? { name: upload.key, upload }
      : { name: upload.key.slice(0, end + delimiter.length), upload: null };
  });
  return entries.filter(
    ({ name, upload }, index) =>
      upload !== null || entries[index - 1]?.upload !== null || entries[index - 1]?.name !== name,
  );
}

/** After the marker's own upload where its id is named and it is still there, else after all of the marker's key. */
function startOf(entries: readonly Entry[], keyMarker: string, idMarker: string): number {
  if (keyMarker === '') return 0;
  const own = entries.findIndex(({ upload }) => upload !== null && upload.id === idMarker);
  if (own !== -1) return own + 1;
  const next = entries.findIndex(({ name }) => compareKeys(name, keyMarker) > 0);
  return next === -1 ? entries.length : next;
}

/** S3's order of keys is that of their UTF-8. */
function compareKeys(keyA: string, keyB: string): number {
  return Buffer.compare(Buffer.from(keyA), Buffer.from(keyB));
}

function pageSize(query: URLSearchParams, name: string): number {
  return Math.min(wholeNumber(query, name) ?? MAX_PAGE, MAX_PAGE);
}

function wholeNumber(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text);
  throw new AwsError(400, 'InvalidArgument', `Provided ${name} not an integer or within integer range`);
}

function people(ownerId: string): readonly string[] {
  const person = element('ID', ownerId) + element('DisplayName', 'local');
  return [`<Initiator>${person}</Initiator>`, `<Owner>${person}</Owner>`];
}

function modeElements({ checksums }: Upload): readonly string[] {
  if (checksums === null) return [];
  return [element('ChecksumAlgorithm', checksums.algorithm), element('ChecksumType', checksums.type)];
}

export function xmlDocument(name: string, elements: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${NAMESPACE}">${elements.join('')}</${name}>`;
}
