/** A policy's text and its signature, in the form that travels. */

import { assertOneOf, wrongType } from '../arguments.ts';
import { encodeBase64 } from '../policy/encode-base64.ts';
import { assertKeyPairId } from './key-pair-id.ts';
import { SIGNING_ALGORITHMS, type SigningKey } from './key-source.ts';
import { signLocally } from './local-key.ts';

export interface SignedPolicy {
  /** CloudFront's base64 of the text. */
  readonly policy: string;
  /** CloudFront's base64 of the signature. */
  readonly signature: string;
}

/** At once for a key in this process; a promise for one that signs elsewhere. */
export function signPolicy(key: SigningKey, text: string): SignedPolicy | Promise<SignedPolicy> {
  return signLocally(key, text) ?? signElsewhere(key, text);
}

async function signElsewhere(key: SigningKey, text: string): Promise<SignedPolicy> {
  assertSigningKey(key);
  const bytes = Buffer.from(text);
  const signature: unknown = await key.sign(bytes);
  if (!(signature instanceof Uint8Array) || signature.length === 0) {
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
