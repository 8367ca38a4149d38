/** What a request's URL carries, before anything of it is believed. */

import {
  ADDRESS_FLAG,
  API_HOST,
  HMAC_PREFIX,
  PARAMETERS,
  PATH_TOKEN,
  PLAYER_HOSTS,
  QUERY_TOKEN,
  ZONE_SUFFIX,
} from '../wire.ts';
import { type BunnyDenied, type BunnySignedVia, type BunnyToken, denyBunny } from './bunny-verdict.ts';

export interface BunnyClaim {
  readonly via: BunnySignedVia;
  /** The path asked for, without the token in front of it. */
  readonly path: string;
  /** Without its `HS256-` and `1-`. */
  readonly mac: string;
  readonly expires: string;
  /** Every parameter but token and expiry. */
  readonly parameters: readonly Parameter[];
  readonly token: BunnyToken;
  /** What Bunny's documentation leaves open, and its own signers do differently. */
  readonly doubts: readonly string[];
}

export interface Parameter {
  readonly name: string;
  /** Percent-decoded, a `+` left as it is. */
  readonly value: string;
}

/**
 * Not the WHATWG parser: it would collapse `..` and re-encode, and what is judged is what was sent. A `#` is no part of a
 * request's URL (RFC 9112, section 3.2).
 */
