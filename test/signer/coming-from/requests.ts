/** What a viewer sends with what was signed, and what of it is compared. */

import { explain } from '@storytime/signer/verify';
import { cookieHeader, fromWire, type KeyPair, rsa, trusting } from '../fixtures.ts';

const FILE = 'https://media.example.com/books/42/index.m3u8';
/** Minutes after the page's noon, before the first of its expiries. */
const ASKED_AT = new Date('2026-12-01T12:10:00Z');

export interface SignedRequest {
  readonly url: string;
  readonly cookies?: string;
  /** `Policy` or `Expires`, `Signature`, … without the prefix that cookies have. */
  readonly fields: Readonly<Record<string, string>>;
}

/** From anything that a call of the page gives: a URL, cookies by name, ours with more around them, or a list. */
export function requestsOf(result: unknown): SignedRequest[] {
  if (Array.isArray(result)) return result.flatMap(requestsOf);
  if (typeof result === 'string') return [requestByUrl(result)];
  const { url, cookies, ...rest } = result as { url?: string; cookies?: Record<string, string> };
  return [
    url === undefined ? requestByCookies(cookies ?? (rest as Record<string, string>)) : requestByUrl(url),
  ];
}

/** `allowed`, or the reason why not. */
export function judge({ url, cookies }: SignedRequest, trusted: KeyPair = rsa): string {
  const verdict = explain({
    url,
    ...(cookies === undefined ? {} : { cookies }),
    ip: '203.0.113.7',
    now: ASKED_AT,
    trustedKeys: trusting(trusted),
  });
  return verdict.allowed ? 'allowed' : verdict.reason;
}

/** The text that was signed; a canned policy does not travel, so it is written as the developer guide has it. */
export function policyOf({ url, fields }: SignedRequest): string {
  if (fields.Policy !== undefined) return fromWire(fields.Policy).toString();
  const [resource] = url.split(/[?&]Expires=/);
  return `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${fields.Expires}}}}]}`;
}

/** As a browser sends it, and for one file where a pattern was signed. */
function requestByUrl(signed: string): SignedRequest {
  const [address = '', query = ''] = new URL(signed).href.split(/\?(.*)/s);
  // As the page says: aws-cloudfront-sign 3 writes it, and what is compared is what was signed.
  const sent = query.replaceAll('%7E', '~');
  const fields = Object.fromEntries(sent.split('&').map((pair) => pair.split(/=(.*)/s)));
  return { url: `${address.replace('*', 'index.m3u8')}?${sent}`, fields };
}

function requestByCookies(cookies: Readonly<Record<string, string>>): SignedRequest {
  const fields = Object.entries(cookies).map(([name, value]) => [
    name.replace('CloudFront-', ''),
    String(value),
  ]);
  return { url: FILE, cookies: cookieHeader(cookies), fields: Object.fromEntries(fields) };
}
