/** Conditions of a request against a stored object. Pure. */

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * What a request's conditions make of an object with these headers, in the order of RFC 9110: If-Match, else
 * If-Unmodified-Since; then If-None-Match, else If-Modified-Since.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
export function judgeConditions(request: Headers, object: Headers): 'met' | 'not-modified' | 'failed' {
  const match = request['if-match'];
  if (match !== undefined) {
    if (!namesEtag(match, object.etag, isSameStrongly)) return 'failed';
  } else if (changedAfter(object['last-modified'], request['if-unmodified-since'])) {
    return 'failed';
  }
  const noneMatch = request['if-none-match'];
  if (noneMatch !== undefined) {
    return namesEtag(noneMatch, object.etag, isSameWeakly) ? 'not-modified' : 'met';
  }
  const since = request['if-modified-since'];
  if (since === undefined) return 'met';
  return Date.parse(object['last-modified'] ?? '') <= Date.parse(since) ? 'not-modified' : 'met';
}

/**
 * Whether a request's ranges count: with If-Range, only for the very object that the viewer has the rest of.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5
 */
export function isRangeCurrent(request: Headers, object: Headers): boolean {
  const condition = request['if-range']?.trim();
  if (condition === undefined) return true;
  return condition.endsWith('"')
    ? isSameStrongly(condition, object.etag)
    : condition === object['last-modified'];
}

function namesEtag(
  list: string,
  etag: string | undefined,
  isSame: (one: string, other: string | undefined) => boolean,
): boolean {
  return list.trim() === '*' || list.split(',').some((one) => isSame(one.trim(), etag));
}

function isSameStrongly(one: string, other: string | undefined): boolean {
  return one === other && !one.startsWith('W/');
}

function isSameWeakly(one: string, other: string | undefined): boolean {
  return withoutWeak(one) === withoutWeak(other ?? '') && one !== '';
}

function withoutWeak(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}

function changedAfter(lastModified: string | undefined, instant: string | undefined): boolean {
  return instant !== undefined && Date.parse(lastModified ?? '') > Date.parse(instant);
}
