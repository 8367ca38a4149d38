/** Tokens that say who plays which lesson on which device, for a quarter of an hour. */

import { errors, type JWTHeaderParameters, type JWTVerifyOptions, jwtVerify, SignJWT } from 'jose';
import { assertCallersId, assertFunction, assertInteger, readOptions, refused } from '../arguments.ts';
import { randomId } from '../random-id.ts';
import {
  isVersion,
  type NewClaims,
  type PlaybackClaims,
  readPayload,
  type TokenTitle,
  toPayload,
} from './claims.ts';
import type { SecretValue, TokenSecretSource } from './secrets.ts';
import { trustedSecrets } from './trusted-secrets.ts';

export interface PlaybackTokensOptions {
  /**
   * The secret of 32 to 1,024 bytes, or two while one retires: tokens are signed with the first and verified with both. Or a
   * source that renews them, as `secretsManagerSecrets` of `@storytime/playback/secrets-manager`.
   */
  readonly secrets: SecretValue | readonly SecretValue[] | TokenSecretSource;
  /** Who the tokens are for: an id of your own, such as the address of your API. A token for another one is refused. */
  readonly audience: string;
  /**
   * Seconds, 1 to 86,400.
   * @default 900
   */
  readonly expiresIn?: number | undefined;
  /**
   * Seconds, 0 to 300, for which an expired token is still accepted, where the clocks of two machines differ.
   * @default 0
   */
  readonly clockToleranceSeconds?: number | undefined;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
}

export interface IssueOptions {
  readonly userId: string;
  readonly lessonId: string;
  readonly deviceId: string;
  /**
   * The encoded files whose content key the token opens.
   * @default - none: the title is not encrypted
   */
  readonly title?: TokenTitle | undefined;
  /**
   * The play start that the token belongs to.
   * @default - a new one
   */
  readonly streamId?: string | undefined;
}

export interface IssuedToken {
  readonly token: string;
  /** Seconds from now. */
  readonly expiresIn: number;
  /** First instant at which the token is refused. */
  readonly expiresAt: Date;
  readonly streamId: string;
}

/** What the token must be for; what is not named is not compared. */
export interface ExpectedClaims {
  readonly userId?: string | undefined;
  readonly lessonId?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly title?: TokenTitle | undefined;
}

export type TokenRefusal =
  /** There is none. */
  | 'missing'
  /** Longer than 5,120 characters. Nothing of it was parsed. */
  | 'oversized'
  | 'malformed'
  /** Not HS256: `none`, another hash, a public key. */
  | 'algorithm'
  /** Signed with our secret, but no playback token. */
  | 'type'
  /** Its `kid` names no trusted secret: a retired one, or none of ours. */
  | 'unknown-secret'
  | 'signature'
  | 'audience'
  | 'expired'
  /** Its `nbf` is in the future. */
  | 'not-yet-valid'
  /** A claim is missing or of another type. */
  | 'claims'
  | 'other-user'
  | 'other-lesson'
  | 'other-device'
  | 'other-title';

export type TokenVerdict =
  | { readonly allowed: true; readonly claims: PlaybackClaims }
  | { readonly allowed: false; readonly reason: TokenRefusal };

export interface PlaybackTokens {
  /** @throws PlaybackError `ERR_ARGUMENT`, and what a secret source throws */
  issue(options: IssueOptions): Promise<IssuedToken>;
  /**
   * Whether a token is good, and for what. Nothing that a request can hold makes it throw.
   *
   * @throws what a secret source throws
   */
  verify(token: unknown, expected?: ExpectedClaims): Promise<TokenVerdict>;
}

const OPTION_NAMES = ['secrets', 'audience', 'expiresIn', 'clockToleranceSeconds', 'now'] as const;
const ISSUE_NAMES = ['userId', 'lessonId', 'deviceId', 'title', 'streamId'] as const;
const ALGORITHM = 'HS256';
const TYPE = 'playback+jwt';
/** A token of the longest ids has fewer; a header or a URL would not hold much more. */
const MOST_CHARACTERS = 5_120;

/**
 * Signs and verifies playback tokens: JWTs by HS256, of type `playback+jwt`, with the claims `user_id`, `lesson_id`,
 * `device_id`, `aud`, `iat`, `exp`, `jti`, and `title_id` and `title_version` for an encrypted title. Nobody's name or e-mail
 * address is in them: tokens end up in logs.
 *
 * @throws PlaybackError `ERR_ARGUMENT`, `ERR_TOKEN_SECRET`
 * @see https://www.rfc-editor.org/rfc/rfc8725
 * @example
 * const tokens = playbackTokens({ secrets: playbackEnv().secrets, audience: 'https://app.example.com' });
 * const { token } = await tokens.issue({ userId: '7', lessonId: '42', deviceId });
 */
