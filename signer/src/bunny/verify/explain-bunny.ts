/** Would Bunny allow this request, and if not, why? */

import { types } from 'node:util';
import { ownProperties, wrongType } from '../../verify/assert-request.ts';
import { spell } from '../../verify/hints.ts';
import { PARAMETERS } from '../wire.ts';
import { type BunnyDenied, type BunnyVerdict, denyBunny, isBunnyDenied } from './bunny-verdict.ts';
import { findKey, isHmacOf, isHmacWithAddressLast } from './match-token.ts';
import { type BunnyClaim, readBunnyUrl } from './read-bunny-url.ts';
import { MAPPED_BY_MISTAKE, readViewerAddress, type ViewerAddress } from './viewer-address.ts';

/** A request as Bunny sees it, and the keys it would judge it by. */
export interface ExplainBunnyRequest {
  /** `https://<host>/path?query`, as sent: neither decoded nor normalised. */
  readonly url: string;
  /**
   * The pull zone's token key; several during a change of keys.
   * @default - none, and every token of a pull zone is denied
   */
  readonly tokenKey?: string | readonly string[] | undefined;
  /**
   * The library's embed token key; several during a change of keys.
   * @default - none, and every embed token is denied
   */
  readonly embedTokenKey?: string | readonly string[] | undefined;
  /**
   * The viewer's address. `::ffff:203.0.113.7` is the IPv4 address that it is.
   * @default - unknown, so that a token that binds an address is denied
   */
  readonly ip?: string | undefined;
  /**
   * The viewer's country, ISO 3166-1 alpha-2.
   * @default - unknown, so that a token with a list of countries is denied
   */
  readonly country?: string | undefined;
  /**
   * Whether the zone's *Token IP validation* is on, which asks for an address in every token.
   * @default false
   */
  readonly tokenIpValidation?: boolean | undefined;
  /**
   * When the request starts; judged in whole seconds.
   * @default - the current time
   */
  readonly now?: Date | undefined;
}

/**
 * Judges a request as a pull zone with token authentication judges it, or Bunny's player where embed tokens are on: the
 * present token (HMAC-SHA256), the older one (SHA-256), in the path or in the query string, and embed tokens.
 *
 * Never throws for any string it is given, and shares no code with the signing side. What Bunny does not document, and
 * its own signers do differently, is denied with the reason `ambiguous`; so are a name that comes twice and a token in
 * path and query string at once. The zone's other rules (allowed domains, blocked addresses) are not known here.
 *
 * @throws SignerTypeError `ERR_ARGUMENT_TYPE`, for a value of the wrong JavaScript type alone
 * @see https://docs.bunny.net/cdn/security/token-authentication/advanced
 * @example
 * const verdict = explainBunny({ url, tokenKey });
 * if (!verdict.allowed) console.log(verdict.reason, verdict.hint);
 */
export function explainBunny(given: ExplainBunnyRequest): BunnyVerdict {
  const request = readRequest(given);
  const claim = readBunnyUrl(request.url);
  if (isBunnyDenied(claim)) return claim;
  const { via, token, path } = claim;
  const keys = keysFor(claim, request);
  if (keys.length === 0) {
    const hint =
      token.form === 'embed'
        ? "the library's embed token key was not given, so the token cannot be checked"
        : "the pull zone's token key was not given, so the token cannot be checked";
    return denyBunny('unknown-key', hint, { via, token });
  }
  const viewer = viewerOf(request);
  const keyIndex = findKey(claim, keys, { viewer, bindsAddress: request.tokenIpValidation === true });
  if (keyIndex === -1) return denyWrongToken(claim, request, viewer);
  if (claim.doubts.length > 0) {
    const hint = `the token is valid for one of Bunny's own signers, but ${claim.doubts.join(', and ')}`;
    return denyBunny('ambiguous', hint, { via, token });
  }
  return judgeConditions(claim, request) ?? { allowed: true, via, keyIndex, path, token };
}

/**
 * The token holds; do its conditions?
 *
 * @returns `undefined` when they do
 */
