/** Would CloudFront allow this request, and if not, why? */

import { type KeyObject, verify } from 'node:crypto';
import { readRequest } from './assert-request.ts';
import { isInCidr, parseCidr } from './cidr.ts';
import { decodeBase64 } from './decode-base64.ts';
import type { ExplainRequest } from './explain-request.ts';
import { describeMismatch, spell, whyBareCharacter } from './hints.ts';
import { matchResource } from './match-resource.ts';
import { isFault, type PolicyReading, readCannedPolicy, readCustomPolicy } from './read-policy.ts';
import { type ParsedRequest, parseRequest, type RequestUrl, type SigningFields } from './request.ts';
import { usableKey } from './trusted-key.ts';
import { type DecodedPolicy, type Denied, deny, isDenied, type Verdict } from './verdict.ts';
import { keepVerified, verifiedPolicy } from './verified-signatures.ts';

type HashAlgorithm = 'SHA1' | 'SHA256';

const NOT_BASE64 = "the policy is not in CloudFront's base64";

/** What was signed, with what: the inputs of one signature check. */
interface Claim {
  readonly keyPairId: string;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly hashAlgorithm: HashAlgorithm;
  readonly policy: DecodedPolicy;
}

/**
 * Judges a request as CloudFront judges it at a behaviour with a trusted key group: the answer, CloudFront's
 * error code and message, the decoded policy, and the cause in plain words.
 *
 * Never throws for any string it is given. AWS leaves open what wins when a name comes twice or when
 * `Expires` and `Policy` come together; here both are denied, but for a URL whose `Policy` is the canned policy that its
 * `Expires` implies, where both readings agree. A custom policy without `Resource` is denied too, though CloudFront would
 * open everything to it.
 *
 * A signature that was found good once is not computed again for the same key: a few thousand per key are kept.
 *
 * @throws SignerTypeError `ERR_ARGUMENT_TYPE`, for a value of the wrong JavaScript type alone
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
 * @example
 * const verdict = explain({ url, cookies: request.headers.get('cookie') ?? '', trustedKeys });
 * if (!verdict.allowed) console.log(verdict.reason, verdict.hint);
 */
export function explain(given: ExplainRequest): Verdict {
  const request = readRequest(given);
  const parsed = parseRequest(request.url, request.cookies);
  if (!parsed) return deny('malformed-url', 'the URL is not an absolute http or https URL');
  if (!parsed.signing) {
    return deny('unsigned', 'the request has no signing query parameters and no CloudFront cookies');
  }
  const verdict = judge(parsed.url, parsed.signing, request);
  return verdict.allowed ? verdict : withCookiesIgnored(verdict, parsed);
}

function judge(url: RequestUrl, signing: SigningFields, request: ExplainRequest): Verdict {
  const { via } = signing;
  const keyPairId = signing.values.get('keyPairId');
  if (signing.duplicate !== undefined) {
    return deny('duplicate-name', `${signing.duplicate} was sent more than once${whyTwice(via)}`, { via });
  }
  if (!keyPairId) {
    return deny('missing-key-pair-id', 'the key pair id is missing', { via });
  }
  const trusted = request.trustedKeys.get(keyPairId);
  if (trusted === undefined) {
    return deny('unknown-key', 'this key pair id is not in the trusted key group', { via });
  }
  const key = usableKey(trusted);
  if (!key) {
    return deny('unusable-key', 'the trusted key is not an RSA 2048 or ECDSA P-256 public key', { via });
  }

  // What was verified says nothing of whether two policies at once are one, which is decided by URL and by place.
  const isKeepable = !hasBothPolicies(signing);
  const known = isKeepable ? verifiedPolicy(key, signing, () => spellUrl(url)) : undefined;
  if (known !== undefined) return judgePolicy(url, { keyPairId, policy: known }, request, signing);

  const claim = readClaim(url, signing, keyPairId);
  if (isDenied(claim)) return claim;
  if (!isSignedBy(key, claim)) {
    const hint = whySignatureFails(claim, url, request.trustedKeys);
    return deny('signature-mismatch', hint, { via, policy: claim.policy });
  }
  if (isKeepable) keepVerified(key, signing, claim.policy);
  return judgePolicy(url, claim, request, signing);
}

