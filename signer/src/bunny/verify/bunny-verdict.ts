/** What `explainBunny` answers, in the words of `explain` where the two mean the same. */

import { hideTokens } from '../../verify/hide-tokens.ts';

/** What a token says, whether or not it holds. */
export interface BunnyToken {
  /**
   * `hmac-sha256` is the present form (`HS256-…`), `sha256` the older one, `embed` that of the player's pages and of the
   * API's play data.
   */
  readonly form: 'hmac-sha256' | 'sha256' | 'embed';
  /** One path, everything below a directory, or one video's player. */
  readonly kind: 'file' | 'directory' | 'video';
  /** The path, the directory's path, or the video's id. */
  readonly opens: string;
  /** First instant at which access is denied. Bunny does not say whether access is allowed in that second itself; here it is denied. */
  readonly expiresAt: Date;
  /**
   * Whether it binds the viewer's address, as the present form says.
   * - absent for the older form, which does not say
   */
  readonly bindsAddress?: boolean;
  /** Country codes; - absent without such a list */
  readonly countriesAllowed?: readonly string[];
  /** Country codes; - absent without such a list */
  readonly countriesBlocked?: readonly string[];
  /** kB/s; - absent without a limit */
  readonly speedLimitKBps?: number;
  /** Whether query parameters may be appended. */
  readonly ignoreParams: boolean;
}

/** Why a request is denied. Stable: switch on it. */
export type BunnyDenialReason =
  /** Not an absolute http(s) URL without control characters. */
  | 'malformed-url'
  /** No token and no expiry. */
  | 'unsigned'
  /** No key of the kind that the URL needs was given. */
  | 'unknown-key'
  /** One name was sent twice; Bunny does not say which of the two counts. */
  | 'duplicate-name'
  /** A token in the path and one in the query string. */
  | 'mixed-tokens'
  /** A parameter's percent-encoding is none, or a value is not what its name asks for. */
  | 'malformed-parameters'
  | 'missing-expiry'
  | 'malformed-expiry'
  | 'missing-signature'
  | 'malformed-signature'
  /** The MD5 token of "basic" token authentication, which Bunny is about to remove. */
  | 'unsupported-hash-algorithm'
  /** The token is not that of this URL under this key, for this address. */
  | 'signature-mismatch'
  /** It holds under one reading, and the documentation does not say which reading is Bunny's. */
  | 'ambiguous'
  /** Signed for another directory. */
  | 'resource-mismatch'
  | 'expired'
  /** Bound to an address, and it is not known; or none is bound where the zone asks for one. */
  | 'ip-mismatch'
  /** The viewer's country is not allowed, or is not known. */
  | 'country-mismatch';

/** Where the token came from: `path` is `/bcdn_token=…/` in front of the file's path. */
export type BunnySignedVia = 'path' | 'query';

export interface BunnyAllowed {
  readonly allowed: true;
  readonly via: BunnySignedVia;
  /** Which of the keys given it was signed with, from 0. */
  readonly keyIndex: number;
  /** The path that is asked for, without the token in front of it. */
  readonly path: string;
  readonly token: BunnyToken;
}

export interface BunnyDenied {
  readonly allowed: false;
  readonly reason: BunnyDenialReason;
  /** Bunny documents one status for every denial. */
  readonly status: 403;
  /** The cause in plain words. Holds no token and no key; may name paths, times, countries and addresses. */
  readonly hint: string;
  /** - absent when the request carries nothing signed */
  readonly via?: BunnySignedVia;
  /** - absent when it cannot be read */
  readonly token?: BunnyToken;
}

export type BunnyVerdict = BunnyAllowed | BunnyDenied;

/** Whether reading a URL ended in a denial. By its own property: a polluted `Object.prototype` must not decide. */
export function isBunnyDenied<Other extends object>(found: Other | BunnyDenied): found is BunnyDenied {
  return Object.hasOwn(found, 'allowed');
}

export function denyBunny(
  reason: BunnyDenialReason,
  hint: string,
  context: { readonly via?: BunnySignedVia; readonly token?: BunnyToken } = {},
): BunnyDenied {
  return { allowed: false, reason, status: 403, hint: hideTokens(hint), ...context };
}
