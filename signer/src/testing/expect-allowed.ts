/** An assertion for tests: CloudFront would allow this. */

import { AssertionError } from 'node:assert';
import { readOptions, wrongType } from '../arguments.ts';
import { type Allowed, type ExplainRequest, explain } from '../verify/index.ts';
import { testKey } from './test-key.ts';

export interface ExpectAllowedOptions extends Partial<Omit<ExplainRequest, 'url' | 'cookies'>> {
  /**
   * What `signCookies` gave, or a `Cookie` header.
   * @default - no cookies
   */
  readonly cookies?: Readonly<Record<string, string>> | string | undefined;
}

/**
 * Judges a request as CloudFront does, by `explain`. It trusts the key of `testKey()`, unless `trustedKeys` says otherwise.
 *
 * @param url what the player asks for: a signed URL, or a plain one with the cookies in `options`
 * @returns the verdict, with the decoded policy
 * @throws AssertionError of `node:assert` when CloudFront would deny it, with the reason and without the signature
 * @example
 * const { cookies } = await signer.signCookies('/books/42/*');
 * expectAllowed('https://media.example.com/books/42/index.m3u8', { cookies });
 */
export function expectAllowed(url: string, options: ExpectAllowedOptions = Object.create(null)): Allowed {
  const { keyPairId, publicKey } = testKey();
  const given = readOptions('expectAllowed', options, ['cookies', 'ip', 'now', 'trustedKeys']);
  const { cookies = {}, trustedKeys = new Map([[keyPairId, publicKey]]), ...request } = given;
  const verdict = explain({
    ...request,
    trustedKeys,
    url,
    cookies: typeof cookies === 'string' ? cookies : toHeader(cookies),
  });
  if (verdict.allowed) return verdict;
  throw new AssertionError({
    message: `CloudFront would deny this request: ${verdict.reason} (${verdict.hint})`,
    actual: verdict.reason,
    expected: 'allowed',
    operator: 'expectAllowed',
    stackStartFn: expectAllowed,
  });
}

function toHeader(cookies: Readonly<Record<string, string>>): string {
  if (typeof cookies !== 'object' || cookies === null) {
    throw wrongType('"cookies"', 'what signCookies gave, or a Cookie header', cookies);
  }
  return Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
}
