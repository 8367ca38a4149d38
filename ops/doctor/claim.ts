/** The signing fields of a request, for asking "what if": each what-if is judged by `explain` again. Pure. */
import { explain, type Verdict } from '@storytime/signer/verify';
import { type ViewerUrl, wholeUrl } from './viewer-url.ts';

/** What `explain` judges; holds cookies and a signed query. */
export interface Claim {
  readonly url: ViewerUrl;
  readonly cookies: string | null;
  readonly ip: string | null;
  readonly now: Date;
  readonly trustedKeys: ReadonlyMap<string, string>;
}

const IN_QUERY = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];

export function judge({ url, cookies, ip, now, trustedKeys }: Claim): Verdict {
  return explain({
    url: wholeUrl(url),
    ...(cookies !== null && { cookies }),
    ...(ip !== null && { ip }),
    now,
    trustedKeys,
  });
}

/** Where CloudFront reads the signature: any one of the names in the query makes it ignore the cookies. */
export function signedVia({ url, cookies }: Pick<Claim, 'url' | 'cookies'>): 'url' | 'cookies' | null {
  if (fieldsOf(url.query, '&', '').size > 0) return 'url';
  return cookies !== null && fieldsOf(cookies, ';', 'CloudFront-').size > 0 ? 'cookies' : null;
}

/** The names of the set that came, without their values: `Policy`, `Signature`, … */
export function namesSent(claim: Pick<Claim, 'url' | 'cookies'>): readonly string[] {
  return [...sentFields(claim).keys()];
}

export function keyPairIdOf(claim: Pick<Claim, 'url' | 'cookies'>): string | null {
  return sentFields(claim).get('Key-Pair-Id') || null;
}

/** What may be shown of it: an id is no secret, but where one belongs a whole signature may stand. */
export function shownId(keyPairId: string | null): string {
  if (keyPairId === null || keyPairId === '') return 'no id';
  return /^(?:K|APK)[A-Z0-9]{4,30}$/.test(keyPairId) ? keyPairId : 'something that is no key pair id';
}

/** SHA1 where nothing is said. */
export function hashOf(claim: Pick<Claim, 'url' | 'cookies'>): string {
  return sentFields(claim).get('Hash-Algorithm') || 'SHA1';
}

/** The same request without any signing parameter in its address. */
export function withoutSignedQuery(claim: Claim): Claim {
  const query = claim.url.query
    .split('&')
    .filter((pair) => !IN_QUERY.includes(nameOf(pair)))
    .join('&');
  return { ...claim, url: { ...claim.url, query } };
}

/** The same request with nothing but signing parameters in its address. */
export function withoutOtherQuery(claim: Claim): Claim {
  const query = claim.url.query
    .split('&')
    .filter((pair) => IN_QUERY.includes(nameOf(pair)))
    .join('&');
  return { ...claim, url: { ...claim.url, query } };
}

export function withHash(claim: Claim, hash: 'SHA1' | 'SHA256'): Claim {
  if (signedVia(claim) === 'url') {
    const pairs = claim.url.query.split('&').filter((pair) => nameOf(pair) !== 'Hash-Algorithm');
    return { ...claim, url: { ...claim.url, query: [...pairs, `Hash-Algorithm=${hash}`].join('&') } };
  }
  const pairs = (claim.cookies ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => nameOf(pair) !== 'CloudFront-Hash-Algorithm');
  return { ...claim, cookies: [...pairs, `CloudFront-Hash-Algorithm=${hash}`].join('; ') };
}

/** Whether this key made the signature, whatever the id that came with it and whatever the policy allows. */
export function isSignedBy(claim: Claim, pem: string): boolean {
  const keyPairId = keyPairIdOf(claim);
  if (keyPairId === null) return false;
  const verdict = judge({ ...claim, trustedKeys: new Map([[keyPairId, pem]]) });
  return verdict.allowed || AFTER_THE_SIGNATURE.includes(verdict.reason);
}

export const AFTER_THE_SIGNATURE: readonly string[] = [
  'resource-mismatch',
  'expired',
  'not-yet-valid',
  'ip-mismatch',
];

function sentFields({ url, cookies }: Pick<Claim, 'url' | 'cookies'>): ReadonlyMap<string, string> {
  const inQuery = fieldsOf(url.query, '&', '');
  return inQuery.size > 0 ? inQuery : fieldsOf(cookies ?? '', ';', 'CloudFront-');
}

function fieldsOf(text: string, separator: string, prefix: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const pair of text.split(separator).map((one) => one.trim())) {
    const name = nameOf(pair);
    const field = IN_QUERY.find((one) => name === `${prefix}${one}`);
    if (field !== undefined && !fields.has(field)) fields.set(field, pair.slice(name.length + 1));
  }
  return fields;
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0] ?? '';
}
