/** What kind of request S3 is asked, by its method, its target and its headers. Pure. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { S3Target } from './target.ts';

const MAX_PAGE = 1000;

/** A browser's form, which carries its credentials inside. */
export function isFormUpload(incoming: IncomingMessage, target: S3Target): boolean {
  const isMultipart = contentTypeOf(incoming).startsWith('multipart/form-data');
  return incoming.method === 'POST' && isMultipart && target.bucket !== '' && target.key === '';
}

export function isForm(incoming: IncomingMessage): boolean {
  return /^(multipart\/form-data|application\/x-(www-form-urlencoded|url-encoded))/.test(
    contentTypeOf(incoming),
  );
}

/** Whether an object is put, or an upload becomes one: what `If-None-Match` and `If-Match` are conditions of. */
export function isWrite(
  method: string,
  { target, subresource }: { readonly target: S3Target; readonly subresource: string },
): boolean {
  if (target.key === '') return false;
  return method === 'PUT' ? subresource === '' : method === 'POST' && subresource === 'uploadId';
}

/**
 * Whether a write or a delete depends on what is there: its answer tells whether a guess was right, so that S3 wants the
 * permission to read as well.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html#conditional-deletes-etags
 */
export function comparesETag(method: string, headers: IncomingHttpHeaders): boolean {
  const ifMatch = headers['if-match'];
  return ['DELETE', 'POST', 'PUT'].includes(method) && ifMatch !== undefined && ifMatch !== '*';
}

export function queryValue(target: S3Target, name: string): string | undefined {
  return [...target.query].find(([key]) => key.toLowerCase() === name)?.[1];
}

/** S3 lists a thousand at most, however many are asked for. */
export function withSmallPage({ bucket, key, query }: S3Target): S3Target {
  const capped = [...query].map(([name, value]): [string, string] =>
    name === 'max-keys' && Number(value) > MAX_PAGE ? [name, String(MAX_PAGE)] : [name, value],
  );
  return { bucket, key, query: new URLSearchParams(capped) };
}

function contentTypeOf({ headers }: IncomingMessage): string {
  return headers['content-type']?.trim().toLowerCase() ?? '';
}