/** Decodes everything the request carries, before anything is believed. */
export function readClaim(url: RequestUrl, signing: SigningFields, keyPairId: string): Claim | Denied {
  const { via, values } = signing;
  const expires = values.get('expires');
  const encodedPolicy = values.get('policy');
  let signedBytes: Uint8Array | null;
  let reading: PolicyReading;
  if (expires !== undefined && encodedPolicy !== undefined) {
    if (!isSaidTwice(url, signing, expires, encodedPolicy)) {
      return deny('mixed-policies', whyMixed(via), { via });
    }
    signedBytes = decodeBase64(encodedPolicy);
    reading = readCannedPolicy(spellUrl(url), expires);
  } else if (encodedPolicy !== undefined) {
    signedBytes = decodeBase64(encodedPolicy);
    if (!signedBytes) return deny('malformed-policy', NOT_BASE64, { via });
    reading = readCustomPolicy(signedBytes);
  } else if (expires !== undefined) {
    const resource = spellUrl(url);
    signedBytes = Buffer.from(cannedPolicyText(resource, expires));
    reading = readCannedPolicy(resource, expires);
  } else {
    return deny('missing-policy', 'the key pair id was sent without Expires or Policy', { via });
  }
  if (!signedBytes) return deny('malformed-policy', NOT_BASE64, { via });
  if (isFault(reading)) return deny('malformed-policy', reading.fault, { via });
  const { policy } = reading;

  const encodedSignature = values.get('signature');
  if (!encodedSignature) return deny('missing-signature', 'the signature is missing', { via, policy });
  const signature = decodeBase64(encodedSignature);
  if (!signature) {
    return deny('malformed-signature', "the signature is not in CloudFront's base64", { via, policy });
  }
  const hashAlgorithm = values.get('hashAlgorithm') ?? 'SHA1';
  if (hashAlgorithm !== 'SHA1' && hashAlgorithm !== 'SHA256') {
    return deny('unsupported-hash-algorithm', 'Hash-Algorithm must be SHA1 or SHA256', { via, policy });
  }
  return { keyPairId, signedBytes, signature, hashAlgorithm, policy };
}

/**
 * Whether `Expires` and `Policy` in one URL say the same, so that it does not matter which of them CloudFront reads: the
 * policy's bytes are the canned text of this URL and this expiry, and read as a custom policy it covers this URL too.
 * aws-cloudfront-sign makes URLs like this.
 *
 * @see https://github.com/jasonsims/aws-cloudfront-sign
 */
function isSaidTwice(
  url: RequestUrl,
  { via }: SigningFields,
  expires: string,
  encodedPolicy: string,
): boolean {
  if (via !== 'url') return false;
  const resource = spellUrl(url);
  const canned = Buffer.from(cannedPolicyText(resource, expires));
  const bytes = decodeBase64(encodedPolicy);
  if (bytes === null || !canned.equals(bytes)) return false;
  const custom = readCustomPolicy(bytes);
  return !isFault(custom) && custom.policy.resource === resource && matchResource(resource, url);
}

function hasBothPolicies({ values }: SigningFields): boolean {
  return values.has('expires') && values.has('policy');
}

function whyMixed(via: SigningFields['via']): string {
  return via === 'cookies'
    ? 'Expires and Policy were sent together; clear all five cookies, then set the new ones'
    : 'Expires and Policy were sent together, but the policy is not the canned policy of this URL and this Expires; send only one of them';
}

/** The signature holds; do its conditions? */
export function judgePolicy(
  url: RequestUrl,
  { policy, keyPairId }: Pick<Claim, 'policy' | 'keyPairId'>,
  request: ExplainRequest,
  { via }: SigningFields,
): Verdict {
  if (!coversUrl(policy, url)) {
    return deny('resource-mismatch', describeMismatch(policy.resource, url), { via, policy });
  }
  const nowSeconds = Math.floor(Date.prototype.getTime.call(request.now ?? new Date()) / 1000);
  const expirySeconds = policy.expiresAt.getTime() / 1000;
  // Negated so that an invalid clock denies.
  if (!(nowSeconds < expirySeconds)) {
    const ago =
      nowSeconds === expirySeconds ? 'less than a second ago' : `${spell(nowSeconds - expirySeconds)} ago`;
    return deny('expired', `expired ${ago}`, { via, policy });
  }
  if (policy.notBefore !== undefined) {
    const notBeforeSeconds = policy.notBefore.getTime() / 1000;
    if (!(nowSeconds > notBeforeSeconds)) {
      const hint = `not valid yet; it becomes valid in ${spell(notBeforeSeconds + 1 - nowSeconds)}`;
      return deny('not-yet-valid', hint, { via, policy });
    }
  }
  if (policy.ipAddress !== undefined) {
    const cidr = parseCidr(policy.ipAddress);
    if (!cidr || request.ip === undefined || !isInCidr(request.ip, cidr)) {
      return deny('ip-mismatch', whyAddressFails(policy.ipAddress, request.ip), { via, policy });
    }
  }
  return { allowed: true, via, keyPairId, policy };
}

