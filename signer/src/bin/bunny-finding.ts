/** What can be said about a request to Bunny, and how people read it. */

import {
  type BunnyDenialReason,
  type BunnyDenied,
  type BunnyToken,
  isBunnyDenied,
} from '../bunny/verify/bunny-verdict.ts';
import { type ExplainBunnyRequest, explainBunny, judgeConditions } from '../bunny/verify/explain-bunny.ts';
import { readBunnyUrl } from '../bunny/verify/read-bunny-url.ts';
import { PATH_TOKEN } from '../bunny/wire.ts';
import { hideTokens } from '../verify/hide-tokens.ts';
import { formatFinding } from './describe-finding.ts';
import { spellDistance, spellInstant } from './instant.ts';
import type { Finding } from './investigate.ts';

export interface BunnyFinding extends Pick<Finding, 'outcome' | 'cause' | 'remedy' | 'signature'> {
  /** - absent unless denied */
  readonly denial?: BunnyDenied;
  readonly via?: 'path' | 'query';
  readonly token?: BunnyToken;
}

const PASS_KEY = 'pass --bunny-key-file or set BUNNY_TOKEN_KEY';
const PASS_EMBED_KEY = 'pass --bunny-embed-key-file or set BUNNY_EMBED_TOKEN_KEY';
const SIGN_ANEW = 'sign the URL again and pass it on unchanged';
const REMEDIES: Readonly<Record<BunnyDenialReason, string>> = {
  'malformed-url': 'give the URL as the player sent it, in quotes: https://<host>/<path>',
  unsigned:
    'sign playlists with signPlaylistUrl, whose token is part of the path, so that segments inherit it',
  'unknown-key': 'give the key with --bunny-key-file, or --bunny-embed-key-file for the player',
  'duplicate-name': SIGN_ANEW,
  'mixed-tokens': SIGN_ANEW,
  'malformed-parameters': SIGN_ANEW,
  'missing-expiry': SIGN_ANEW,
  'malformed-expiry': SIGN_ANEW,
  'missing-signature': SIGN_ANEW,
  'malformed-signature': 'copy the complete URL; a proxy or tool that re-encodes it breaks the token',
  'unsupported-hash-algorithm': 'sign with HMAC-SHA256, as signPlaylistUrl and signFileUrl do',
  'signature-mismatch':
    "is the key this zone's URL token authentication key? Is the URL unchanged since it was signed?",
  ambiguous: 'sign with signPlaylistUrl or signFileUrl, which refuse what Bunny does not document',
  'resource-mismatch': 'sign the requested video',
  expired: "sign again, and make the backend sign at each play; check the signing host's clock",
  'ip-mismatch': 'sign the address that Bunny sees, which is IPv4 unless the zone is "IPv6 Only"',
  'country-mismatch':
    "is this the intended list of countries? A viewer who uses a VPN is in the country of the VPN's exit",
};
const AFTER_THE_TOKEN: ReadonlySet<BunnyDenialReason> = new Set([
  'resource-mismatch',
  'expired',
  'country-mismatch',
  'ambiguous',
]);

/** Without a key the token is not checked, and the outcome is `denied` or `inconclusive`. */
export function investigateBunny(request: ExplainBunnyRequest): BunnyFinding {
  const verdict = explainBunny(request);
  const { via, token } = verdict;
  const known = { ...(via && { via }), ...(token && { token }) };
  if (verdict.allowed) {
    return { outcome: 'allowed', cause: 'the token is valid for this request', signature: 'valid', ...known };
  }
  const claim = readBunnyUrl(request.url);
  if (isBunnyDenied(claim)) return denied(verdict, 'not checked', known);

  const hasKey = verdict.reason !== 'unknown-key';
  const bindsUnknown = claim.token.bindsAddress === true && request.ip === undefined;
  const isChecked = hasKey && !bindsUnknown;
  const offline = isChecked ? verdict : judgeConditions(claim, request);
  const missing = [
    ...(hasKey ? [] : ['the token was NOT checked (no key was given)']),
    ...(bindsUnknown ? ['the token is bound to an address, and no --ip was given'] : []),
    ...(offline?.reason === 'country-mismatch' && request.country === undefined
      ? ['the token names countries, and no --country was given']
      : []),
    ...(offline?.reason === 'ambiguous' ? [offline.hint] : isChecked ? [] : claim.doubts),
  ];
  const isOnlyMissing =
    offline === undefined ||
    offline.reason === 'ambiguous' ||
    (offline.reason === 'country-mismatch' && request.country === undefined);
  const signature = isChecked ? signatureOf(verdict) : 'not checked';
  if (!isOnlyMissing) return denied(offline, signature, known);
  return {
    outcome: 'inconclusive',
    cause: `no fault was found, but ${missing.join(', and ')}`,
    remedy:
      offline?.reason === 'ambiguous'
        ? REMEDIES.ambiguous
        : [
            ...(hasKey ? [] : [claim.token.form === 'embed' ? PASS_EMBED_KEY : PASS_KEY]),
            ...(bindsUnknown ? ['pass --ip'] : []),
            ...(offline?.reason === 'country-mismatch' ? ['pass --country'] : []),
          ].join('; '),
    signature,
    ...known,
  };
}

