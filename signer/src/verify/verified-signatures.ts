/**
 * Signatures that have been found good. A viewer sends one set of cookies with every segment, and whether a key made a
 * signature never changes: only what else decides (time, URL, address) is judged again at every request.
 *
 * An entry is found by its signature, and counts only for a request whose other fields equal those that were verified,
 * each compared by itself. Fields are never joined: a request chooses their texts, separators included.
 */

import type { KeyObject } from 'node:crypto';
import type { SigningFields } from './request.ts';
import type { DecodedPolicy } from './verdict.ts';

/** Per key; a set of cookies takes about a kilobyte. Only good signatures are kept, so nobody without the key fills it. */
const KEPT_PER_KEY = 4096;

/** What was verified: the fields as they were sent, and what they mean. */
interface Verified {
  readonly hashAlgorithm: string;
  readonly encodedPolicy: string | undefined;
  readonly expires: string | undefined;
  readonly policy: DecodedPolicy;
}

/** By signature. A key that is no longer trusted is never looked up, and is freed with its entries. */
const keptByKey = new WeakMap<KeyObject, Map<string, Verified>>();

/**
 * The policy of a request whose signature by this key was found good before.
 *
 * @param resource the request's own URL, which a canned signature covers; asked for only where it counts
 */
export function verifiedPolicy(
  key: KeyObject,
  { values }: SigningFields,
  resource: () => string,
): DecodedPolicy | undefined {
  const signature = values.get('signature');
  const known = signature === undefined ? undefined : keptByKey.get(key)?.get(signature);
  if (
    known === undefined ||
    known.hashAlgorithm !== (values.get('hashAlgorithm') ?? 'SHA1') ||
    known.encodedPolicy !== values.get('policy') ||
    known.expires !== values.get('expires') ||
    (known.policy.kind === 'canned' && known.policy.resource !== resource())
  ) {
    return undefined;
  }
  return copyOf(known.policy);
}

/** Keeps the policy of a request whose signature was just found good; the oldest is dropped first. */
export function keepVerified(key: KeyObject, { values }: SigningFields, policy: DecodedPolicy): void {
  const signature = values.get('signature');
  if (signature === undefined) return;
  const kept = keptByKey.get(key) ?? new Map<string, Verified>();
  keptByKey.set(key, kept);
  const oldest = kept.keys().next();
  if (kept.size >= KEPT_PER_KEY && !kept.has(signature) && !oldest.done) kept.delete(oldest.value);
  kept.set(signature, {
    hashAlgorithm: values.get('hashAlgorithm') ?? 'SHA1',
    encodedPolicy: values.get('policy'),
    expires: values.get('expires'),
    policy: copyOf(policy),
  });
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