export function judgeConditions(claim: BunnyClaim, request: ExplainBunnyRequest): BunnyDenied | undefined {
  const { via, token } = claim;
  const denied = (reason: BunnyDenied['reason'], hint: string) => denyBunny(reason, hint, { via, token });
  const outside = whyOutside(claim);
  if (outside !== undefined) return denied(...outside);

  const nowSeconds = Math.floor(Date.prototype.getTime.call(request.now ?? new Date()) / 1000);
  const expirySeconds = token.expiresAt.getTime() / 1000;
  // Negated so that an invalid clock denies.
  if (!(nowSeconds < expirySeconds)) {
    const ago =
      nowSeconds === expirySeconds ? 'less than a second ago' : `${spell(nowSeconds - expirySeconds)} ago`;
    return denied('expired', `expired ${ago}`);
  }
  if (request.tokenIpValidation === true && token.form === 'hmac-sha256' && !token.bindsAddress) {
    return denied(
      'ip-mismatch',
      'the zone requires tokens with an address, and this token has none; sign it with "ipAddress"',
    );
  }
  const keptOut = whyCountryFails(claim, request.country ?? undefined);
  return keptOut === undefined ? undefined : denied('country-mismatch', keptOut);
}

function denyWrongToken(
  claim: BunnyClaim,
  request: ExplainBunnyRequest,
  viewer: ViewerAddress | null,
): BunnyDenied {
  const { via, token } = claim;
  const context = { via, token };
  if (token.bindsAddress === true && viewer === null) {
    const hint = request.ip
      ? 'the token is bound to an address, but the given value is not an IP address'
      : "the token is bound to an address, but the viewer's address is not known";
    return denyBunny('ip-mismatch', hint, context);
  }
  const keys = keysFor(claim, request);
  if (token.bindsAddress === true && keys.some((key) => isHmacOf(key, claim, MAPPED_BY_MISTAKE))) {
    const hint =
      'the token is bound to ::/64: an IPv4 address was signed in its IPv6 form (::ffff:…), or a loopback address; ' +
      'sign the IPv4 address';
    return denyBunny('ip-mismatch', hint, context);
  }
  return denyBunny('signature-mismatch', whyTokenFails(claim, request, viewer), context);
}

/** Only after a failure, so the search costs nothing when the token holds. */
function whyTokenFails(
  claim: BunnyClaim,
  request: ExplainBunnyRequest,
  viewer: ViewerAddress | null,
): string {
  const { token } = claim;
  if (token.form === 'embed') {
    return findKey(claim, listOf(request.tokenKey), { viewer, bindsAddress: false }) === -1
      ? 'the token does not match this video, this expiry and this key; is the key the embed token key, not the API key?'
      : "the token was signed with the pull zone's token key; the player needs the embed token key";
  }
  if (findKey(claim, listOf(request.embedTokenKey), { viewer, bindsAddress: false }) !== -1) {
    return 'the token was signed with the embed token key; the pull zone needs its own token key';
  }
  const keys = keysFor(claim, request);
  if (token.bindsAddress === true) {
    const isAddressLast = keys.some((key) =>
      viewer?.bytes.some((address) => isHmacWithAddressLast(key, claim, address)),
    );
    if (isAddressLast) return 'the address was signed after the parameters; Bunny expects it before them';
    return (
      `the token does not match a viewer at ${request.ip}: it was signed for another address, with another key, or for ` +
      'values other than those in this URL'
    );
  }
  const what = token.kind === 'directory' ? 'directory' : 'path';
  const note =
    token.kind === 'file' && claim.via === 'path'
      ? `; without ${PARAMETERS.tokenPath} a token gives access to one path only, not to the files that a playlist names`
      : '';
  return `the token does not match this ${what}, expiry, parameters and key${note}`;
}