/** In a canned policy, which covers one exact URL, wildcards are plain characters. */
function coversUrl({ kind, resource }: DecodedPolicy, url: RequestUrl): boolean {
  return kind === 'canned' ? resource === spellUrl(url) : matchResource(resource, url);
}

/** The exact bytes a canned signature covers. */
function cannedPolicyText(resource: string, expires: string): string {
  const quoted = JSON.stringify(resource);
  return `{"Statement":[{"Resource":${quoted},"Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;
}

function spellUrl(url: RequestUrl): string {
  return `${url.protocol}://${url.host}${url.path}${url.query === '' ? '' : `?${url.query}`}`;
}

function isSignedBy(key: KeyObject, { hashAlgorithm, signedBytes, signature }: Claim): boolean {
  return verify(hashAlgorithm, signedBytes, key, signature);
}

function whyTwice(via: SigningFields['via']): string {
  return via === 'cookies'
    ? '; clear the cookies that were set with another Path or Domain'
    : ' in the query string';
}

/** Only after a failure, so the search costs nothing when the signature holds. */
function whySignatureFails(
  claim: Claim,
  url: RequestUrl,
  trustedKeys: ExplainRequest['trustedKeys'],
): string {
  for (const [keyPairId, trusted] of trustedKeys) {
    const key = usableKey(trusted);
    if (!key) continue;
    for (const hashAlgorithm of ['SHA1', 'SHA256'] as const) {
      if (!isSignedBy(key, { ...claim, hashAlgorithm })) continue;
      return keyPairId === claim.keyPairId
        ? `signed with ${hashAlgorithm}, but Hash-Algorithm says ${claim.hashAlgorithm} (its default is SHA1)`
        : `signed with the key of ${keyPairId}, but the key pair id says ${claim.keyPairId}`;
    }
  }
  if (claim.policy.kind === 'canned' && isSignedForBareQuote(claim, url, trustedKeys)) {
    return `signed for this URL ${whyBareCharacter()}`;
  }
  return claim.policy.kind === 'canned'
    ? 'the signature does not match this URL and this Expires; a canned policy covers one exact URL, including its query string'
    : 'the signature does not match this policy; one of the two was changed, or another private key signed it';
}

/** Signers that leave a "'" in a query string as it is sign what no browser sends. */
function isSignedForBareQuote(
  claim: Claim,
  url: RequestUrl,
  trustedKeys: ExplainRequest['trustedKeys'],
): boolean {
  const key = usableKey(trustedKeys.get(claim.keyPairId) ?? '');
  if (!key || !url.query.includes('%27')) return false;
  const resource = spellUrl({ ...url, query: url.query.replaceAll('%27', "'") });
  const expires = String(claim.policy.expiresAt.getTime() / 1000);
  return isSignedBy(key, { ...claim, signedBytes: Buffer.from(cannedPolicyText(resource, expires)) });
}

function whyAddressFails(wanted: string, ip: string | undefined): string {
  if (ip === undefined) return `signed for viewers at ${wanted}, but the viewer's address is not known`;
  const note = ip.includes(':') ? '; policies cannot name IPv6 addresses' : '';
  return `signed for viewers at ${wanted}, but the request came from ${ip}${note}`;
}

export function withCookiesIgnored(denied: Denied, { overridesCookies }: ParsedRequest): Denied {
  return overridesCookies === undefined
    ? denied
    : {
        ...denied,
        hint: `${denied.hint}; query parameter ${overridesCookies} makes CloudFront ignore the cookies`,
      };
}
