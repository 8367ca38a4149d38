/** The two kinds of patterns of CloudFront, as regular expressions. */

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `*`: any run of characters, none too; `?`: exactly one. */
function wildcard(pattern: string, flags = ''): RegExp {
  const source = [...pattern].map((one) => (one === '*' ? '.*' : one === '?' ? '.' : escaped(one))).join('');
  return new RegExp(`^${source}$`, `s${flags}`);
}

/**
 * "CloudFront normalizes URI paths consistent with RFC 3986 and then matches the path with the correct cache behavior";
 * several slashes and dots go.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 */
export function coversPath(pattern: string, sentPath: string): boolean {
  let path = sentPath.replace(/%(2D|2E|5F|7E|3\d|[46][1-9A-F]|[57][0-9A])/gi, (code) =>
    decodeURIComponent(code),
  );
  path = path.replace(/%[0-9a-f]{2}/gi, (code) => code.toUpperCase()).replace(/\/{2,}/g, '/');
  while (/\/\.(\/|$)/.test(path)) path = path.replace(/\/\.(\/|$)/, '/');
  while (/\/\.\.(\/|$)/.test(path)) path = path.replace(/(^|\/(?!\.\.(?:\/|$))[^/]*)\/\.\.(\/|$)/, '/');
  return wildcard(pattern.replace(/^\/?/, pattern === '*' ? '' : '/')).test(path);
}

/** Order of slashes and dots matters here, and no page says which goes first. */
export const isPathAmbiguous = (path: string) =>
  /\/\//.test(path.replace(/%2f/gi, '/')) && /(\.|%2e)(\.|%2e)/i.test(path);

/**
 * Each part of the URL by itself; a star at a part's end stands for the parts behind it too.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 */
export function coversUrl(
  resource: string,
  url: { readonly protocol: string; readonly host: string; readonly path: string; readonly query: string },
): boolean {
  if (resource === '*') return true;
  const parts = /^(?:([^/]*):\/\/)?([^/]*)(\/.*)?$/s.exec(resource);
  const [, protocol, domain = '', rest] = parts ?? [];
  if (!parts || (protocol === undefined && !domain.startsWith('*'))) return false;
  if (!wildcard(protocol ?? '*', 'i').test(url.protocol) || !wildcard(domain, 'i').test(url.host))
    return false;
  if (rest === undefined) return domain.endsWith('*') || `${url.path}?${url.query}` === '/?';
  return readings(rest).some(
    ({ path, query }) => wildcard(path).test(url.path) && wildcard(query).test(url.query),
  );
}

/** What path and query a resource's rest may mean: `\?` parts them, else a bare `?` may be a character or the mark. */
function readings(rest: string): { readonly path: string; readonly query: string }[] {
  const mark = rest.indexOf('\\?');
  if (mark !== -1) return [{ path: rest.slice(0, mark), query: rest.slice(mark + 2) }];
  const marks = [...rest.matchAll(/\?/g)].map(({ index }) => index);
  return [
    { path: rest, query: rest.endsWith('*') ? '*' : '' },
    ...marks.map((at) => ({ path: rest.slice(0, at), query: rest.slice(at + 1) })),
  ];
}
