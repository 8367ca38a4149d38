/** What can be said about a request: all of it with the public key, and without it all but the signature. */

import { explain, judgePolicy, readClaim, withCookiesIgnored } from '../verify/explain.ts';
import type { ExplainRequest } from '../verify/explain-request.ts';
import { type ParsedRequest, parseRequest } from '../verify/request.ts';
import {
  type DecodedPolicy,
  type DenialReason,
  type Denied,
  isDenied,
  type Verdict,
} from '../verify/verdict.ts';
import { COOKIE_NAMES, QUERY_NAMES, type WireField } from '../wire.ts';
import { findRemedy } from './remedies.ts';

export interface Finding {
  /** `inconclusive`: no fault was found, but not everything could be checked. */
  readonly outcome: 'allowed' | 'denied' | 'inconclusive';
  /** One sentence without its full stop. */
  readonly cause: string;
  /** - absent when there is nothing to do */
  readonly remedy?: string;
  /** - absent unless denied */
  readonly denial?: Denied;
  readonly signature: 'valid' | 'wrong' | 'not checked';
  /** - absent when it cannot be read */
  readonly policy?: DecodedPolicy;
  /** - absent when the request carries nothing signed */
  readonly signed?: SignedParts;
}

export interface SignedParts {
  readonly via: 'url' | 'cookies';
  /** - absent when it is missing, or no id of CloudFront's could look like it */
  readonly keyPairId?: string;
  /** Wire names that a whole set has and this one lacks. */
  readonly missing: readonly string[];
}

const AFTER_THE_SIGNATURE: ReadonlySet<DenialReason> = new Set([
  'resource-mismatch',
  'expired',
  'not-yet-valid',
  'ip-mismatch',
]);

/** Without a trusted key the signature is not checked, and the outcome is `denied` or `inconclusive`. */
export function investigate(request: ExplainRequest): Finding {
  const hasKeys = request.trustedKeys.size > 0;
  const verdict = explain(request);
  const parsed = parseRequest(request.url, request.cookies);
  const signed = parsed?.signing && describeParts(parsed.signing);
  // Only a request whose parts are whole gets as far as its key.
  const isKeyUnknown = !verdict.allowed && verdict.reason === 'unknown-key';
  const offline = isKeyUnknown && parsed ? judgeWithoutKey(request, parsed) : verdict;
  const policy = verdict.policy ?? offline.policy;
  const known = { ...(policy && { policy }), ...(signed && { signed }) };

  const judged = hasKeys ? verdict : offline;
  if (judged.allowed && hasKeys) {
    return {
      outcome: 'allowed',
      cause: `the ${judged.via === 'url' ? 'signed URL is' : 'cookies are'} valid for this request`,
      signature: 'valid',
      ...known,
    };
  }
  const signature = signatureOf(judged, hasKeys);
  const needsAddress = request.ip === undefined && isAddressUnknown(judged);
  if (judged.allowed || needsAddress) {
    const unchecked = [
      ...(signature === 'not checked' ? ['the signature was NOT checked (no --public-key was given)'] : []),
      ...(needsAddress
        ? [`the policy allows only a viewer at ${policy?.ipAddress}, and no --ip was given`]
        : []),
    ];
    const cause = `no fault was found, but ${unchecked.join(', and ')}`;
    const remedy = [
      ...(signature === 'not checked' ? ['pass --public-key <id>=<file>'] : []),
      ...(needsAddress ? ['pass --ip'] : []),
    ].join('; ');
    return { outcome: 'inconclusive', cause, remedy, signature, ...known };
  }
  return {
    outcome: 'denied',
    cause: judged.hint,
    remedy: findRemedy(judged),
    denial: judged,
    signature,
    ...known,
  };
}

/** As if the signature held: structure, times, resource, address. */
function judgeWithoutKey(request: ExplainRequest, parsed: ParsedRequest): Verdict {
  const { url, signing } = parsed;
  const keyPairId = signing?.values.get('keyPairId');
  if (!signing || !keyPairId) return explain(request);
  const claim = readClaim(url, signing, keyPairId);
  const verdict = isDenied(claim) ? claim : judgePolicy(url, claim, request, signing);
  return verdict.allowed ? verdict : withCookiesIgnored(verdict, parsed);
}

function signatureOf(judged: Verdict, hasKeys: boolean): Finding['signature'] {
  if (!hasKeys || judged.allowed) return 'not checked';
  if (judged.reason === 'signature-mismatch') return 'wrong';
  return AFTER_THE_SIGNATURE.has(judged.reason) ? 'valid' : 'not checked';
}

function isAddressUnknown(verdict: Verdict): boolean {
  return !verdict.allowed && verdict.reason === 'ip-mismatch';
}

function describeParts({ via, values }: NonNullable<ParsedRequest['signing']>): SignedParts {
  const names = via === 'url' ? QUERY_NAMES : COOKIE_NAMES;
  const has = (field: WireField) => Boolean(values.get(field));
  const missing = [
    ...(has('policy') || has('expires') ? [] : [`${names.policy} (or ${names.expires})`]),
    ...(['signature', 'keyPairId'] as const).filter((field) => !has(field)).map((field) => names[field]),
  ];
  const keyPairId = values.get('keyPairId') ?? '';
  return /^[A-Za-z0-9]{1,64}$/.test(keyPairId) ? { via, keyPairId, missing } : { via, missing };
}

export function spellVia(via: SignedParts['via']): string {
  return via === 'url' ? 'query string' : 'cookies';
}
