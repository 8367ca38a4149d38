/** What `explain` answers: allowed, or why not, in CloudFront's words and in plain ones. */

import { hideTokens } from './hide-tokens.ts';

/** A policy as CloudFront reads it, canned ones included (their policy is implied by URL and `Expires`). */
export interface DecodedPolicy {
  readonly kind: 'canned' | 'custom';
  /** The URL or URL pattern that was signed. */
  readonly resource: string;
  /** First instant at which access is denied. */
  readonly expiresAt: Date;
  /** Last instant at which access is not yet allowed: `DateGreaterThan` excludes its own second. */
  readonly notBefore?: Date;
  /** IPv4 address or CIDR block the viewer must come from. */
  readonly ipAddress?: string;
}

/** Why a request is denied. Stable: switch on it. */
export type DenialReason =
  /** Not an absolute http(s) URL without control characters. */
  | 'malformed-url'
  /** Neither a signing query parameter nor a CloudFront cookie. */
  | 'unsigned'
  /** Partly signed: the key pair id is missing. */
  | 'missing-key-pair-id'
  /** The key pair id is not among the trusted keys. */
  | 'unknown-key'
  /** The trusted key under that id is not a public key CloudFront takes (RSA 2048, ECDSA P-256). */
  | 'unusable-key'
  /** One name was sent twice; AWS does not say which of the two counts. */
  | 'duplicate-name'
  /** `Expires` and `Policy` were sent together and do not say the same: two sets, one of them stale. */
  | 'mixed-policies'
  /** Neither `Expires` nor `Policy` was sent. */
  | 'missing-policy'
  | 'malformed-policy'
  | 'missing-signature'
  | 'malformed-signature'
  /** `Hash-Algorithm` is neither `SHA1` nor `SHA256`. */
  | 'unsupported-hash-algorithm'
  /** The signature is not that of this policy under this key. */
  | 'signature-mismatch'
  /** Signed for another URL. */
  | 'resource-mismatch'
  | 'expired'
  | 'not-yet-valid'
  /** Signed for another viewer address. */
  | 'ip-mismatch';

/** The `<Code>` of CloudFront's XML answer. */
export type CloudFrontErrorCode =
  | 'MissingKey'
  | 'InvalidKey'
  | 'MalformedPolicy'
  | 'MalformedSignature'
  | 'AccessDenied';

/** Where the signature came from. */
export type SignedVia = 'url' | 'cookies';

export interface Allowed {
  readonly allowed: true;
  readonly via: SignedVia;
  readonly keyPairId: string;
  readonly policy: DecodedPolicy;
}

export interface Denied {
  readonly allowed: false;
  readonly reason: DenialReason;
  readonly errorCode: CloudFrontErrorCode;
  /** CloudFront's `<Message>`. */
  readonly message: string;
  /** The cause in plain words. Holds no signature and no policy text; may name paths, times and addresses. */
  readonly hint: string;
  /** - absent when the request carries nothing signed */
  readonly via?: SignedVia;
  /** - absent when it cannot be read */
  readonly policy?: DecodedPolicy;
}

export type Verdict = Allowed | Denied;

/** Whether reading a request ended in a denial. By its own property: a polluted `Object.prototype` must not decide. */
export function isDenied<Other extends object>(found: Other | Denied): found is Denied {
  return Object.hasOwn(found, 'allowed');
}

/** CloudFront's own messages: aws/aws-sdk-js#2236 and the knowledge centre's page on signed URL errors. */
const MESSAGES: Readonly<Record<CloudFrontErrorCode, string>> = {
  MissingKey: 'Missing Key-Pair-Id query parameter or cookie value',
  InvalidKey: 'Unknown Key',
  MalformedPolicy: 'Malformed Policy',
  MalformedSignature: 'Could not unencode Signature',
  AccessDenied: 'Access denied',
};

/**
 * A set without a policy answers MalformedPolicy (aws/aws-sdk-js-v3#4516). What CloudFront says to
 * duplicates and mixed sets is not documented: they are denied, whatever the code.
 */
const ERROR_CODES: Readonly<Record<DenialReason, CloudFrontErrorCode>> = {
  'malformed-url': 'AccessDenied',
  unsigned: 'MissingKey',
  'missing-key-pair-id': 'MissingKey',
  'unknown-key': 'InvalidKey',
  'unusable-key': 'InvalidKey',
  'duplicate-name': 'AccessDenied',
  'mixed-policies': 'AccessDenied',
  'missing-policy': 'MalformedPolicy',
  'malformed-policy': 'MalformedPolicy',
  'missing-signature': 'MalformedSignature',
  'malformed-signature': 'MalformedSignature',
  'unsupported-hash-algorithm': 'AccessDenied',
  'signature-mismatch': 'AccessDenied',
  'resource-mismatch': 'AccessDenied',
  expired: 'AccessDenied',
  'not-yet-valid': 'AccessDenied',
  'ip-mismatch': 'AccessDenied',
};

export function deny(
  reason: DenialReason,
  hint: string,
  context: { readonly via?: SignedVia; readonly policy?: DecodedPolicy } = {},
): Denied {
  const errorCode = ERROR_CODES[reason];
  return {
    allowed: false,
    reason,
    errorCode,
    message: MESSAGES[errorCode],
    hint: hideTokens(hint),
    ...context,
  };
}
