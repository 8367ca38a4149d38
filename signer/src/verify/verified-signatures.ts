/**
 * Signatures that have been found good. A viewer sends one set of cookies with every segment, and whether a key made a
 * signature never changes: only what else decides (time, URL, address) is judged anew at every request.
 */

import type { KeyObject } from 'node:crypto';
import type { SigningFields } from './request.ts';
import type { DecodedPolicy } from './verdict.ts';

/** Per key; a set of cookies takes about a kilobyte. Only good signatures are kept, so nobody without the key fills it. */
const KEPT_PER_KEY = 4096;

/** A key that is no longer trusted is never looked up, and goes with its entries when nobody holds it. */
const keptByKey = new WeakMap<KeyObject, Map<string, DecodedPolicy>>();

/**
 * Names everything that a signature check looks at: the texts of the request itself.
 *
 * @returns `null` for a set that is not whole
 */
export function signatureName({ values }: SigningFields, resource: () => string): string | null {
  const policy = values.get('policy');
  const expires = values.get('expires');
  const signature = values.get('signature');
  if (!signature || (policy === undefined) === (expires === undefined)) return null;
  // A space is in neither base64 nor digits: parts cannot run into one another.
  const signed = policy === undefined ? `${expires} ${resource()}` : policy;
  return `${values.get('hashAlgorithm') ?? 'SHA1'} ${signature} ${signed}`;
}

/** The policy under a signature of this key that was found good, by its name. */
export function verifiedPolicy(key: KeyObject, name: string): DecodedPolicy | undefined {
  const policy = keptByKey.get(key)?.get(name);
  return policy && copyOf(policy);
}

/** Keeps a good signature; the oldest goes first. */
export function keepVerified(key: KeyObject, name: string, policy: DecodedPolicy): void {
  const kept = keptByKey.get(key) ?? new Map<string, DecodedPolicy>();
  keptByKey.set(key, kept);
  const oldest = kept.keys().next();
  if (kept.size >= KEPT_PER_KEY && !oldest.done) kept.delete(oldest.value);
  kept.set(name, copyOf(policy));
}

/** Verdicts leave this package, and a `Date` can be set: what is kept stays out of reach. */
function copyOf(policy: DecodedPolicy): DecodedPolicy {
  const { expiresAt, notBefore } = policy;
  return {
    ...policy,
    expiresAt: new Date(expiresAt),
    ...(notBefore !== undefined && { notBefore: new Date(notBefore) }),
  };
}