const ABSOLUTE_URL = /^https?:\/\/([^/?#\s\u0080-\uffff]+)(\/[^?#]*)?(?:\?([^#]*))?$/is;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

const GUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const PLAYER_PATH = new RegExp(`^/(?:embed|play)/\\d+/(${GUID})/?$`, 'i');
/** Play data and heatmap of the Stream API, which take the embed token. */
const API_PATH = new RegExp(`^/library/\\d+/videos/(${GUID})/play(?:/heatmap)?$`, 'i');

const MAC = '[A-Za-z0-9_-]{43}';
const HMAC_TOKEN = new RegExp(`^${HMAC_PREFIX}(${ADDRESS_FLAG})?(${MAC})$`);
const SHA256_TOKEN = new RegExp(`^${MAC}$`);
const MD5_TOKEN = /^[A-Za-z0-9_-]{22}$/;
const EMBED_TOKEN = /^[0-9a-f]{64}$/;
const OWN_NAMES: ReadonlySet<string> = new Set(Object.values(PARAMETERS));
/** Letters, digits, `-._~` and `/` are all that every signer of Bunny signs alike. */
const PLAIN_PATH = /^[A-Za-z0-9\-._~/]*$/;

interface UrlParts {
  /** In lower case, without its port. */
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

/** Whether a URL looks like one of Bunny's: by its host, by a token in its path, or by the names that sign it. */
export function isBunnyUrl(url: string): boolean {
  const parts = splitUrl(url);
  if (!parts) return false;
  if (isOnlyBunnys(url)) return true;
  const names = parts.query.split('&').map((pair) => pair.split('=', 1)[0]);
  return names.includes(QUERY_TOKEN) && names.includes(PARAMETERS.expires);
}

/**
 * Whether a URL cannot be CloudFront's: `token` and `expires` in a query string may be an application's own, but not
 * Bunny's hosts, a token in the path, or the prefix of a token.
 */
export function isOnlyBunnys(url: string): boolean {
  const parts = splitUrl(url);
  if (!parts) return false;
  const { host, path, query } = parts;
  if (host.endsWith(ZONE_SUFFIX) || isPlayerHost(host) || host === API_HOST) return true;
  return path.includes(`/${PATH_TOKEN}=`) || `&${query}`.includes(`&${QUERY_TOKEN}=${HMAC_PREFIX}`);
}

export function readBunnyUrl(url: string): BunnyClaim | BunnyDenied {
  const parts = splitUrl(url);
  if (!parts) return denyBunny('malformed-url', 'the URL is not an absolute http or https URL');
  return isPlayerHost(parts.host) || parts.host === API_HOST ? readEmbedUrl(parts) : readZoneUrl(parts);
}

function readZoneUrl({ path: wholePath, query }: UrlParts): BunnyClaim | BunnyDenied {
  const [, segment, behind = '/'] = new RegExp(`^/${PATH_TOKEN}=([^/]*)(/.*)?$`, 's').exec(wholePath) ?? [];
  const via: BunnySignedVia = segment === undefined ? 'query' : 'path';
  const path = segment === undefined ? wholePath : behind;
  const inQuery = readPairs(query);
  const inPath = segment === undefined ? [] : readPairs(`${QUERY_TOKEN}=${segment}`);
  if (!inQuery || !inPath) {
    return denyBunny('malformed-parameters', 'a parameter is not percent-encoded UTF-8', { via });
  }
  if (via === 'path' && inQuery.some(({ name }) => name === QUERY_TOKEN)) {
    return denyBunny('mixed-tokens', 'the path and the query string each contain a token; send only one', {
      via,
    });
  }
  const all = [...inPath, ...inQuery];
  const twice = findTwice(all);
  if (twice !== undefined) {
    return denyBunny(
      'duplicate-name',
      `${OWN_NAMES.has(twice) ? twice : 'a parameter'} was sent more than once`,
      { via },
    );
  }
  const valueNamed = (name: string) => all.find((one) => one.name === name)?.value;
  const token = valueNamed(QUERY_TOKEN);
  const expires = valueNamed(PARAMETERS.expires);
  if (token === undefined && expires === undefined) return denyBunny('unsigned', whyUnsigned(path));
  if (!token) return denyBunny('missing-signature', 'an expiry was sent without a token', { via });
  if (expires === undefined) return denyBunny('missing-expiry', whyNoExpiry(segment), { via });
  if (!isEpochSeconds(expires)) return denyBunny('malformed-expiry', whyBadExpiry(expires), { via });

  if (MD5_TOKEN.test(token)) {
    const hint =
      'the token is an MD5 token of "basic" token authentication, which Bunny is going to remove; sign with HMAC-SHA256';
    return denyBunny('unsupported-hash-algorithm', hint, { via });
  }
  const [isHmac, flag, hmac] = HMAC_TOKEN.exec(token) ?? [];
  const mac = hmac ?? (SHA256_TOKEN.test(token) ? token : undefined);
  if (mac === undefined) return denyBunny('malformed-signature', whyBadToken(token), { via });

  const parameters = all.filter(({ name }) => name !== QUERY_TOKEN && name !== PARAMETERS.expires);
  const conditions = readConditions(valueNamed);
  if (!conditions) {
    return denyBunny('malformed-parameters', `${PARAMETERS.speedLimit} must be a whole number of kB/s`, {
      via,
    });
  }
  const tokenPath = valueNamed(PARAMETERS.tokenPath);
  const decoded: BunnyToken = {
    form: isHmac === undefined ? 'sha256' : 'hmac-sha256',
    kind: tokenPath === undefined ? 'file' : 'directory',
    opens: tokenPath ?? path,
    expiresAt: new Date(Number(expires) * 1000),
    ...(isHmac !== undefined && { bindsAddress: flag !== undefined }),
    ...conditions,
  };
  const raw = `${segment === undefined ? '' : `${segment}&`}${query}`;
  const doubts = findDoubts(decoded, parameters, raw, path);
  return { via, path, mac, expires, parameters, token: decoded, doubts };
}

function readEmbedUrl({ path, query }: UrlParts): BunnyClaim | BunnyDenied {
  const via = 'query';
  const videoId = (PLAYER_PATH.exec(path) ?? API_PATH.exec(path))?.[1];
  if (videoId === undefined) {
    return denyBunny(
      'malformed-url',
      "the URL is not a video's page; expected /embed/<library>/<id> or /play/<library>/<id>",
    );
  }
  const all = readPairs(query);
  if (!all) return denyBunny('malformed-parameters', 'a parameter is not percent-encoded UTF-8', { via });
  const signing = all.filter(({ name }) => name === QUERY_TOKEN || name === PARAMETERS.expires);
  const twice = findTwice(signing);
  if (twice !== undefined) return denyBunny('duplicate-name', `${twice} was sent more than once`, { via });
  const mac = signing.find(({ name }) => name === QUERY_TOKEN)?.value;
  const expires = signing.find(({ name }) => name === PARAMETERS.expires)?.value;
  if (mac === undefined && expires === undefined)
    return denyBunny('unsigned', 'the request has no token and no expires');
  if (!mac) return denyBunny('missing-signature', 'an expiry was sent without a token', { via });
  if (expires === undefined) return denyBunny('missing-expiry', 'a token was sent without expires', { via });
  if (!isEpochSeconds(expires)) return denyBunny('malformed-expiry', whyBadExpiry(expires), { via });
  if (!EMBED_TOKEN.test(mac)) {
    const hint = mac.startsWith(HMAC_PREFIX)
      ? 'the token is a pull zone token; the player needs an embed token: SHA-256 in hexadecimal digits'
      : 'an embed token must be 64 hexadecimal digits in lower case';
    return denyBunny('malformed-signature', hint, { via });
  }
  const token: BunnyToken = {
    form: 'embed',
    kind: 'video',
    opens: videoId,
    expiresAt: new Date(Number(expires) * 1000),
    bindsAddress: false,
    ignoreParams: true,
  };
  const doubts = /[A-F]/.test(videoId) ? ['the video id is written in capitals'] : [];
  return { via, path, mac, expires, parameters: [], token, doubts };
}

function splitUrl(url: string): UrlParts | null {
  const [matched, authority, path = '/', query = ''] = CONTROL_CHARACTER.test(url)
    ? []
    : (ABSOLUTE_URL.exec(url) ?? []);
  if (matched === undefined || authority === undefined) return null;
  return { host: authority.toLowerCase().replace(/:\d*$/, ''), path, query };
}

function isPlayerHost(host: string): boolean {
  return (PLAYER_HOSTS as readonly string[]).includes(host);
}

/** @returns `null` when one of them cannot be decoded */
function readPairs(text: string): Parameter[] | null {
  const pairs: Parameter[] = [];
  for (const pair of text === '' ? [] : text.split('&')) {
    const equals = pair.indexOf('=');
    try {
      pairs.push({
        name: decodeURIComponent(equals === -1 ? pair : pair.slice(0, equals)),
        value: equals === -1 ? '' : decodeURIComponent(pair.slice(equals + 1)),
      });
    } catch {
      return null;
    }
  }
  return pairs;
}

function findTwice(pairs: readonly Parameter[]): string | undefined {
  const seen = new Set<string>();
  for (const { name } of pairs) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** Ten digits: as long as the tokens of this era are, and no milliseconds. */
function isEpochSeconds(text: string): boolean {
  return /^[1-9]\d{0,9}$/.test(text);
}

function readConditions(
  valueNamed: (name: string) => string | undefined,
): Pick<BunnyToken, 'countriesAllowed' | 'countriesBlocked' | 'speedLimitKBps' | 'ignoreParams'> | null {
  const allowed = valueNamed(PARAMETERS.countriesAllowed);
  const blocked = valueNamed(PARAMETERS.countriesBlocked);
  const limit = valueNamed(PARAMETERS.speedLimit);
  if (limit !== undefined && !/^\d{1,10}$/.test(limit)) return null;
  return {
    ...(allowed !== undefined && { countriesAllowed: allowed.split(',') }),
    ...(blocked !== undefined && { countriesBlocked: blocked.split(',') }),
    ...(limit !== undefined && Number(limit) > 0 && { speedLimitKBps: Number(limit) }),
    ignoreParams: valueNamed(PARAMETERS.ignoreParams) === 'true',
  };
}

function findDoubts(
  token: BunnyToken,
  parameters: readonly Parameter[],
  raw: string,
  path: string,
): readonly string[] {
  const { ignoreParams, countriesAllowed, countriesBlocked, speedLimitKBps, kind } = token;
  const doubts: string[] = [];
  if (kind === 'file' && !PLAIN_PATH.test(path)) {
    doubts.push('the path contains characters that some signers sign percent-encoded and others decoded');
  }
  if (ignoreParams) {
    if (countriesAllowed || countriesBlocked || speedLimitKBps !== undefined) {
      doubts.push(`with ${PARAMETERS.ignoreParams}, countries and ${PARAMETERS.speedLimit} are not signed`);
    }
    return doubts;
  }
  if (raw.includes('+')) doubts.push('some signers read a "+" in a parameter as a space, others as a plus');
  if (parameters.some(({ name }) => !OWN_NAMES.has(name) && !/^[a-z]+$/.test(name))) {
    doubts.push('signers sort parameters differently when a name contains anything but lower-case letters');
  }
  return doubts;
}

function whyUnsigned(path: string): string {
  const isPart = /\.(?:ts|m4s|mp4|aac|vtt|key|m3u8)$/i.test(path);
  return isPart
    ? "the request has no token; players do not send the query string of a playlist's URL for the files in it, so the token must be part of " +
        `the path: /${PATH_TOKEN}=…/`
    : 'the request has no token and no expires';
}

/** Where `%2F` in `token_path` was decoded on the way, the token's segment ends at the first `/` of its value. */
function whyNoExpiry(segment: string | undefined): string {
  return segment?.endsWith(`${PARAMETERS.tokenPath}=`)
    ? `${PARAMETERS.tokenPath} contains a plain "/", because a proxy or tool decoded its %2F`
    : 'a token was sent without expires';
}

function whyBadExpiry(expires: string): string {
  return /^\d{13}$/.test(expires)
    ? 'expires is in milliseconds; Bunny expects seconds since 1970'
    : 'expires is not a number of seconds since 1970';
}

function whyBadToken(token: string): string {
  if (EMBED_TOKEN.test(token))
    return "the token is an embed token; the pull zone needs one that is signed with the zone's key";
  if (/[+/=]/.test(token))
    return 'the token is in plain base64; replace "+" by "-" and "/" by "_", and drop "="';
  return `the token is neither ${HMAC_PREFIX}… nor the older form: 43 characters of base64url`;
}
