/** Signs a policy's text with a key of any kind. */

import { types } from 'node:util';
import { assertOneOf, hasMethod, wrongType } from '../arguments.ts';
import { encodeBase64 } from '../policy/encode-base64.ts';
import { assertKeyPairId } from './key-pair-id.ts';
import { SIGNING_ALGORITHMS, type SigningKey } from './key-source.ts';
import { LocalKey } from './local-key.ts';
import type { SignedPolicy } from './signed-policy.ts';

/** How a policy is signed: on this thread, or by whatever is faster for many. */
export type PolicySigner = (key: SigningKey, text: string) => SignedPolicy | Promise<SignedPolicy>;

/** At once for a key that signs at once; a promise for one that signs elsewhere. */
export const signPolicy: PolicySigner = (key, text) =>
  isLocal(key) ? key.signPolicy(text) : signByItself(key, text);

/** As `signPolicy`, and RSA keys in this process sign on Node's thread pool, while the event loop continues. */
export const signPolicyOnThreadPool: PolicySigner = (key, text) =>
  isLocal(key) ? key.signPolicyOnThreadPool(text) : signByItself(key, text);

/** A key source of the caller's may give anything. */
function isLocal(key: unknown): key is LocalKey {
  return typeof key === 'object' && key !== null && LocalKey.is(key);
}

function signByItself(key: SigningKey, text: string): SignedPolicy | Promise<SignedPolicy> {
  assertSigningKey(key);
  const bytes = Buffer.from(text);
  const signature: unknown = key.sign(bytes);
  return hasMethod(signature, 'then')
    ? Promise.resolve(signature).then((later) => toSignedPolicy(bytes, later))
    : toSignedPolicy(bytes, signature);
}

function toSignedPolicy(bytes: Uint8Array, signature: unknown): SignedPolicy {
  // By Node's own test: an `instanceof` fails for bytes of another realm, such as those that Jest's tests get.
  if (!types.isUint8Array(signature) || signature.length === 0) {
    throw wrongType('what the key\'s "sign" gives', 'the bytes of a signature', signature);
  }
  return { policy: encodeBase64(bytes), signature: encodeBase64(signature) };
}

/** A customer's own source may give anything, and its id goes into URLs and headers. */
function assertSigningKey(key: unknown): asserts key is SigningKey {
  const { keyPairId, algorithm, sign } = (key ?? {}) as Partial<SigningKey>;
  if (typeof sign !== 'function') throw wrongType('what the key source gives', 'a SigningKey', key);
  assertKeyPairId(keyPairId);
  assertOneOf('algorithm', algorithm, SIGNING_ALGORITHMS);
}