function whyOutside({ path, token }: BunnyClaim): readonly [BunnyDenied['reason'], string] | undefined {
  if (token.kind !== 'directory') return undefined;
  const { opens } = token;
  // A client that does not resolve "..", or an origin that does, would leave the directory.
  if (hasDotSegment(path))
    return ['resource-mismatch', 'the path contains a ".." or "." segment, possibly encoded'];
  if (!opens.startsWith('/') || !path.startsWith(opens)) {
    return ['resource-mismatch', `signed for ${opens}, but the request is for ${path}`];
  }
  const isAtSegment = opens.endsWith('/') || path === opens || path[opens.length] === '/';
  return isAtSegment
    ? undefined
    : [
        'ambiguous',
        `signed for ${opens}, which does not end in "/"; Bunny does not say whether ${path} is below it`,
      ];
}

/** However often it is encoded: an origin or a proxy may decode more than once. Nobody encodes a name eight times. */
function hasDotSegment(path: string): boolean {
  let bare = path.replaceAll('\\', '/');
  for (let layer = 0; layer < 8; layer++) {
    if (/\/\.{1,2}(?:\/|$)/.test(bare)) return true;
    const decoded = bare
      .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
      .replaceAll('\\', '/');
    if (decoded === bare) return false;
    bare = decoded;
  }
  return true;
}

function whyCountryFails({ token }: BunnyClaim, country: string | undefined): string | undefined {
  const { countriesAllowed, countriesBlocked } = token;
  if (countriesAllowed === undefined && countriesBlocked === undefined) return undefined;
  // A list of blocked countries must not allow what is not a country: an empty header, or two in one.
  if (country === undefined || !/^[A-Za-z]{2}$/.test(country)) {
    return "the token names countries, but the viewer's country is not known";
  }
  const code = country.toUpperCase();
  const isCapital = [...(countriesAllowed ?? []), ...(countriesBlocked ?? [])].every((one) =>
    /^[A-Z]{2}$/.test(one),
  );
  if (!isCapital) return "the token's countries must be codes of two capital letters, separated by commas";
  if (countriesAllowed !== undefined && !countriesAllowed.includes(code)) {
    return `signed for viewers in ${countriesAllowed.join(', ')}, but the request came from ${code}`;
  }
  return countriesBlocked?.includes(code)
    ? `signed for viewers outside ${countriesBlocked.join(', ')}, but the request came from ${code}`
    : undefined;
}

function keysFor({ token }: BunnyClaim, request: ExplainBunnyRequest): readonly string[] {
  return listOf(token.form === 'embed' ? request.embedTokenKey : request.tokenKey);
}

/** An empty text is no key: everybody could sign with it. */
function listOf(keys: string | readonly string[] | undefined | null): readonly string[] {
  return (typeof keys === 'string' ? [keys] : (keys ?? [])).filter((key) => key !== '');
}

function viewerOf({ ip }: ExplainBunnyRequest): ViewerAddress | null {
  return ip ? readViewerAddress(ip) : null;
}

/** @throws SignerTypeError `ERR_ARGUMENT_TYPE`; strings pass, whatever their text */
function readRequest(given: ExplainBunnyRequest): ExplainBunnyRequest {
  const request = ownProperties(given);
  const { url, tokenKey, embedTokenKey, ip, country, tokenIpValidation, now } = request;
  if (typeof url !== 'string') throw wrongType('"url"', 'a string', url);
  for (const [name, keys] of Object.entries({ tokenKey, embedTokenKey })) {
    const isKeys = Array.isArray(keys) && Array.from(keys).every((key) => typeof key === 'string');
    if (!isKeys && typeof (keys ?? '') !== 'string')
      throw wrongType(`"${name}"`, 'a string or a list of them', keys);
  }
  if (typeof (ip ?? '') !== 'string') throw wrongType('"ip"', 'a string', ip);
  if (typeof (country ?? '') !== 'string') throw wrongType('"country"', 'a string', country);
  if (typeof (tokenIpValidation ?? false) !== 'boolean') {
    throw wrongType('"tokenIpValidation"', 'true or false', tokenIpValidation);
  }
  // By its own slot: what only inherits from Date throws when it is asked for its time.
  if (now !== undefined && !types.isDate(now)) throw wrongType('"now"', 'a Date', now);
  return request;
}
