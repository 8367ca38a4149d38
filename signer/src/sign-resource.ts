/** From a resource and what was asked for to the values that travel. */

import { assertOneOf } from './arguments.ts';
import { SignerError } from './errors.ts';
import { assertKeyPairId } from './keys/key-pair-id.ts';
import { currentKey, hashOf, type KeySource, type SigningKey } from './keys/key-source.ts';
import { LocalKey } from './keys/local-key.ts';
import { type PolicySigner, signPolicy } from './keys/sign-policy.ts';
import type { SignedPolicy } from './keys/signed-policy.ts';
import { message, option, signerError } from './message.ts';
import { policyText } from './policy/policy-text.ts';
import type { Resource } from './policy/resource.ts';
import { resolveSourceIp } from './policy/source-ip.ts';
import { resolveTimeWindow, type TimeLimits, type TimeWindow } from './policy/time-window.ts';
import type { SignatureCache } from './signature-cache.ts';
import type { SignOptions } from './signer-types.ts';
import { QUERY_NAMES, type WireField } from './wire.ts';

/** What a signer needs for every signature. */
export interface SigningSettings extends TimeLimits {
  readonly key: KeySource;
  /** The clock, in whole seconds since 1970. */
  readonly nowSeconds: () => number;
  /** Keeps signatures for equal requests. */
  readonly cache?: SignatureCache<Signed> | undefined;
}

export interface Signed {
  /** What travels, in the order it is written. */
  readonly values: WireValues;
  /** The same as a query string: `Policy=…&Signature=…&Key-Pair-Id=…` */
  readonly query: string;
}

export type WireValues = Readonly<Record<WireField, string | undefined>>;

/** What was requested in addition to the resource: checked, and placed in time. */
export interface Conditions {
  readonly window: TimeWindow;
  readonly sourceIp: string | undefined;
  readonly canned: boolean;
}

/** A request that may be signed. */
export interface Plan extends Conditions {
  readonly resource: Resource;
}

/** Every refusal of an option comes from here, before a key is asked for. */
export function readConditions(options: SignOptions, settings: SigningSettings): Conditions {
  const window = resolveTimeWindow(options, settings, settings.nowSeconds());
  const canned = isCanned(options);
  const sourceIp = options.ipAddress === undefined ? undefined : resolveSourceIp(options.ipAddress);
  return { window, sourceIp, canned };
}

/** @throws SignerError `ERR_CANNED_WILDCARD` */
export function plan(resource: Resource, { window, sourceIp, canned }: Conditions): Plan {
  if (canned) assertOneUrl(resource);
  return { resource, window, sourceIp, canned };
}

/** At once when the signature is kept or made in this process. */
export function seal(
  planned: Plan,
  key: SigningKey,
  { cache }: Pick<SigningSettings, 'cache'>,
  signWith: PolicySigner = signPolicy,
): Signed | Promise<Signed> {
  return cache === undefined
    ? sign(planned, key, signWith)
    : cache.get(key, requestOf(planned), () => sign(planned, key, signWith));
}

/** @throws SignerError `ERR_KEY_ASYNC` where the key is not in memory, or signs elsewhere */
export function sealSync(planned: Plan, settings: SigningSettings): Signed {
  const key = currentKey(settings.key);
  // Not asked again: elsewhere each signature has its price.
  if (signsLater.has(key)) throw signsElsewhere();
  const sealed = seal(planned, key, settings);
  if (!(sealed instanceof Promise)) return sealed;
  // Nobody waits for it here, and it may fail.
  sealed.catch(() => {});
  // It may be a list's, which is on its way back from the thread pool.
  if (LocalKey.is(key)) return assemble(key.signPolicy(textOf(planned)), planned, key);
  signsLater.add(key);
  throw signsElsewhere();
}

/** Keys that gave a promise when a synchronous call asked them. */
const signsLater = new WeakSet<SigningKey>();

function signsElsewhere(): SignerError {
  return new SignerError(
    'ERR_KEY_ASYNC',
    'this key signs asynchronously, as keys in KMS do; use the call that returns a promise',
  );
}

function sign(planned: Plan, key: SigningKey, signWith: PolicySigner): Signed | Promise<Signed> {
  const signed = signWith(key, textOf(planned));
  return signed instanceof Promise
    ? signed.then((later) => assemble(later, planned, key))
    : assemble(signed, planned, key);
}

function textOf({ resource, window, sourceIp }: Plan): string {
  const { dateLessThan, dateGreaterThan } = window;
  return policyText({ resource: resource.url, dateLessThan, dateGreaterThan, sourceIp });
}

function assemble(
  { policy, signature }: SignedPolicy,
  { canned, window }: Plan,
  { keyPairId, algorithm }: SigningKey,
): Signed {
  // What goes into URLs and headers is what is checked: a key of the caller's may say otherwise at each look.
  assertKeyPairId(keyPairId);
  const expires = String(window.dateLessThan);
  const first = canned ? `${QUERY_NAMES.expires}=${expires}` : `${QUERY_NAMES.policy}=${policy}`;
  const query = `${first}&${QUERY_NAMES.signature}=${signature}&${QUERY_NAMES.keyPairId}=${keyPairId}`;
  const hash = hashOf(algorithm);
  // Omitted for SHA-1, which CloudFront assumes.
  const hashAlgorithm = hash === 'SHA1' ? undefined : hash;
  return {
    // Each field by itself, so that none is read of Object.prototype.
    values: {
      expires: canned ? expires : undefined,
      policy: canned ? undefined : policy,
      signature,
      keyPairId,
      hashAlgorithm,
    },
    query: hashAlgorithm === undefined ? query : `${query}&${QUERY_NAMES.hashAlgorithm}=${hashAlgorithm}`,
  };
}

/** Everything that a signature depends on, except the key, as JSON: no value can pass for the end of another. */
function requestOf({ resource, window, sourceIp, canned }: Plan): string {
  return JSON.stringify([resource.url, window.dateLessThan, window.dateGreaterThan, sourceIp, canned]);
}

function isCanned({ policy = 'custom', startsAt, ipAddress }: SignOptions): boolean {
  if (policy === 'custom') return false;
  assertOneOf('policy', policy, ['custom', 'canned']);
  if (startsAt !== undefined || ipAddress !== undefined) {
    throw signerError(
      'ERR_CANNED_CONDITION',
      message`a canned policy has no ${option('startsAt')} and no ${option('ipAddress')}; use a custom policy`,
    );
  }
  return true;
}

/** A canned policy's bytes, sent as a custom policy, would open every match. */
function assertOneUrl(resource: Resource): void {
  if (resource.isDirectory || resource.url.includes('*')) {
    throw new SignerError(
      'ERR_CANNED_WILDCARD',
      'a canned policy is for exactly one URL and takes no wildcard such as "/*"; use a custom policy',
    );
  }
}