export function describeBunnyFinding(finding: BunnyFinding, request: ExplainBunnyRequest): string {
  const { denial, token, via } = finding;
  const now = request.now ?? new Date();
  const rows: (readonly [string, string])[] = [];
  if (denial) rows.push(['Bunny', `${denial.status} ${denial.reason}`]);
  if (denial?.reason !== 'malformed-url') rows.push(['requested', withoutToken(request.url)]);
  if (token) rows.push(...describeToken(token, now));
  if (via)
    rows.push([
      'carried in',
      `the ${via === 'path' ? 'path' : 'query string'}, ${FORMS[token?.form ?? 'none']}`,
    ]);
  return formatFinding(finding, rows);
}

const FORMS: Readonly<Record<BunnyToken['form'] | 'none', string>> = {
  'hmac-sha256': 'HMAC-SHA256 token',
  sha256: 'token of the older form',
  embed: 'embed token',
  none: 'no token that can be read',
};

function describeToken(token: BunnyToken, now: Date): (readonly [string, string])[] {
  const { kind, opens, expiresAt, countriesAllowed, countriesBlocked, speedLimitKBps, bindsAddress } = token;
  const what = {
    file: opens,
    directory: `${opens} and everything below it`,
    video: `the player of ${opens}`,
  }[kind];
  const rows: (readonly [string, string])[] = [
    ['signed for', what],
    ['expires', `${spellInstant(expiresAt)} (${spellDistance(expiresAt, now)})`],
  ];
  if (bindsAddress !== undefined)
    rows.push(['viewer', bindsAddress ? 'at one address or range' : 'at any address']);
  if (countriesAllowed) rows.push(['countries', `only ${countriesAllowed.join(', ')}`]);
  if (countriesBlocked) rows.push(['countries', `all but ${countriesBlocked.join(', ')}`]);
  if (speedLimitKBps !== undefined) rows.push(['speed', `at most ${speedLimitKBps} kB/s`]);
  return rows;
}

function denied(
  denial: BunnyDenied,
  signature: Finding['signature'],
  known: Pick<BunnyFinding, 'via' | 'token'>,
): BunnyFinding {
  return {
    outcome: 'denied',
    cause: denial.hint,
    remedy: REMEDIES[denial.reason],
    denial,
    signature,
    ...known,
  };
}

function signatureOf({ reason }: BunnyDenied): Finding['signature'] {
  if (reason === 'signature-mismatch') return 'wrong';
  return AFTER_THE_TOKEN.has(reason) ? 'valid' : 'not checked';
}

/** Tokens stay out of tickets and chats. */
function withoutToken(url: string): string {
  return url
    .replace(new RegExp(`/${PATH_TOKEN}=[^/]*`, 'g'), '')
    .replace(/\?.*$/s, ' (query string omitted)');
}

export function bunnyFindingJson({ denial, ...finding }: BunnyFinding) {
  const { outcome, cause, remedy, signature, via, token } = finding;
  return {
    outcome,
    allowed: outcome === 'allowed',
    signature,
    cause,
    ...(remedy !== undefined && { remedy }),
    ...(denial && { reason: denial.reason, status: denial.status }),
    ...(via && { via }),
    ...(token && { token: { ...token, opens: hideTokens(token.opens) } }),
  };
}