export function playbackTokens(given: PlaybackTokensOptions): PlaybackTokens {
  const options = readOptions('playbackTokens', given, OPTION_NAMES);
  const { audience, expiresIn = 900, clockToleranceSeconds = 0, now = () => new Date() } = options;
  assertCallersId('audience', audience);
  assertInteger('expiresIn', expiresIn, { least: 1, most: 86_400 });
  assertInteger('clockToleranceSeconds', clockToleranceSeconds, { least: 0, most: 300 });
  assertFunction('now', now);
  const secrets = trustedSecrets(options.secrets, now);

  async function issue(asked: IssueOptions): Promise<IssuedToken> {
    const claims = readAsked(asked);
    const { kid, key } = await secrets.signing();
    const issuedAt = Math.floor(now().getTime() / 1000);
    const expiresAt = issuedAt + expiresIn;
    const token = await new SignJWT(toPayload(claims))
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(key);
    return { token, expiresIn, expiresAt: new Date(expiresAt * 1000), streamId: claims.streamId };
  }

  async function verify(token: unknown, expected: ExpectedClaims = {}): Promise<TokenVerdict> {
    if (token === undefined || token === null || token === '') return refusal('missing');
    if (typeof token !== 'string') return refusal('malformed');
    if (token.length > MOST_CHARACTERS) return refusal('oversized');
    let payload: object;
    try {
      ({ payload } = await jwtVerify(token, keyOf, verifyOptions()));
    } catch (error) {
      if (error instanceof UnknownSecret) return refusal('unknown-secret');
      if (error instanceof errors.JOSEError) return refusal(reasonOf(error));
      throw error;
    }
    const claims = readPayload(payload);
    if (claims === undefined) return refusal('claims');
    const difference = differenceOf(claims, expected);
    return difference === undefined ? { allowed: true, claims } : refusal(difference);
  }

  async function keyOf({ kid }: JWTHeaderParameters) {
    const secret = await secrets.byId(kid);
    if (secret === undefined) throw new UnknownSecret();
    return secret.key;
  }

  /** Without a prototype: what it could inherit would be an option of the verification. */
  function verifyOptions(): JWTVerifyOptions {
    return Object.assign(Object.create(null), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      audience,
      requiredClaims: ['exp', 'iat', 'jti'],
      clockTolerance: clockToleranceSeconds,
      currentDate: now(),
    });
  }

  return Object.freeze({ issue, verify });
}

class UnknownSecret extends Error {}

function refusal(reason: TokenRefusal): TokenVerdict {
  return { allowed: false, reason };
}

function readAsked(asked: IssueOptions): NewClaims {
  const {
    userId,
    lessonId,
    deviceId,
    title,
    streamId = randomId(),
  } = readOptions('issue', asked, ISSUE_NAMES);
  for (const [name, value] of Object.entries({ userId, lessonId, deviceId, streamId })) {
    assertCallersId(name, value);
  }
  if (title !== undefined) {
    assertCallersId('title.id', title.id);
    if (!isVersion(title.version)) throw refused('"title.version" must be a whole number from 1 to 999,999');
  }
  return { userId, lessonId, deviceId, streamId, ...(title && { title }) };
}

const BY_CODE: Readonly<Record<string, TokenRefusal>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
  ERR_JWT_EXPIRED: 'expired',
};
const BY_CLAIM: Readonly<Record<string, TokenRefusal>> = {
  typ: 'type',
  aud: 'audience',
  nbf: 'not-yet-valid',
};

function reasonOf(error: errors.JOSEError): TokenRefusal {
  if (error instanceof errors.JWTClaimValidationFailed) return BY_CLAIM[error.claim] ?? 'claims';
  return BY_CODE[error.code] ?? 'malformed';
}

function differenceOf(claims: PlaybackClaims, expected: ExpectedClaims): TokenRefusal | undefined {
  const { userId, lessonId, deviceId, title } = expected;
  if (userId !== undefined && userId !== claims.userId) return 'other-user';
  if (lessonId !== undefined && lessonId !== claims.lessonId) return 'other-lesson';
  if (deviceId !== undefined && deviceId !== claims.deviceId) return 'other-device';
  const isSameTitle = title?.id === claims.title?.id && title?.version === claims.title?.version;
  return title === undefined || isSameTitle ? undefined : 'other-title';
}
